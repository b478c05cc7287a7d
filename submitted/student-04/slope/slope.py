# -*- coding: utf-8 -*-
import torch
import matplotlib.pyplot as plt

# data
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

# model
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return torch.mul(w, x)

def criterion(yhat, y):
    d = yhat - y
    return (d * d).mean()

# training
def train_model(n):
    for i in range(n):
        if w.grad is not None:
            w.grad.zero_()
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.item())
        with torch.no_grad():
            w.sub_(lr * w.grad)

train_model(4)
print("w:", w.item(), "last loss:", LOSS[-1])
plt.plot(LOSS, "o-")
plt.show()
