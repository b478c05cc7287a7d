# Loss, update and emptying the buffer are three helper functions.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def square(t):
    return t * t

def criterion(yhat, y):
    return torch.mean(square(yhat - y))

def compute_loss():
    return criterion(forward(X), Y)

def update(params, rate):
    for p in params:
        p.data = p.data - rate * p.grad.data

def clear(params):
    for p in params:
        p.grad.data.zero_()

def make_step(params):
    def step():
        loss = compute_loss()
        loss.backward()
        update(params, lr)
        clear(params)
        return loss.item()
    return step

def train_model(n):
    step = make_step([w])
    for _ in range(n):
        LOSS.append(step())

train_model(4)
