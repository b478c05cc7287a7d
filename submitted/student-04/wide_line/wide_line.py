# -*- coding: utf-8 -*-
import torch
import matplotlib.pyplot as plt

# data
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

# model
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []

def forward(x):
    return torch.addcmul(b, w, x)

def criterion(y_pred, y):
    d = y_pred - y
    return (d * d).mean()

# training
def train_model(iterations):
    for i in range(iterations):
        for p in (w, b):
            if p.grad is not None:
                p.grad.zero_()
        loss = criterion(forward(X), Y)
        loss.backward()
        loss_list.append(loss.item())
        with torch.no_grad():
            for p in (w, b):
                p.sub_(step_size * p.grad)

train_model(20)
print("w:", w.item(), "b:", b.item(), "last loss:", loss_list[-1])
plt.semilogy(loss_list, "o-")
plt.show()
