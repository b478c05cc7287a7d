# The recorded losses are detached scalar tensors, not floats.
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
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.detach())
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
plt.plot([value.item() for value in LOSS])
plt.show()
