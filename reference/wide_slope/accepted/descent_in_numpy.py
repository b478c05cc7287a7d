# The data go to numpy, the derivative is written by hand, and w is set at the end of each step.
import numpy as np
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
    x, y = X.numpy().astype(np.float64), Y.numpy().astype(np.float64)
    for _ in range(n):
        slope = w.item()
        error = slope * x - y
        loss_list.append(np.mean(error ** 2))
        slope -= step_size * np.mean(2 * error * x)
        w.data = torch.tensor(slope, dtype=torch.float32)

train_model(20)
