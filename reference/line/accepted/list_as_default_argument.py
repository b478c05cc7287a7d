# The list to fill is an argument with the default LOSS; the practice hands over LOSS2.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS, LOSS2 = [], []

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n, history=LOSS):
    for _ in range(n):
        loss = criterion(forward(X), Y)
        history.append(loss.item())
        loss.backward()
        for p in (w, b):
            p.data -= lr * p.grad
            p.grad = None

train_model(15)

# the same from the start again, faster
w.data.fill_(-15)
b.data.fill_(-10)
lr = 0.2
train_model(15, LOSS2)
print(LOSS[-1], LOSS2[-1])
