# fails: loss_decreases, final_parameters
# mistake: wrong-gradient
# why: The two gradients are unpacked in the wrong order.
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
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        db, dw = torch.autograd.grad(loss, [w, b])
        with torch.no_grad():
            w.sub_(lr * dw)
            b.sub_(lr * db)

train_model(15)
