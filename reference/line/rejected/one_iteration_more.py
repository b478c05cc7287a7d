# fails: loss_recorded, final_parameters
# mistake: extra-iteration
# why: The count includes zero and n.
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
    i = 0
    while i <= n:
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        for p in (w, b):
            p.data -= lr * p.grad
            p.grad.zero_()
        i += 1

train_model(15)
