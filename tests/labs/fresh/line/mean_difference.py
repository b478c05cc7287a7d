# mistake: loss-not-squared
# function: criterion
# why: The differences are averaged without being squared, so errors above and below cancel.

# %%
import torch

from autograder import check
from autograder.plots import plot_error_surfaces

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())


# %%
def forward(x):
    return w * x + b


check("forward")


# %%
def criterion(yhat, y):
    difference = yhat - y
    return torch.mean(difference)


check("criterion")

# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)


# %%
def train_model(iterations):
    for iteration in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.detach().item())
        grad_w, grad_b = torch.autograd.grad(loss, [w, b])
        w.data -= lr * grad_w
        b.data -= lr * grad_b


check("train_model")

# %%
train_model(15)
print(w.item(), b.item())
