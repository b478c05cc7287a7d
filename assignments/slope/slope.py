# %% [markdown]
# # Training one parameter
#
# A line through the origin has a single parameter, its slope `w`. You will find it by gradient
# descent: predict, measure the error, step against the gradient, and again.
#
# Write three functions: `forward`, `criterion` and `train_model`. Keep their names and the names
# `X`, `Y`, `w`, `lr` and `LOSS`: grading also assigns other data, other starts and other rates to
# them. The cell below each function checks it on the example data. That is help while you work, not
# the grade.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_diagram

# %% [markdown]
# ## The data
#
# Sixty points near a line of slope -3. The noise has a standard deviation of 0.1.

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

plt.plot(X, Y, "x", label="data")
plt.plot(X, -3 * X, label="line of slope -3")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()


# %% [markdown]
# ## The model
#
# The prediction for an input `x` is `w` times `x`. Use the global `w`.

# %%
def forward(x):
    """Return the prediction for x, a tensor of the shape of x."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("forward")


# %% [markdown]
# ## The loss
#
# How far off are the predictions? Take the mean of the squared differences.

# %%
def criterion(yhat, y):
    """Return the mean squared error of the predictions yhat, a tensor with one number."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("criterion")

# %% [markdown]
# ## The training
#
# The parameter starts far off, at -10. In each iteration: predict for all of `X`, compute the
# loss, append it to `LOSS` as a plain number, and move `w` one step of size `lr` against its
# gradient. Mind what a gradient buffer holds when the next iteration begins.
#
# To watch it, call `gradient_plot(yhat, w, loss.item(), iteration)` before each update: it draws
# the line among the data, and where `w` stands on the curve of the loss.

# %%
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
gradient_plot = plot_diagram(X, Y, w, stop=5)


# %%
def train_model(iterations):
    """Run that many iterations of gradient descent on w."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Four iterations bring the loss from about 150 down to less than 1.

# %%
train_model(4)
print(f"w = {w.item():.3f}")

# %%
plt.plot(LOSS, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()
