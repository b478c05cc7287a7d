# An SGD optimizer, built once at module level on w, does the update.
import torch
from torch import optim

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
optimizer = optim.SGD([w], lr=lr)
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(epochs):
    for epoch in range(epochs):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

train_model(4)
