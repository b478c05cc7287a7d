# The gradient buffer is dropped (None) instead of being filled with zeros.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

def forward(x):
    return x * w

def criterion(yhat, y):
    diff = yhat - y
    return torch.mean(diff * diff)

lr, LOSS = 0.1, []
w = torch.tensor(-10.0, requires_grad=True)

def train_model(iterations):
    for i in range(iterations):
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(float(loss))
        w.data = w.data - lr * w.grad
        w.grad = None

train_model(4)
print(LOSS, w)
