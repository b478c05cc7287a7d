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
# # A hidden layer, and when to stop
#
# A straight line cannot part what is wound around itself. A network with a *hidden layer* can: it
# bends space a little with every hidden unit. With enough of them it also learns what it should
# not: where each single point happened to lie. You will build such a network, train it in
# mini-batches, and learn to see in time when it begins to learn by heart.
#
# The recipe is the one by which networks of all sizes are trained: hold some points out, drop some
# hidden numbers at random while training, measure after each epoch on the points held out, and keep the
# best network.
#
# Keep the names of functions, arguments, layers and lists. The cell below each part tries what you
# wrote. That is help while you work; the grade comes from other data, other starts and
# other learning rates. If one part is still wrong, those that use it can earn their points all the
# same.

# %%
import copy

import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from autograder import check

torch.manual_seed(3)

# %% [markdown]
# Two little helpers for pictures. Nothing to do here.

# %%
COLOURS = ["tab:blue", "tab:orange", "tab:green"]


def show_points(axes, X, y, **style):
    """Draw points in the colours of their classes."""
    for number, colour in enumerate(COLOURS):
        axes.plot(*X[y == number].T, "o", color=colour, markersize=4, **style)


def show_regions(model, title):
    """Colour the plane by the class with the largest score, and draw all points on it."""
    side = torch.linspace(-3.4, 3.4, 100)
    plane = torch.cartesian_prod(side, side)
    still = copy.deepcopy(model).train(mode=False)
    with torch.no_grad():
        largest = still(plane).argmax(1).reshape(100, 100).T
    _, axes = plt.subplots(figsize=(4.2, 4))
    axes.contourf(side, side, largest, levels=[-0.5, 0.5, 1.5, 2.5], colors=COLOURS, alpha=0.25)
    show_points(axes, *train_set.tensors)
    show_points(axes, *val_set.tensors, markerfacecolor="white")
    axes.set_title(title)
    plt.show()


# %% [markdown]
# ## The data
#
# A pinwheel with three arms, a class each. `X` has two coordinates in each row, `y` the number of its arm:
# 0, 1 or 2.


# %%
def pinwheel(count):
    """Return points on three bent arms, and the arm of each."""
    y = torch.randint(3, (count,))
    far = torch.rand(count)
    angle = 2 * torch.pi * y / 3 + 2.5 * far + 0.25 * torch.randn(count)
    return 3 * far.unsqueeze(1) * torch.stack([angle.cos(), angle.sin()], dim=1), y


X, y = pinwheel(120)
_, axes = plt.subplots(figsize=(4, 4))
show_points(axes, X, y)
plt.show()

# %% [markdown]
# ## Hold points out
#
# A network that is measured on the points that it was trained on will always look good. So set some
# aside before you begin: the *validation set*. No step of training ever uses them.
#
# Which ones? Not the first ones: data often come in some order. Draw them at random, each as likely as
# any other, and exactly `count` of them. Your function returns a *mask*: a tensor of
# `n` truths, `True` for each point that is held out. Others may want another split, so set no seed in
# it.
#
# `torch.randperm(n)` gives the numbers from 0 to `n - 1` in random order.


# %% nbgrader={"grade": false, "grade_id": "hold_out", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hold_out(n, count):
    """Return a mask of n truths, exactly count of them True, drawn at random."""
    ### BEGIN SOLUTION
    return torch.randperm(n) < count
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-hold_out", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("hold_out")

# %% [markdown]
# With the mask it takes two lines to split. A *loader* deals out the points of a set in *mini-batches*, here
# of six. A step from six points is rough, but costs a fifteenth of one from all ninety, and many
# rough steps get further than few exact ones.

# %%
held = hold_out(len(X), 30)
train_set = TensorDataset(X[~held], y[~held])
val_set = TensorDataset(X[held], y[held])
train_loader = DataLoader(train_set, batch_size=6)
val_loader = DataLoader(val_set, batch_size=6)
print(len(train_set), "points to train on,", len(val_set), "to validate with")

