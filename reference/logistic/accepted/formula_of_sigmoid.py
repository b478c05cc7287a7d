# Weight and bias are parameters of one's own, and the sigmoid is written out.
import torch
from torch import nn, optim

centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.b = nn.Parameter(torch.tensor([1.5]))
        self.w = nn.Parameter(torch.tensor([[-1.0], [1.0]]))

    def forward(self, x):
        z = x.mm(self.w) + self.b
        return 1 / (1 + torch.exp(-z))

model = LogisticRegression()
criterion = nn.BCELoss()
optimizer = optim.SGD(model.parameters(), lr=0.5)
LOSS = []

def train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(model(X), y)
        loss.backward()
        LOSS.append(loss.tolist())
        optimizer.step()
        optimizer.zero_grad()

train_model(40)
