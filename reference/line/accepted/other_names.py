# The function is called fit, the list COST, the rate learning_rate.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
learning_rate = 0.1
COST = []

forward = lambda x: torch.addcmul(b, w, x)
criterion = lambda yhat, y: torch.dist(yhat, y) ** 2 / y.numel()

def fit(epochs):
    for _ in range(epochs):
        cost = criterion(forward(X), Y)
        COST.append(cost.item())
        cost.backward()
        w.data.add_(w.grad, alpha=-learning_rate)
        b.data.add_(b.grad, alpha=-learning_rate)
        w.grad, b.grad = None, None

fit(15)
