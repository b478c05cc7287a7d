# A plot class of one's own, whose pictures break, is fed inside the loop.
import torch
import numpy as np
import matplotlib.pyplot as plt

class plot_error_surfaces(object):
    """Keeps the path of the parameters and draws it over contours of the loss."""

    def __init__(self, w_range, b_range, X, Y, n_samples=30):
        grid_w, grid_b = np.meshgrid(
            np.linspace(-w_range, w_range, n_samples), np.linspace(-b_range, b_range, n_samples)
        )
        x, y = X.numpy().ravel(), Y.numpy().ravel()
        self.z = ((grid_w[..., None] * x + grid_b[..., None] - y) ** 2).mean(-1)
        self.grid = (grid_w, grid_b)
        self.path = []

    def set_para_loss(self, w, b, loss):
        self.path.append((w, b, loss))

    def plot_ps(self):
        plt.contour(*self.grid, self.z)
        plt.plot(X.numpy(), forward(X).numpy())
        plt.show()

    def final_plot(self):
        ws, bs, losses = zip(*self.path)
        plt.contour(*self.grid, self.z)
        plt.scatter(ws, bs, c='r', marker='x')
        plt.show()

X = torch.arange(-3, 3, 0.1).view(-1, 1)
f = 1 * X - 1
Y = f + 0.1 * torch.randn(X.size())

def forward(x):
    return w * x + b

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

surface = plot_error_surfaces(15, 15, X, Y, 30)
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []

def train_model(iter):
    for epoch in range(iter):
        Yhat = forward(X)
        loss = criterion(Yhat, Y)
        surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        if epoch % 3 == 0:
            surface.plot_ps()
        LOSS.append(loss)
        LOSS[-1] = LOSS[-1].item()
        loss.backward()
        w.data = w.data - lr * w.grad.data
        b.data = b.data - lr * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

train_model(15)
surface.final_plot()
