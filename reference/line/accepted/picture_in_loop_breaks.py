# The loop draws its own line from a tensor that needs a gradient, which raises.
import torch
import matplotlib.pyplot as plt

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

def draw_line(yhat, title):
    plt.plot(X.numpy(), Y.numpy(), 'o')
    plt.plot(X.numpy(), yhat.numpy())
    plt.title(title)
    plt.show()

def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        draw_line(Yhat, 'w %.2f b %.2f' % (w, b))
        loss = criterion(Yhat, Y)
        LOSS.append(loss.tolist())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_(), b.grad.data.zero_()

train_model(15)
