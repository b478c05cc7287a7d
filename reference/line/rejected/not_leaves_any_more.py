# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: parameter-reassigned
# why: Without .data the names are bound to results that have no gradient of their own.
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
    global w, b
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w = w - lr * w.grad
        b = b - lr * b.grad

try:
    train_model(15)
except TypeError as error:
    print(error)
