# -*- coding: utf-8 -*-
import torch
from torch import nn

# data
X = torch.cat([torch.randn(40, 2) + torch.tensor([-1.5, -1.0]), torch.randn(40, 2) + torch.tensor([1.5, 1.0])])
y = torch.cat([torch.zeros(40, 1), torch.ones(40, 1)])

# model
class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        z = self.linear(x)
        return z.sigmoid()

model = LogisticRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
    model.linear.bias.fill_(1.5)

criterion = nn.BCELoss(reduction="mean")
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

# training
def train_model(epochs):
    for epoch in range(epochs):
        for p in model.parameters():
            p.grad = None
        p_hat = model(X)
        loss = criterion(p_hat, y)
        loss.backward()
        optimizer.step()
        LOSS.append(loss.item())

train_model(40)
right = ((model(X) > 0.5) == (y > 0.5)).float().mean()
print("first:", LOSS[0], "last:", LOSS[-1], "right:", right.item())
