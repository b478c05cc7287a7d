# fails: loss_recorded
# mistake: loss-recorded-otherwise
# why: The sum of all losses so far is recorded.
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
    total = 0
    for epoch in range(n):
        loss = criterion(forward(X), Y)
        total += loss.item()
        LOSS.append(total)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
