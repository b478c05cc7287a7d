# Each iteration makes new leaves from plain numbers, by a helper that returns them.
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

def moved(parameter):
    value = parameter.item() - step_size * parameter.grad.item()
    return torch.tensor(value, requires_grad=True)

def train_model(n):
    global w, b
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        w, b = moved(w), moved(b)

train_model(20)
