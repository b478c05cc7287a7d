# w and b are put into one vector, moved by the gradient in matrix form, and written back.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    A = torch.cat([X, torch.ones_like(X)], dim=1)      # (60, 2)
    theta = torch.stack([w.detach(), b.detach()]).view(2, 1)
    for _ in range(n):
        error = A @ theta - Y
        LOSS.append(float((error.T @ error) / len(Y)))
        theta = theta - lr * 2 / len(Y) * A.T @ error
        w.data, b.data = theta[0, 0].clone(), theta[1, 0].clone()

train_model(15)
