# fails: final_parameters, gradient_zeroing
# mistake: wrong-gradient
# why: The gradient is measured between two places that are 0.5 apart.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        h = 0.5
        with torch.no_grad():
            before = criterion(forward(X), Y)
            LOSS.append(before.item())
            w.add_(h)
            after = criterion(forward(X), Y)
            w.sub_(h)
            w.sub_(lr * (after - before) / h)
