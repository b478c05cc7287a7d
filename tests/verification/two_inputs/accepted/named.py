# Arguments by name, in the names of the data.
import torch

A, B = torch.randn(24, 2), torch.randn(24, 3)
y = torch.randn(24)
u = torch.tensor([1.0, 1.0], requires_grad=True)
v = torch.tensor([-1.0, 0.0, 1.0], requires_grad=True)
lr = 0.1
LOSS = []


def forward(A, B):
    return (A * u).sum(1) + (B * v).sum(1)


def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()


def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(A=A, B=B), y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            u.sub_(lr * u.grad)
            v.sub_(lr * v.grad)
        u.grad = v.grad = None
