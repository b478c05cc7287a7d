# The derivative of the mean squared error is written out by hand; no autograd, forward or criterion in the loop.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    # d/dw mean((w x - y)^2) = 2 mean((w x - y) x)
    for _ in range(n):
        residual = w.data * X - Y
        LOSS.append((residual ** 2).mean().item())
        dw = 2 * (residual * X).mean()
        w.data = w.data - lr * dw

train_model(4)
print(w)
