# The surface is fed before each update and drawn every fifth iteration.
import torch
import matplotlib.pyplot as plt
from autograder.plots import plot_error_surfaces, plot_losses

X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []
get_surface = plot_error_surfaces(15, 25, X, Y, 30)

def forward(x):
    return w * x + b

def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)

def train_model(n):
    for i in range(n):
        loss = criterion(forward(X), Y)
        get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        if i % 5 == 0:
            get_surface.plot_ps()
            plt.plot(X.numpy(), forward(X).numpy())
        loss_list.append(loss.item())
        loss.backward()
        w.data = w.data - step_size * w.grad.data
        b.data = b.data - step_size * b.grad.data
        w.grad.data.zero_()
        b.grad.data.zero_()

train_model(20)
get_surface.final_plot()
plot_losses(loss_list, labels=("step_size = 0.1",))
