# fails: loss_recorded, loss_decreases, final_parameters
# mistake: wrong-data
# why: X and Y stand in each other's place in training.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def train_model(n):
    for epoch in range(n):
        yhat = forward(Y)
        loss = criterion(yhat, X)
        loss.backward()
        LOSS.append(loss.item())
        w.data -= lr * w.grad.data
        b.data -= lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

train_model(15)
