# torch.autograd.functional gives the derivatives of a function of two numbers.
import torch
from torch.autograd.functional import jacobian

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
    cost = lambda slope, bias: criterion(slope * X + bias, Y)
    for _ in range(n):
        loss_list.append(criterion(forward(X), Y).item())
        dw, db = jacobian(cost, (w.detach(), b.detach()))
        w.data -= step_size * dw
        b.data -= step_size * db

train_model(20)
