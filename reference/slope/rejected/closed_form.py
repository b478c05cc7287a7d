# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: closed-form
# why: The least-squares slope is computed directly, without steps.
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
        LOSS.append(criterion(forward(X), Y).item())
        with torch.no_grad():
            w.copy_((X * Y).sum() / (X * X).sum())

train_model(4)
