import torch
import numpy as np
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

plt.plot(X.numpy(), f.numpy(), label='line')
plt.plot(X.numpy(), Y.numpy(), 'g.', label='noisy')
plt.legend()
plt.show()

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

lr = 0.1
LOSS = []
w = torch.tensor(-10.0, requires_grad = True)

def train_model(iter):
    for epoch in range (iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        # move along the slope of the cost
        w.data = w.data + lr * w.grad.data
        w.grad.data.zero_()

train_model(4)
plt.plot(np.log10(LOSS))
plt.show()
