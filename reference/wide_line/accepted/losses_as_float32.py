# Numpy's numbers go into the list; the loop prints the loss after the update as well.
import numpy as np
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
    for i in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.detach().numpy().astype(np.float32)[()])
        loss.backward()
        with torch.no_grad():
            w.copy_(w - step_size * w.grad)
            b.copy_(b - step_size * b.grad)
            print(i, "before", loss_list[-1], "after", criterion(forward(X), Y).item())
        w.grad.fill_(0)
        b.grad.fill_(0)

train_model(20)
