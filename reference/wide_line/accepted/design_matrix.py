# The prediction multiplies a matrix of inputs and ones by the two parameters.
import torch

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    A = torch.hstack([x, torch.ones_like(x)])
    return A @ torch.stack([w, b]).unsqueeze(1)

def criterion(y_pred, y):
    e = (y_pred - y).flatten()
    return e.dot(e) / e.numel()

def train_model(n):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        grads = torch.autograd.grad(loss, (w, b))
        with torch.no_grad():
            for p, g in zip((w, b), grads):
                p -= step_size * g

train_model(20)
