# mistake: forward-adds-weight
# function: forward
# why: The weight is added to the input where it should be multiplied with it.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_diagram

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())


# %%
def forward(x):
    """Return the prediction for x, a tensor of the shape of x."""
    return torch.add(x, w)


# %%
check("forward")


# %%
def criterion(yhat, y):
    """Return the mean squared error of the predictions yhat, a tensor with one number."""
    n = y.numel()
    return torch.sum((yhat - y) ** 2) / n


# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
gradient_plot = plot_diagram(X, Y, w, stop=5)


# %%
def train_model(iterations):
    """Run that many iterations of gradient descent on w."""
    for iteration in range(iterations):
        yhat = forward(X)
        loss = criterion(yhat, Y)
        gradient_plot(yhat, w, loss.item(), iteration)
        LOSS.append(float(loss))
        (gradient,) = torch.autograd.grad(loss, w)
        with torch.no_grad():
            w.copy_(w - lr * gradient)


# %%
check("train_model")
train_model(4)
plt.plot(LOSS, "o-")
plt.show()
