# fails: loss_decreases, final_parameters, gradient_zeroing
# mistake: gradient-not-zeroed
# why: The gradients of all earlier iterations pile up in the buffer.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = -3 * X
Y = f + 0.1 * torch.randn(X.size())
plt.plot(X.numpy(), Y.numpy(), 'k.')
plt.plot(X.numpy(), f.numpy())
plt.show()
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def forward(x):
    return w * x

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data

train_model(4)
plt.plot(LOSS)
plt.xlabel("iteration")
plt.show()
