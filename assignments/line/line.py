# %% [markdown]
# # Training a slope and a bias
#
# A line that need not go through the origin has two parameters: the slope `w` and the bias `b`.
# You will find both at once by gradient descent. One backward pass gives two gradients, each in
# its own buffer, and both buffers need the same care.
#
# Write three functions: `forward`, `criterion` and `train_model`. Keep their names and the names
# `X`, `Y`, `w`, `b`, `lr` and `LOSS`: grading also assigns other data, other starts and other rates
# to them. The cell below each function checks it on the example data. That is help while you work,
# not the grade.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_error_surfaces, plot_losses

# %% [markdown]
# ## The data
#
# Sixty points near a line of slope 1 and bias -1. The noise has a standard deviation of 0.1.

# %%
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

plt.plot(X, Y, "x", label="data")
plt.plot(X, X - 1, label="line of slope 1 and bias -1")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()


# %% [markdown]
# ## The model
#
# The prediction for an input `x` is `w` times `x`, plus `b`. Use the globals `w` and `b`.

# %%
def forward(x):
    """Return the prediction for x, a tensor of the shape of x."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("forward")


# %% [markdown]
# ## The loss
#
# One number says how bad the predictions are: the mean of the squared differences.

# %%
def criterion(yhat, y):
    """Return the mean squared error of the predictions yhat, a tensor with one number."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("criterion")

# %% [markdown]
# ## The training
#
# The slope starts at -15 and the bias at -10, both far off. In each iteration: predict for all of
# `X`, compute the loss, append it to `LOSS` as a plain number, and move `w` and `b` one step of
# size `lr` against their gradients. Both steps belong to the same loss. Before the next
# iteration, mind what is left in each gradient buffer.
#
# To watch it, hand the surface below the parameters and the loss before each update, by
# `get_surface.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())`, and call
# `get_surface.plot_ps()` every few iterations: it draws the present line among the data, and the
# parameters visited so far on the contours of the loss.

# %%
w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)


# %%
def train_model(iterations):
    """Run that many iterations of gradient descent on w and b."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Fifteen iterations bring the loss from about 836 down to about 0.2.

# %%
train_model(15)
print(f"w = {w.item():.3f}, b = {b.item():.3f}")

# %%
plt.plot(LOSS, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# ## The path of the parameters
#
# The picture shows the loss over all pairs of `w` and `b`, and where the training has been. The
# valley is steep along `w` and flat along `b`: the slope is right after a few iterations, while
# the bias is still at about -1.3 after fifteen.

# %%
get_surface.final_plot()

# %% [markdown]
# ## Practice
#
# Does twice the rate help? Train once more, from the same start, for fifteen iterations with
# `lr = 0.2`, and have these losses in `LOSS2`.
#
# Your `train_model` can stay as it is, and should: of two functions with one name the last one is
# graded. It appends to whichever list is called `LOSS` when it runs. Keep the first run's list
# under `LOSS` in the end.

# %%
LOSS2 = []
get_surface = plot_error_surfaces(15, 15, X, Y, 30)
raise NotImplementedError("Write your code here, then run this cell again.")

# %% [markdown]
# Both runs in one picture. With 0.2 the first step carries `w` across the best slope to about 4,
# and yet that run ends lower, at about 0.01, the noise of the data: the bias moves twice as fast.

# %%
plot_losses(LOSS, LOSS2, labels=("lr = 0.1", "lr = 0.2"))
