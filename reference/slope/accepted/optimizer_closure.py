# The optimizer's step gets a closure that computes the loss and its gradient.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
sgd = torch.optim.SGD(params=[w], lr=lr)

def forward(x):
    return w * x

def criterion(yhat, y):
    return (yhat - y).pow(2).mean()

def closure():
    sgd.zero_grad()
    loss = criterion(forward(X), Y)
    loss.backward()
    return loss

def train_model(n):
    for _ in range(n):
        loss = sgd.step(closure)
        LOSS.append(loss.item())

train_model(4)
