# Both globals are bound to new leaf tensors in each iteration.
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
    global w, b
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        new_w = (w - lr * w.grad).detach().requires_grad_()
        new_b = (b - lr * b.grad).detach().requires_grad_()
        w, b = new_w, new_b

train_model(15)
print(w, b)
