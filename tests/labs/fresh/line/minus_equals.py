# mistake: shadowed-parameter
# function: train_model
# why: Without `global`, `w -=` and `b -=` make the names local to the function, and the first update raises UnboundLocalError.

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


# %%
def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()


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
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
            w.grad.zero_()
            b.grad.zero_()


# %%
check("train_model")

# %%
train_model(15)
