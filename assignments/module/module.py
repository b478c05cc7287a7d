# %% [markdown]
# # A model of your own, trained in five steps
#
# A model in PyTorch is a class derived from `nn.Module`. What it should learn are its
# `nn.Parameter`s; how it predicts says its method `forward`. Here you write such a class for a
# straight line and train it with the same five steps that train models of any size.
#
# Write the model's `forward`, the loss function `loss_fn` and the function `train_model`. Keep the
# names `LinearRegression`, `model`, `optimizer`, `X` and `y`: grading also assigns other data,
# other starts and other learning rates to them. The cell below each part checks it on the example
# data. That is help while you work, not the grade.

# %%
import numpy as np
import torch
from torch import nn

from autograder import check
from autograder.plots import plot_data


# %% [markdown]
# ## The data
#
# A hundred points, evenly spread over 0 to 1, near the line of slope 1 through the origin. The
# noise has a standard deviation of 0.1. NumPy makes them; PyTorch wants tensors of 32-bit floats.

# %%
def sample_line(n=100, slope=1.0, intercept=0.0, noise=0.1):
    """Return n inputs and targets near a line, as arrays."""
    inputs = np.linspace(0, 1, n)
    return inputs, slope * inputs + intercept + np.random.normal(0, noise, n)


X, y = sample_line()
X = torch.tensor(X, dtype=torch.float32)
y = torch.tensor(y, dtype=torch.float32)

plot_data(X, y, line=(1.0, 0.0))


# %% [markdown]
# ## The model
#
# The prediction is `weight` times `x` plus `bias`. Both parameters begin at random; leave it at these
# two. `X` and `y` are flat, one number a sample, and so are the predictions.

# %%
class LinearRegression(nn.Module):
    """A line: prediction = weight * x + bias."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x):
        """Return the predictions for x, a tensor of the shape of x."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %%
model = LinearRegression()
print(model.state_dict())

# %%
check("forward")

# %% [markdown]
# ## The loss
#
# How well does a line fit? The checks call this the criterion. Make `loss_fn` an object (or a function) that gives the mean squared
# error of predictions and targets: `loss_fn(pred, y)`.

# %%
raise NotImplementedError("Write your code here, then run this cell again.")

# %%
check("criterion")

# %% [markdown]
# ## The optimizer
#
# Gradient descent with a learning rate of 0.1; PyTorch's class for it is named `SGD`, whether it gets
# all data or a part. It is told which parameters to move. Your training uses this `optimizer`.

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


# %% [markdown]
# ## The training
#
# Each epoch takes all data at once and goes through five steps: predict, compute the loss, empty
# the gradients, go backward from the loss, let the optimizer move the parameters. Print the loss
# now and then if you like; every hundredth epoch is often enough.

# %%
def train_model(epochs):
    """Train the model on X and y for that many epochs."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# A thousand epochs are more than enough: the loss settles near 0.01, the variance of the noise, and
# the line is the one of least squares.

# %%
train_model(1000)
print(model.state_dict())

# %%
with torch.inference_mode():
    plot_data(X, y, line=(1.0, 0.0), model=model)
