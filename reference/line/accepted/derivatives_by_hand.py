# Both derivatives are worked out on paper; neither autograd nor forward is used in the loop.
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
        r = (w.data * X + b.data) - Y
        LOSS.append((r * r).mean().item())
        dw = 2 * (r * X).mean()
        db = 2 * r.mean()
        w.data -= lr * dw
        b.data -= lr * db

train_model(15)
