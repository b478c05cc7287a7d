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
# # Training on one sample at a time
#
# So far you wrote every part of the training by hand. PyTorch brings them ready-made: a class for
# models, loss functions, optimizers, and loaders that hand out the data in batches. In this lab you
# put them together and train a line with stochastic gradient descent: one sample, one step.
#
# Write the model's `forward`, the `criterion` and the function `train_model_BGD`. Keep the names
# `linear_regression`, `model`, `optimizer`, `dataset` and `trainloader`: grading also assigns other
# data, other starts and other learning rates to them. The cell below each part checks it on the
# example data. That is help while you work, not the grade.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, Dataset

from autograder import check
from autograder.plots import plot_error_surfaces

torch.manual_seed(1)

# %% [markdown]
# ## The data
#
# Sixty points near the line of slope 1 and bias -1; the noise has a standard deviation of 0.1. A
# `Dataset` answers two questions: how many samples there are, and what number `index` is.


# %%
class Data(Dataset):
    """Noisy points near the line y = x - 1."""

    def __init__(self):
        self.x = torch.arange(-3, 3, 0.1).view(-1, 1)
        self.f = self.x - 1
        self.y = self.f + 0.1 * torch.randn(self.x.size())
        self.len = len(self.x)

    def __getitem__(self, index):
        return self.x[index], self.y[index]

    def __len__(self):
        return self.len


dataset = Data()

plt.plot(dataset.x, dataset.y, "x", label="data")
plt.plot(dataset.x, dataset.f, label="line of slope 1 and bias -1")
plt.xlabel("x")
plt.ylabel("y")
plt.legend()
plt.show()

# %% [markdown]
# ## The model
#
# A model is a class derived from `nn.Module`. Its constructor makes the layers, here one
# `nn.Linear` with a weight and a bias; `forward` says how an input goes through them. It is called
# when you call the model: `model(x)`.


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class linear_regression(nn.Module):
    """A line: prediction = weight * x + bias."""

    def __init__(self, input_size, output_size):
        super().__init__()
        self.linear = nn.Linear(input_size, output_size)

    def forward(self, x):
        """Return the predictions for x, one a row."""
        ### BEGIN SOLUTION
        return self.linear(x)
        ### END SOLUTION


# %% [markdown]
# With the seed above, a fresh model starts at weight 0.3636 and bias 0.4957, close to the goal.

# %%
model = linear_regression(1, 1)
print(list(model.parameters()))

# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% [markdown]
# ## The loss
#
# Make `criterion` an object (or a function) that gives the mean squared error of predictions and
# targets: `criterion(yhat, y)`. Look through the losses in `torch.nn`.

# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
criterion = nn.MSELoss()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %% [markdown]
# ## Optimizer and loader
#
# The optimizer knows the model's parameters and the learning rate 0.01. The loader hands out one
# sample at a time, in order. To have something to see, the parameters start far off: the model's
# `state_dict()` gives them by name, `linear` being the layer. For grading, optimizer and loader are
# put back to what they are here.

# %%
optimizer = optim.SGD(model.parameters(), lr=0.01)
trainloader = DataLoader(dataset=dataset, batch_size=1)

model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
get_surface = plot_error_surfaces(15, 13, dataset.x, dataset.y, 30, go=False)

# %% [markdown]
# ## The training
#
# One epoch goes once through the loader. For each batch: predict, compute the loss, empty the
# gradients, compute them anew, let the optimizer take a step. Three calls of `optimizer` and
# `loss` do the last three.
#
# To watch it, call `get_surface.set_para_loss(model, loss.tolist())` for each sample and
# `get_surface.plot_ps()` at the end of an epoch: it draws the line among the data beside the way
# that the parameters went.


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model_BGD(epochs):
    """Go that many times through trainloader, with one step of the optimizer a batch."""
    ### BEGIN SOLUTION
    for _ in range(epochs):
        for x, y in trainloader:
            loss = criterion(model(x), y)
            get_surface.set_para_loss(model, loss.tolist())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        get_surface.plot_ps()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %% [markdown]
# ## Run it
#
# Ten epochs, six hundred steps. With the seed above the weight ends at 0.9932 and the bias at
# -1.0174.

# %%
train_model_BGD(10)
print(model.state_dict())

# %%
get_surface.final_plot()

# %% [markdown]
# ## Practice
#
# Start again at -15 and -10, this time with a learning rate of 0.1. Mind that a new model needs a
# new optimizer. What do the steps look like now?

# %%
model = linear_regression(1, 1)
model.state_dict()["linear.weight"][0] = -15
model.state_dict()["linear.bias"][0] = -10
get_surface = plot_error_surfaces(15, 13, dataset.x, dataset.y, 30, go=False)

# %% nbgrader={"grade": false, "grade_id": "practice", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
optimizer = optim.SGD(model.parameters(), lr=0.1)
train_model_BGD(10)
print(model.state_dict())
### END SOLUTION
