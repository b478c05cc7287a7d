# Copies of the gradients are made, the buffers emptied, and the copies used after that.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        gw, gb = w.grad.clone(), b.grad.clone()
        w.grad.zero_()
        b.grad.zero_()
        w.data = w.data - step_size * gw
        b.data = b.data - step_size * gb

train_model(20)
