# The criterion takes the target first, and the loop hands it over in that order.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(y, yhat):
    return torch.mean((y - yhat) ** 2)

def train_model(n):
    for epoch in range(n):
        yhat = forward(X)
        loss = criterion(Y, yhat)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
