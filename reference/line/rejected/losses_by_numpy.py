# fails: loss_recorded, loss_decreases, final_parameters, gradient_zeroing
# mistake: numpy-of-graph
# why: numpy() of a loss that still needs a gradient raises, with and without a picture beside it.
import torch
import matplotlib.pyplot as plt

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
Y = f + 0.1 * torch.randn(X.size())
plt.plot(X.numpy(), Y.numpy(), 'rx')
plt.plot(X.numpy(), f.numpy())
plt.show()

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for epoch in range(n):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        LOSS.append(loss.numpy())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

train_model(15)
