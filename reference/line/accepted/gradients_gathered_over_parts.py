# The gradient is gathered part by part, and one step is taken when all parts have been seen.
import torch

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

def train_model(n):
    for _ in range(n):
        total = 0.0
        for x, y in zip(X.split(10), Y.split(10)):
            part = criterion(forward(x), y) * len(x) / len(X)
            part.backward()
            total += part.item()
        LOSS.append(total)
        w.data = w.data - lr * w.grad
        b.data = b.data - lr * b.grad
        w.grad.zero_()
        b.grad.zero_()

train_model(15)
