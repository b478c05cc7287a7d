# The iterations are counted down by a while loop.
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
    left = n
    while left > 0:
        left -= 1
        loss = criterion(forward(X), Y)
        loss.backward()
        w.data, now = w.data - lr * w.grad.data, loss.item()
        LOSS.insert(len(LOSS), now)
        w.grad.data.zero_()

train_model(4)
