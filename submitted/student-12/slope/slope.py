import torch
import matplotlib.pyplot as plt

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean(torch.square(yhat - y))

def train_model(n):
    learning_rate = 0.1
    for it in range(n):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - learning_rate * w.grad.data
        w.grad.data.zero_()
        print(it, round(LOSS[-1], 3))

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

train_model(4)
plt.plot(LOSS)
plt.savefig("loss.png")
