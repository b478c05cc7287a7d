# Rate and list are called lr and LOSS, as in the lab on one narrow slope.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train(epochs):
    for epoch in range(epochs):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train(20)
