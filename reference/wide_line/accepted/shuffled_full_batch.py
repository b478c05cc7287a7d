# The samples come in another order in each iteration, but always all of them.
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
        order = torch.randperm(len(X))
        x, y = X[order], Y[order]
        loss = criterion(forward(x), y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            for p in (w, b):
                p.sub_(step_size * p.grad)
                p.grad.zero_()

train_model(20)
