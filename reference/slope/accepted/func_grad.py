# torch.func differentiates a pure function of the slope.
import torch
from torch.func import grad_and_value

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def objective(slope, x, y):
    return torch.mean((slope * x - y) ** 2)

def train_model(n):
    for _ in range(n):
        g, value = grad_and_value(objective)(w.detach(), X, Y)
        LOSS.append(value.item())
        with torch.no_grad():
            w.copy_(w - lr * g)

train_model(4)
