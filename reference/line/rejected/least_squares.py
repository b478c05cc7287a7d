# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: closed-form
# why: The best line is computed at once by least squares.
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
        LOSS.append(criterion(forward(X), Y).item())
        A = torch.cat([X, torch.ones_like(X)], dim=1)
        best = torch.linalg.lstsq(A, Y).solution
        w.data, b.data = best[0, 0], best[1, 0]

train_model(15)
