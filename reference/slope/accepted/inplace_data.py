# The data of w is changed with an in-place minus.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())

lr = 0.1
LOSS = []
w = torch.tensor(-10.0, requires_grad = True)

def forward(x):
  return w*x

def criterion(yhat, y):
  return torch.mean((yhat-y)**2)

def train_model(iter):
  for epoch in range(iter):
    Yhat = forward(X)
    loss = criterion(Yhat, Y)
    LOSS.append(loss.item())
    loss.backward()
    w.data -= lr*w.grad.data
    w.grad.data.zero_()

train_model(4)
plt.plot(LOSS)
plt.xlabel("iteration")
plt.ylabel("mean squared error")
