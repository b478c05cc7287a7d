# torch.func differentiates the loss with respect to two arguments.
import torch
from torch.func import grad_and_value

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def cost(slope, bias):
    return torch.mean((slope * X + bias - Y) ** 2)

def train_model(n):
    both = grad_and_value(cost, argnums=(0, 1))
    for _ in range(n):
        (dw, db), value = both(w.detach(), b.detach())
        LOSS.append(value.item())
        w.data.add_(dw, alpha=-lr)
        b.data.add_(db, alpha=-lr)

train_model(15)
