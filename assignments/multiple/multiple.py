# %% [markdown]
# # Several features
#
# What does a home cost? Its area says something, so does the number of rooms, and so does the way to
# the centre. With one feature the model was a line with one slope. With three it has three slopes, one
# a feature, and they make a vector `w`. Nothing else changes: predict, compare, step downhill.
#
# One thing gets in the way: areas are about a hundred, rooms about three. You will see what that does to
# gradient descent, and mend it.
#
# Write five functions: `standardize`, `forward`, `criterion`, `train_model` and `r_squared`. Keep their
# names, and `X`, `Y`, `w`, `b`, `lr` and `LOSS`: grading assigns other homes, other starts and other
# rates to them. The cell below each function tries it on a few numbers. That is help while you work,
# not the grade. One wrong function does not spoil the others.

# %%
import matplotlib.pyplot as plt
import torch

from autograder import check

torch.manual_seed(1)

# %% [markdown]
# ## The data
#
# Seventy homes, drawn here: area in square metres, number of rooms, kilometres to the centre. The price is
# in thousands. Fifty homes are for training. Twenty are *held out*: they play the homes that nobody has
# sold yet, and tell in the end whether the model is any good.

# %%
FEATURES = ["area", "rooms", "distance"]
area = 60 + 60 * torch.rand(70)
rooms = (area / 30 + 0.7 * torch.randn(70)).round().clamp(min=1)
distance = 12 * torch.rand(70)
homes = torch.stack([area, rooms, distance], dim=1)
price = 2.5 * area + 20 * rooms - 12 * distance + 15 * torch.randn(70)
train_homes, test_homes = homes[:50], homes[50:]
Y, Y_test = price[:50] / 100, price[50:] / 100
print(train_homes[:3])
print(Y[:3])

figure, panels = plt.subplots(1, 3, figsize=(10, 3), sharey=True)
for panel, name, column in zip(panels, FEATURES, train_homes.T, strict=True):
    panel.plot(column, Y, "+")
    panel.set_xlabel(name)
panels[0].set_ylabel("price in 100,000")
figure.tight_layout()
plt.show()


# %% [markdown]
# ## One scale for all
#
# A step that is sensible for the slope of `distance` is far too large for that of `area`, whose numbers,
# and so whose gradients, are ten times as large. So measure each feature in its own usual spread:
#
# $$z = \frac{x - \text{mean}}{\text{standard deviation}}$$
#
# column by column. Then each has the mean 0 and the standard deviation 1.
#
# The homes held out get the *same* treatment: with the means and deviations of the training homes, not
# with their own. Who looks at them for a mean has looked at them, and they no longer play unsold
# homes. Also the model learned what "one deviation larger" is worth in training; a home is not worth
# less because the others on sale that day are large.
#
# Deviations divided by n or by n - 1 are both fine. Leave the arguments as they are.

# %%
def standardize(train, test):
    """Return both standardised, column by column, by the means and deviations of train."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("standardize")

# %%
X, X_test = standardize(train_homes, test_homes)
print("training:", X.mean(dim=0), X.std(dim=0))
print("held out:", X_test.mean(dim=0), X_test.std(dim=0), "near 0 and 1, but not quite: rightly so")

# %% [markdown]
# Why it matters: the loss of two slopes, for raw and for standardised features. On the left a
# narrow gorge. Its walls are so steep that steps must be tiny, and along its ground hardly anything moves. On
# the right something like a bowl.

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 3.6))
for panel, columns, title in zip(panels, (train_homes, X), ("raw", "standardised"), strict=True):
    centred = columns - columns.mean(dim=0)
    best = torch.linalg.lstsq(centred, (Y - Y.mean()).unsqueeze(1)).solution.view(-1)
    away = torch.linspace(-1, 1, 61)
    right, up = torch.meshgrid(away, away, indexing="xy")
    moved = best + torch.stack([right, torch.zeros(61, 61), up], dim=2)
    loss = ((moved @ centred.T - Y + Y.mean()) ** 2).mean(dim=2)
    panel.contour(away, away, loss.sqrt(), levels=12)
    panel.set(title=title, xlabel="slope of area, from the best", ylabel="of distance")
figure.tight_layout()
plt.show()


# %% [markdown]
# ## The model
#
# The prediction for a home is the sum of its features, each times its slope, and the bias. For all homes
# at once that is a product of matrix and vector, `@`: `x` has the shape (n, 3), `w` (3,), and the
# predictions (n,). Use the globals `w` and `b`.

# %%
def forward(x):
    """Return the predictions (n,) for homes x (n, 3)."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("forward")


# %% [markdown]
# ## The loss
#
# The mean of the squared differences. Both are vectors of shape (n,). Mind what happens if one is a
# column, (n, 1): torch then subtracts each from each, and the mean of n · n numbers looks innocent.

# %%
def criterion(yhat, y):
    """Return the mean squared error of predictions yhat, a tensor with one number."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("criterion")

# %% [markdown]
# ## The training
#
# In each iteration: predict for all of `X`, compute the loss, append it to `LOSS` as a plain number, and
# move `w` and `b` one step of size `lr` against their gradients. `backward` fills `w.grad`, a vector
# like `w`, and `b.grad`. Move both without recording it, and leave nothing of an old gradient behind: a
# second call goes on where the first one stopped.

# %%
w = torch.tensor([-2.0, 3.0, 1.0], requires_grad=True)
b = torch.tensor(-1.0, requires_grad=True)
lr = 0.1
LOSS = []


# %%
def train_model(iterations):
    """Run that many iterations of gradient descent on w and b."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train_model")

# %% [markdown]
# ## Run it
#
# Thirty iterations, one call each. All three slopes find their way at the same rate, though area and
# rooms go together (larger homes have more rooms), so it takes these two a while to settle which of
# them explains what.

# %%
path = []
for _ in range(30):
    path.append([*w.tolist(), b.item()])
    train_model(1)
figure, panels = plt.subplots(1, 2, figsize=(9, 3))
panels[0].semilogy(LOSS, "o-")
panels[0].set(xlabel="iteration", ylabel="loss")
panels[1].plot(path, label=[*FEATURES, "bias"])
panels[1].set(xlabel="iteration", ylabel="slope")
panels[1].legend()
figure.tight_layout()
plt.show()


# %% [markdown]
# ## Is it any good?
#
# A mean squared error of 0.05 says little by itself. Compare it with the dullest model there is, which
# predicts the mean of the targets for each home:
#
# $$R^2 = 1 - \frac{\sum (y - \hat y)^2}{\sum (y - \bar y)^2}$$
#
# 1 is perfect, 0 is no better than the mean, and below 0 the mean would have been better. $\bar y$ is the
# mean of the targets that are given, and predictions come first.

# %%
def r_squared(yhat, y):
    """Return which share of the squares of targets y the predictions yhat explain, a number."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("r_squared")

# %%
with torch.no_grad():
    for name, x, y in (("training", X, Y), ("held out", X_test, Y_test)):
        print(f"{name}: R² = {r_squared(forward(x), y):.3f}")
        plt.plot(y, forward(x), "+" if name == "training" else "o", label=name)
    plt.axline((2, 2), slope=1, color="grey", linestyle=":")
plt.xlabel("price")
plt.ylabel("prediction")
plt.legend()
plt.show()
