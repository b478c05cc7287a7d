# For the practice LOSS is put aside, filled anew as LOSS2, and put back.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = 1 * X + (-1) + 0.1 * torch.randn(X.size())

def forward(x):
    return x * w + b

def criterion(yhat, y):
    return (yhat - y).pow(2).mean()

def start():
    global w, b
    w = torch.tensor(-15.0, requires_grad=True)
    b = torch.tensor(-10.0, requires_grad=True)

def train_model(iterations):
    for i in range(iterations):
        loss = criterion(forward(X), Y)
        loss.backward()
        LOSS.append(loss.item())
        step()

def step():
    w.data.sub_(lr * w.grad)
    b.data.sub_(lr * b.grad)
    w.grad.zero_()
    b.grad.zero_()

start()
lr, LOSS = 0.1, []
train_model(15)

start()
lr, slow, LOSS = 0.2, LOSS, []
train_model(15)
LOSS2, LOSS = LOSS, slow
plt.plot(LOSS)
plt.plot(LOSS2)
plt.show()