# %% [markdown]
# ## The network
#
# Two coordinates go in, three *scores* come out, one for each arm; the largest wins. In between is the
# hidden layer:
#
# $$h = \text{relu}(W_1 x + b_1) \qquad \text{scores} = W_2\,\text{dropout}(h) + b_2$$
#
# *Dropout* sets each hidden number to zero with probability `p` and makes the others larger, so that
# their sum stays about the same. It does so anew in each call, and only while training. No
# hidden unit can rely on another, so none of them can learn a single point by heart.
#
# Give your class three layers under these names:
#
# | name | layer |
# |---|---|
# | `hidden` | `nn.Linear`, from 2 to `units` |
# | `drop` | `nn.Dropout`, with probability `p` |
# | `out` | `nn.Linear`, from `units` to 3 |
#
# `forward` returns scores, any numbers: no softmax at the end.


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Net(nn.Module):
    """One hidden layer with dropout: two coordinates in, three scores out."""

    def __init__(self, units, p):
        super().__init__()
        ### BEGIN SOLUTION
        self.hidden = nn.Linear(2, units)
        self.drop = nn.Dropout(p)
        self.out = nn.Linear(units, 3)
        ### END SOLUTION

    def forward(self, x):
        """Return the scores of points x, a tensor of shape (points, 3)."""
        ### BEGIN SOLUTION
        return self.out(self.drop(torch.relu(self.hidden(x))))
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-forward", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("forward")

# %% [markdown]
# Does dropout work? With `p=1` nothing gets through, so the scores are the same for all points.

# %% nbgrader={"grade": true, "grade_id": "check-Net", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("Net")

# %% [markdown]
# A network has two *modes*. The methods `train` and `eval` of a model switch dropout on and off, and
# `model.training` says which mode it is in. Here are the scores of one point, five times in each mode.

# %%
model = Net(8, 0.2)
some = torch.tensor([[1.0, 0.5]])
_, row = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True)
for axes, mode in zip(row, (True, False), strict=True):
    model.train(mode)
    for _ in range(5):
        axes.plot(model(some).detach()[0], "o-", alpha=0.6)
    axes.set_xticks([0, 1, 2])
    axes.set_xlabel("class")
    axes.set_title("train mode" if mode else "eval mode")
row[0].set_ylabel("score")
plt.show()

# %% [markdown]
# ## The loss
#
# The classes are numbers, and the network gives scores. `nn.CrossEntropyLoss` takes both as they are:
# it turns scores into probabilities, takes the logarithm of the right one, and averages over
# the points. Make `criterion` such an object.

# %% nbgrader={"grade": false, "grade_id": "criterion", "locked": false, "schema_version": 3, "solution": true, "task": false}
### BEGIN SOLUTION
criterion = nn.CrossEntropyLoss()
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "check-criterion", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("criterion")

# %% [markdown]
# ## Evaluate
#
# How good is a model on the points of a loader? Your function returns two numbers: the mean loss, and
# the *accuracy*, the share of points whose largest score is that of their class. Four things to mind:
#
# - Both are means over *points*. The last batch may be smaller than the others, so the mean of the batches' losses
#   is another number. `loss(scores, y)` gives the mean over one batch: how do you get the batch's sum?
# - The model is to be measured whole: eval mode, no dropout.
# - Nobody wants gradients here. Under `torch.no_grad()` none are prepared, which saves time and memory.
# - Leave the model as you found it. One that was in train mode is in train mode again, one in eval
#   mode stays there.
#
# Use the arguments only: other models, losses and loaders will be tried.


