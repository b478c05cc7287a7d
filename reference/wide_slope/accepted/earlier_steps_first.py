# train_model calls itself for all earlier iterations, then takes the last one.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return w * x

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    if n > 0:
        train_model(n - 1)
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        (g,) = torch.autograd.grad(loss, w)
        w.data -= step_size * g

train_model(20)
