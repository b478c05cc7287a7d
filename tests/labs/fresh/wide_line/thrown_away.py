# mistake: parameter-not-updated
# function: train_model
# why: The new value of b is computed and thrown away; only w moves.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_error_surfaces

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


# %%
def criterion(y_pred, y):
    return torch.mean((y_pred - y) ** 2)


# %%
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
            b.sub(step_size * b.grad)
        w.grad = None
        b.grad = None


# %%
check("train_model")

# %%
get_surface = plot_error_surfaces(15, 25, X, Y, 30)
for iteration in range(20):
    start = (w.item(), b.item())
    train_model(1)
    get_surface.set_para_loss(*start, loss_list[-1])

# %%
plt.semilogy(loss_list, "o-")
plt.show()
