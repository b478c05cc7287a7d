# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Training one parameter on wide data
#
# The same model as in the lab `slope`, a line through the origin, but inputs that reach further
# out. Large inputs make steep losses, and a step that is sensible on narrow data carries the
# slope right across the valley. You will watch gradient descent get there all the same.
#
# Write three functions: `forward`, `criterion` and `train_model`. Keep their names and the names
# `X`, `Y`, `w`, `step_size` and `loss_list`: grading also assigns other data, other starts and
# other step sizes to them. The cell below each function checks it on the example data. That is help
# while you work, not the grade.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check
from autograder.plots import plot_diagram

# %% [markdown]
# ## The data
#
# A hundred points near a line of slope -5, for inputs from -5 to 5. The noise has a standard
# deviation of 0.4.

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
# The prediction for an input `x` is `w` times `x`. Use the global `w`.


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward(x):
    """Return the prediction for x, a tensor of the shape of x."""
    ### BEGIN SOLUTION
    return w * x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% [markdown]
# ## The loss
#
# Square the differences between predictions and targets, and take their mean.


# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def criterion(y_pred, y):
    """Return the mean squared error of the predictions y_pred, a tensor with one number."""
    ### BEGIN SOLUTION
    return torch.mean((y_pred - y) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %% [markdown]
# ## The training
#
# The slope starts at -10. In each iteration: predict for all of `X`, compute the loss, append it
# to `loss_list` as a plain number, and move `w` one step of size `step_size` against its
# gradient. A second call goes on where the first one stopped, so nothing of an old gradient may
# be left behind.

# %%
w = torch.tensor(-10.0, requires_grad=True)
step_size = 0.1
loss_list = []


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(iterations):
    """Run that many iterations of gradient descent on w."""
    ### BEGIN SOLUTION
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        loss_list.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(step_size * w.grad)
        w.grad = None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %% [markdown]
# ## Run it
#
# Twenty iterations, one call each, and a line of a table after each: the loss before the update
# and `w` after it. The loss falls from about 207 to about 0.15, which is the noise of the data
# (0.4 squared is 0.16).

# %%
print("iteration      loss        w")
for iteration in range(20):
    train_model(1)
    print(f"{iteration:9d}{loss_list[-1]:10.3f}{w.item():9.3f}")

# %% [markdown]
# Look at `w` in the table: it does not creep towards -5, it jumps from one side to the other. The
# mean of `X` squared is 8.335, so one step multiplies the distance from the best slope by
# 1 - 2 · 0.1 · 8.335 = -0.667. The sign says that `w` lands on the other side, the size that two
# thirds of the distance are left. On these data a step size of 0.06 goes to the best slope at
# once, and one of 0.12 never arrives.

# %% [markdown]
# One call for all twenty must end at the same place. If yours does not, something is left over
# from one iteration to the next.

# %%
w.data.fill_(-10.0)
loss_list.clear()
train_model(20)
print(f"in one call: w = {w.item():.3f}")

# %%
plt.semilogy(loss_list, "o-")
plt.xlabel("iteration")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# ## The path of the parameter
#
# The first six iterations once more, from the same start: the line among the data, and where `w`
# stands on the curve of the loss.

# %%
w.data.fill_(-10.0)
loss_list.clear()
gradient_plot = plot_diagram(X, Y, w, stop=0)
for iteration in range(6):
    y_pred = forward(X)
    gradient_plot(y_pred, w, criterion(y_pred, Y).item(), iteration)
    train_model(1)
