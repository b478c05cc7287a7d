import torch
import matplotlib.pyplot as plt

def forward(x):
    yhat = w * x + b
    return yhat

def criterion(yhat, y):
    return torch.mean(torch.square(yhat - y))

def train_model(n):
    for it in range(n):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        # b.data = b.data - lr * b.grad.data    # TEST: is it w or b that is slow?
        w.grad.data.zero_()
        b.grad.data.zero_()

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = 1 * X - 1 + 0.1 * torch.randn(X.size())
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

train_model(15)
print(w.item(), b.item())
plt.plot(LOSS)
plt.savefig("loss.png")

# practice
LOSS_1 = LOSS
LOSS2 = []
LOSS = LOSS2
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.2
train_model(15)
LOSS = LOSS_1
plt.plot(LOSS)
plt.plot(LOSS2)
plt.savefig("both.png")
