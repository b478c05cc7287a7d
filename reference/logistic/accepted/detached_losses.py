# Losses are appended as detached tensors after backward.
import torch
from torch import nn

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)
        self.activation = nn.Sigmoid()

    def forward(self, x):
        return self.activation(self.linear(x))

model = LogisticRegression()
criterion = nn.BCELoss(reduction="mean")
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for _ in range(epochs):
        optimizer.zero_grad(set_to_none=False)
        loss = criterion(model(X), y)
        loss.backward()
        optimizer.step()
        LOSS.append(loss.detach())

train_model(40)
