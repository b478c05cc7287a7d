# torch.autograd.grad returns the gradient, so the buffer of w is never used.
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
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        (slope_grad,) = torch.autograd.grad(loss, [w])
        with torch.no_grad():
            w.add_(slope_grad, alpha=-lr)

train_model(4)
print(w)
