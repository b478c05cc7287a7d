# Slope and bias have an optimizer each.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
opt_w = torch.optim.SGD([w], lr=lr)
opt_b = torch.optim.SGD([b], lr=lr)
LOSS = []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.nn.functional.mse_loss(yhat, y)

def train_model(epochs):
    for epoch in range(epochs):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        opt_w.step()
        opt_b.step()
        opt_w.zero_grad()
        opt_b.zero_grad()

train_model(15)
