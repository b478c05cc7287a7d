# %% [markdown]
# # Telling two classes apart
#
# A line can also divide. Logistic regression gives each point of the plane the probability that it
# belongs to class 1: a linear function of its two coordinates, bent into 0 to 1 by the sigmoid.
#
# Write the model's `forward`, the `criterion` and the function `train_model`. Keep the names
# `LogisticRegression`, `model`, `optimizer`, `X`, `y` and `LOSS`: grading also assigns other data,
# other starts and other learning rates to them. The cell below each part checks it on the example
# data. That is help while you work, not the grade.

# %%
import torch
from torch import nn

from autograder import check
from autograder.plots import plot_decision, plot_losses

# %% [markdown]
# ## The data
#
# Two clouds of forty points around (-1.5, -1) and (1.5, 1), each with a standard deviation of 1 in
# both directions. They overlap a little: no line gets all points right.

# %%
centres = torch.tensor([[-1.5, -1.0], [1.5, 1.0]]).repeat_interleave(40, dim=0)
X = centres + torch.randn(80, 2)
y = torch.tensor([[0.0], [1.0]]).repeat_interleave(40, dim=0)

plot_decision(X, y)


# %% [markdown]
# ## The model
#
# `nn.Linear(2, 1)` makes one number of two coordinates; `torch.sigmoid` makes it a probability.

# %%
class LogisticRegression(nn.Module):
    """The probability of class 1: sigmoid(weight . x + bias)."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 1)

    def forward(self, x):
        """Return probabilities, one a row, for points x, two coordinates a row."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %% [markdown]
# The model begins with the classes the wrong way round, so that there is something to learn.

# %%
model = LogisticRegression()
with torch.no_grad():
    model.linear.weight.copy_(torch.tensor([[-1.0, 1.0]]))
    model.linear.bias.fill_(1.5)

# %%
check("forward")

# %% [markdown]
# ## The loss
#
# For a probability `p` and a class `c`, the binary cross-entropy is `-log(p)` where c is 1 and
# `-log(1 - p)` where c is 0, averaged over all points. `torch.nn` has it for probabilities.

# %%
raise NotImplementedError("Write your code here, then run this cell again.")

# %%
check("criterion")

# %% [markdown]
# ## The training
#
# In each epoch: predict for all of `X`, compute the loss, append it to `LOSS` as a plain number,
# empty the gradients, go backward, take a step.

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
LOSS = []


# %%
def train_model(epochs):
    """Train the model on X and y for that many epochs."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Forty epochs turn the model round: the loss falls from about 1.5 to about 0.1.

# %%
train_model(40)
print(model.state_dict())

# %%
plot_losses(LOSS)

# %%
plot_decision(X, y, model)

# %% [markdown]
# ## Practice
#
# What does the learning rate do here? Keep the losses of the first run under another name and give
# `LOSS` a new list, start the model again, train it with a rate of 0.05, and compare the two curves
# in one picture. Use your `train_model` as it is: of several functions of one name the last one is
# graded.

# %%
raise NotImplementedError("Write your code here, then run this cell again.")
