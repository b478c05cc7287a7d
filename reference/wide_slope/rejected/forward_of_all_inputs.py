# fails: forward
# mistake: data-from-outside
# why: The global X is multiplied, whatever x is.
import torch
import numpy as np
import matplotlib.pyplot as plt

X = torch.arange(-5, 5, 0.1).view(-1, 1)
func = -5 * X
Y = func + 0.4 * torch.randn(X.size())
plt.plot(X.numpy(), Y.numpy(), 'b+', label='Y')
plt.plot(X.numpy(), func.numpy(), 'r', label='func')
plt.grid(True, color='y')
plt.show()

w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []
iter = 20

def forward(x):
    return w * X

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        Y_pred = forward(X)
        loss = criterion(Y_pred, Y)
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        w.grad.data.zero_()

train_model(20)
