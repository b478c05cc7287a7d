# fails: final_parameters
# mistake: wrong-gradient
# why: The derivative for b written by hand carries a factor x that belongs to w alone.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        with torch.no_grad():
            error = forward(X) - Y
            LOSS.append(criterion(forward(X), Y).item())
            dw = 2 * torch.mean(error * X)
            db = 2 * torch.mean(error * X)
            w.copy_(w - lr * dw)
            b.copy_(b - lr * db)

train_model(15)
