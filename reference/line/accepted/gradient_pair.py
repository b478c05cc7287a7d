# autograd.grad gives both gradients at once and leaves the buffers alone.
import torch
from torch.autograd import grad

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return torch.add(torch.mul(w, x), b)

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        dw, db = grad(loss, (w, b))
        LOSS.append(loss.item())
        with torch.no_grad():
            w.sub_(lr * dw)
            b.sub_(lr * db)

train_model(15)