# %% nbgrader={"grade": false, "grade_id": "evaluate", "locked": false, "schema_version": 3, "solution": true, "task": false}
def evaluate(model, loss, loader):
    """Return the mean loss and the accuracy of the model over all points of the loader."""
    ### BEGIN SOLUTION
    was_training = model.training
    model.eval()
    total, right, count = 0.0, 0, 0
    with torch.no_grad():
        for x, y in loader:
            scores = model(x)
            total += loss(scores, y).item() * len(y)
            right += (scores.argmax(dim=1) == y).sum().item()
            count += len(y)
    model.train(was_training)
    return total / count, right / count
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-evaluate", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("evaluate")

# %% [markdown]
# Before training, one point in three is right by chance.

# %%
print("loss {:.3f}, accuracy {:.2f}".format(*evaluate(model, criterion, val_loader)))

# %% [markdown]
# ## Train, and keep the best
#
# An epoch takes one step for each batch of `train_loader`. After each epoch, evaluate the model on
# `val_loader` with your function, and append the mean *loss* to `VAL`.
#
# While the model learns what points have in common, the validation loss falls. When it begins to learn
# by heart, the loss rises again. You cannot know beforehand when that will be, so remember the best: when
# `train_model` ends, the model has the parameters of the epoch *of this call* that had the smallest
# validation loss.
#
# `model.state_dict()` hands you the parameters themselves, and training goes on to change them: keep a copy.
# `model.load_state_dict(…)` puts parameters back.

# %%
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
VAL = []


# %% nbgrader={"grade": false, "grade_id": "train_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_model(epochs):
    """Train for that many epochs, fill VAL, and end with the best epoch's parameters."""
    ### BEGIN SOLUTION
    least, best = float("inf"), None
    for _ in range(epochs):
        model.train()
        for x, y in train_loader:
            optimizer.zero_grad()
            criterion(model(x), y).backward()
            optimizer.step()
        mean, _ = evaluate(model, criterion, val_loader)
        VAL.append(mean)
        if mean < least:
            least, best = mean, copy.deepcopy(model.state_dict())
    model.load_state_dict(best)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-train_model", "locked": true, "points": 9, "schema_version": 3, "solution": false, "task": false}
check("train_model")

# %% [markdown]
# ## Watch it
#
# Forty epochs, and the plane before and after. Points with a white middle are those held out.

# %%
show_regions(model, "before training")
train_model(40)
show_regions(model, "after training")
print("loss {:.3f}, accuracy {:.2f}".format(*evaluate(model, criterion, val_loader)))

# %%
_, axes = plt.subplots(figsize=(6, 2.8))
axes.plot(range(1, len(VAL) + 1), VAL)
axes.plot(VAL.index(min(VAL)) + 1, min(VAL), "o", label="the best epoch")
axes.set_xlabel("epoch")
axes.set_ylabel("validation loss")
axes.legend()
plt.show()

# %% [markdown]
# ## What dropout and the best epoch are good for
#
# Now a network of three hundred hidden units that sees eight points only, once without dropout and once with.
# It runs through its training points in no time. Compare the two lines of each picture: below is how well it
# knows the points it has seen, above how well it does on those that it has not.

# %%
few = TensorDataset(*(values[:8] for values in train_set.tensors))
_, row = plt.subplots(1, 2, figsize=(9, 2.8), sharey=True)
for axes, p in zip(row, (0.0, 0.5), strict=True):
    torch.manual_seed(4)
    large = Net(300, p)
    steps = torch.optim.SGD(large.parameters(), lr=0.3)
    seen, unseen = [], []
    for _ in range(60):
        for inputs, classes in DataLoader(few, batch_size=4):
            steps.zero_grad()
            criterion(large(inputs), classes).backward()
            steps.step()
        seen.append(evaluate(large, criterion, DataLoader(few, batch_size=4))[0])
        unseen.append(evaluate(large, criterion, val_loader)[0])
    axes.plot(seen, label="seen")
    axes.plot(unseen, label="held out")
    axes.set_title(f"dropout {p}")
    axes.set_xlabel("epoch")
row[0].set_ylabel("loss")
row[0].legend()
plt.show()
