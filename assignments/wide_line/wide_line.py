# %% [markdown]
# # Training a slope and a bias on wide data
#
# Inputs from -5 to 5 again, now with two parameters: the slope `w` and the bias `b`. One step
# size serves both, and it suits neither. You will see the slope overshoot in each step while the
# bias takes its time.
#
# Write three functions: `forward`, `criterion` and `train_model`. Keep their names and the names
# `X`, `Y`, `w`, `b`, `step_size` and `loss_list`: grading also assigns other data, other starts and
# other step sizes to them. The cell below each function checks it on the example data. That is help
# while you work, not the grade.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_error_surfaces

# %% [markdown]
# ## The data
#
# A hundred points near a line of slope -5 through the origin. The noise has a standard deviation
# of 0.4. The best bias is about 0, but the model does not know that.

# %%
X = torch.arange(-5, 5, 0.1).view(-1, 1)
Y = -5 * X + 0.4 * torch.randn(X.size())

plt.plot(X, Y, "+", label="data")
plt.plot(X, -5 * X, label="line of slope -5")
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
# The mean of the squared differences between predictions and targets.

# %%
def criterion(y_pred, y):
    """Return the mean squared error of the predictions y_pred, a tensor with one number."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("criterion")

# %% [markdown]
# ## The training
#
# The slope starts at -10, the bias at -20. In each iteration: predict for all of `X`, compute the
# loss, append it to `loss_list` as a plain number, and move each parameter one step of size
# `step_size` against its own gradient. A second call goes on where the first one stopped, so
# nothing of the old gradients may be left behind.

# %%
w = torch.tensor(-10.0, requires_grad=True)
b = torch.tensor(-20.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %%
def train_model(iterations):
    """Run that many iterations of gradient descent on w and b."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Twenty iterations, one call each. Each line of the table shows the loss before an update and the
# parameters after it; the surface gets the parameters before it. The loss falls from about 598 to
# about 0.24.

# %%
get_surface = plot_error_surfaces(15, 25, X, Y, 30)
print("iteration      loss        w        b")
for iteration in range(20):
    start = (w.item(), b.item())
    train_model(1)
    get_surface.set_para_loss(*start, loss_list[-1])
    if iteration % 5 == 0:
        get_surface.plot_ps()
    print(f"{iteration:9d}{loss_list[-1]:10.3f}{w.item():9.3f}{b.item():9.3f}")

# %% [markdown]
# The mean of `X` squared is 8.335. One step multiplies the slope's distance from the best one by
# about 1 - 2 · 0.1 · 8.335 = -0.667: it lands on the other side each time. The bias's distance
# shrinks by the factor 1 - 2 · 0.1 = 0.8, always from the same side, and is the last to arrive:
# after twenty iterations about 0.2 are left of 20. A larger step would help the bias, but from
# 0.12 on the slope would run away.

# %% [markdown]
# One call for all twenty must end at the same place. If yours does not, something is left over
# from one iteration to the next.

# %%
w.data.fill_(-10.0)
b.data.fill_(-20.0)
loss_list.clear()
train_model(20)
print(f"in one call: w = {w.item():.3f}, b = {b.item():.3f}")

# %%
plt.semilogy(loss_list, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# ## The path of the parameters
#
# A zigzag across the steep direction, and a slow walk along the flat one.

# %%
get_surface.final_plot()
