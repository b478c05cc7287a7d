# The functions print and warn on stderr, and the seed is set in the loop.
import sys
import warnings
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    if x.shape[0] > 50:
        warnings.warn("large input")
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    torch.manual_seed(0)
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        print("epoch", epoch, "loss", loss.item(), file=sys.stderr)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
