import torch
import matplotlib.pyplot as plt

torch.manual_seed(7)

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())


def forward(x):
    yhat = w * x
    return yhat


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


lr = 0.1
LOSS = []
w = torch.tensor(-10.0, requires_grad=True)


def train_model(epochs):
    for e in range(epochs):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()


train_model(4)
for l in LOSS:
    print(l)
