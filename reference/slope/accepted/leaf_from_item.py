# A fresh leaf is made from the plain Python number of the updated slope.
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
    global w
    i = 0
    while i != n:
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.item())
        w = torch.tensor(w.item() - lr * w.grad.item(), requires_grad=True)
        i += 1

train_model(4)
