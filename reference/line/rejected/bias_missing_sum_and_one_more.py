# fails: forward, criterion, loss_recorded, final_parameters
# mistake: bias-missing, loss-sum-not-mean, extra-iteration
# why: One mistake in each function: no bias, a sum, an iteration too many.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.sum((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n + 1):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        for p in (w, b):
            if p.grad is not None:
                p.data -= lr * p.grad
                p.grad.zero_()

train_model(15)
