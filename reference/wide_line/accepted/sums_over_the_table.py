# The derivatives are sums over the data, all taken from one list of residuals.
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
    m = len(X)
    for _ in range(n):
        slope, bias = w.item(), b.item()
        residual = slope * X + bias - Y
        loss_list.append((residual ** 2).sum().item() / m)
        dw = 2 / m * (residual * X).sum().item()
        db = 2 / m * residual.sum().item()
        w.data.fill_(slope - step_size * dw)
        b.data.fill_(bias - step_size * db)

train_model(20)
