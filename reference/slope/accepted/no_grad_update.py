# The parameter is changed in place under torch.no_grad() and the buffer is zeroed afterwards.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    return w * x


def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()


def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(lr * w.grad)
        w.grad.zero_()


train_model(4)
plt.plot(LOSS)
plt.show()
