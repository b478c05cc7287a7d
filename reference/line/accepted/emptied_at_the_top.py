# Both buffers are emptied at the top of the iteration, where they may still be None.
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

def empty_buffers():
    for p in (w, b):
        if p.grad is not None:
            p.grad.detach_()
            p.grad.zero_()

def train_model(n):
    for i in range(1, n + 1):
        empty_buffers()
        yhat = forward(X)
        loss = criterion(yhat, Y)
        loss.backward()
        w.data = w.data - lr * w.grad
        b.data = b.data - lr * b.grad
        LOSS.append(loss.detach())

train_model(15)
