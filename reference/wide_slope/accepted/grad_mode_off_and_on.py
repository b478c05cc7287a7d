# Gradients are disabled for everyone during the update, and enabled again below.
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
    global w
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss.backward()
        torch.set_grad_enabled(False)
        loss_list.append(loss.numpy().item())
        w -= step_size * w.grad
        torch.set_grad_enabled(True)
        w.grad *= 0

train_model(20)
