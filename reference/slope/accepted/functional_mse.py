# The loss comes from torch.nn.functional.
import torch
import torch.nn.functional as F

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    return torch.mul(w, x)


def criterion(yhat, y):
    return F.mse_loss(yhat, y)


def train_model(n):
    for k in range(n):
        out = forward(X)
        cost = criterion(out, Y)
        LOSS.append(cost.item())
        cost.backward()
        w.data -= lr * w.grad.data
        w.grad.data.fill_(0)


train_model(4)
print("slope after 4 iterations:", w.item())
