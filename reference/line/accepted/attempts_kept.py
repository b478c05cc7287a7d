# Two wrong attempts stay in the file above the right functions.
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

def train_model(iter):
    for epoch in range(iter):
        loss = criterion(forward(X), Y)
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data

try:
    train_model(1)
except AttributeError as error:
    print("no gradient for b:", error)

# the bias was forgotten
def forward(x):
    return w * x + b

# and the mean
def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(iter):
    for epoch in range(iter):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
train_model(15)
