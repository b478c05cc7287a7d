# w is the parameter of an nn.Module, and forward calls the module.
import torch
from torch import nn

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

class Line(nn.Module):
    def __init__(self, start):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor(start))

    def forward(self, x):
        return self.slope * x

line = Line(-10.0)
w = line.slope
lr = 0.1
LOSS = []

def forward(x):
    return line(x)

def criterion(yhat, y):
    return nn.functional.mse_loss(yhat, y)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        line.zero_grad()
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)

train_model(4)
