# %% [markdown]
# # Backpropagation by hand
#
# A network is a chain of simple pieces. On the way forward each takes numbers and gives numbers. On
# the way back each answers one question: *if the loss falls when what I gave moves this way, how
# should what I took move?* That is all of backpropagation. You build it from NumPy alone, and at the
# end your network tells two moons apart.
#
# Keep the names of functions, classes, arguments and attributes. The cell below each piece tries it
# on a few numbers. That is help while you work; the grade comes from other numbers and shapes, so
# use nothing but arguments and what an object stores. One wrong piece does not spoil the others:
# `Network` and `train` are tried with layers of ours.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograder import check

# %% [markdown]
# ## A slow gradient that you can trust
#
# How steep is a hill? Take a small step ahead and a small step back, and compare the heights:
#
# $$\frac{\partial f}{\partial x_i} \approx \frac{f(x + \epsilon_i) - f(x - \epsilon_i)}{2 \epsilon}$$
#
# where $\epsilon_i$ moves the number $x_i$ alone. This is slow, two calls of `f` for each number, but
# there is little to get wrong. You will hold every fast gradient on this page against it.
#
# The picture shows why to step both ways: the secant through both neighbours is nearly
# parallel to the tangent, the one to a single neighbour is not.

# %%
hill = np.linspace(-0.3, 2.0, 100)
plt.plot(hill, np.exp(hill), "k", label="f")
plt.plot(hill, np.exp(1) * hill, ":", label="tangent at 1")
for left, right, label in ((1.0, 1.8, "ahead only"), (0.2, 1.8, "both ways")):
    ends = np.array([left, right])
    plt.plot(ends, np.exp(ends), "o--", label=label)
plt.legend()
plt.show()


# %% [markdown]
# `f` takes an array and gives one number; `x` may have any shape. Go over the places of `x` with
# `np.ndindex(x.shape)`; `x[place]` is the number there. When you are done `x` is what it was: change a
# copy, or put each number back.

# %%
def numerical_gradient(f, x, eps=1e-5):
    """Return the slopes of f at x, an array of the shape of x."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("numerical_gradient")


# %% [markdown]
# ## Do two gradients agree?
#
# A difference of 0.001 is nothing between slopes of 1000, and everything between slopes of 0.001. So
# compare relatively. Take the largest difference of all places (its size, not its sign), and divide
# it by the sum of the largest size in `a` and the largest size in `b`. Where both are nothing but
# zeros, they agree: return 0. Below 0.0000001 is fine, above 0.01 is a mistake.

# %%
def relative_error(a, b):
    """Return how far two arrays of one shape are apart, a number from 0 to 1."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("relative_error")


# %% [markdown]
# ## A linear layer
#
# Forward: each row of `x` is a sample, and $y = x W + b$.
#
# Backward: `d` says, for each number of $y$, how steep the loss is there. Three answers are wanted, and
# shapes nearly tell them:
#
# | gradient of | shape | made of |
# |---|---|---|
# | `W` | that of `W` | the `x` of the last forward, turned over, and `d` |
# | `b` | that of `b` | `d`; `b` went to every row, so its gradient is a sum over rows |
# | `x` | that of `x` | `d` and `W`, turned over |
#
# Return the third. *Add* the first two to `dW` and `db`, which begin as zeros: a layer may be used
# twice before its weights move, and each use counts. There is no 1/m here: a mean, if there
# is one, is part of the loss.
#
# `step(rate)` moves `W` and `b` against their gradients, and sets these to zeros again. A product of
# matrices is `@`; `*` works place by place.

# %%
class Linear:
    """A layer with weights W, a row for each input and a column for each output, and a bias b."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW, self.db = np.zeros(W.shape), np.zeros(b.shape)

    def forward(self, x):
        """Return x W + b, a row for each row of x."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def backward(self, d):
        """Add to dW and db; return the gradient of the last x."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def step(self, rate):
        """Move W and b, forget the gradients."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("Linear")

# %% [markdown]
# Hold it against the slow gradient: all three errors should be tiny. What stands for the loss here
# is the sum of all outputs, each times a number of its own; so `d` is these numbers.

# %%
rng = np.random.default_rng(0)
W, b, x, d = (rng.normal(size=shape) for shape in ((3, 2), (2,), (4, 3), (4, 2)))
layer = Linear(W, b)
layer.forward(x)
dx = layer.backward(d)
print(
    "W",
    relative_error(layer.dW, numerical_gradient(lambda W: (Linear(W, b).forward(x) * d).sum(), W)),
)
print(
    "b",
    relative_error(layer.db, numerical_gradient(lambda b: (Linear(W, b).forward(x) * d).sum(), b)),
)
print("x", relative_error(dx, numerical_gradient(lambda x: (Linear(W, b).forward(x) * d).sum(), x)))


# %% [markdown]
# ## A bend
#
# Two linear layers in a row are one linear layer. A bend between them makes the difference: ReLU
# lets positive numbers through, and 0 takes the place of all others. On the way back a gradient passes
# where the number went through, and nowhere else; at 0 it does not pass. So remember what came in.
# Leave what you are given as it is.

# %%
class ReLU:
    """A bend: negative numbers become 0."""

    def forward(self, x):
        """Return x without its negative numbers."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def backward(self, d):
        """Return the gradient of the last x."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def step(self, rate):
        """Do nothing: there is nothing to move."""


# %%
check("ReLU")

# %%
bend = ReLU()
line = np.linspace(-2, 2, 101)
plt.plot(line, bend.forward(line), label="forward")
plt.plot(line, bend.backward(np.ones(101)), "--", label="what passes on the way back")
plt.legend()
plt.show()


# %% [markdown]
# ## The loss
#
# The last layer gives a row of scores for each sample, one score a class. Softmax makes
# probabilities of them, $p_j = e^{s_j} / \sum_k e^{s_k}$, and the loss is the mean surprise at the right
# classes: the mean of $-\log p_{\text{right}}$ over all rows.
#
# - Scores may be as large as 1000. Subtract each row's largest score first, and do not take the
#   logarithm of a probability that was rounded to 0:
#   $\log p_j = s_j - \log \sum_k e^{s_k}$ once the largest is subtracted.
# - The way back is a gift: the gradient of a row's surprise is $p$, less 1 at the right class. And
#   the loss is a mean over `m` rows, so each gradient is divided by `m`: here, once, and nowhere else.
#
# `y` has the number of the right class of each row; `logs[np.arange(m), y]` picks one entry a row.

# %%
class SoftmaxCrossEntropy:
    """Softmax, and the mean of the right classes' surprise."""

    def forward(self, scores, y):
        """Return the loss, a number."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def backward(self):
        """Return the gradient of the last scores."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("SoftmaxCrossEntropy")

# %%
scores, y = rng.normal(size=(5, 3)), np.array([0, 2, 1, 1, 0])
loss = SoftmaxCrossEntropy()
loss.forward(scores, y)
slow = numerical_gradient(lambda s: SoftmaxCrossEntropy().forward(s, y), scores)
print("scores", relative_error(loss.backward(), slow))


# %% [markdown]
# ## The chain
#
# A network is a list of layers. Forward, each layer gets what the one before it gave. Backward, `d` goes
# through the same layers from the last to the first. A step is a step of each layer.

# %%
class Network:
    """Layers, one after the other."""

    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        """Return what the last layer gives."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def backward(self, d):
        """Return the gradient of what the first layer got."""
        raise NotImplementedError("Write your code here, then run this cell again.")

    def step(self, rate):
        """Move all layers."""
        raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("Network")


# %% [markdown]
# ## Training
#
# Each step: forward through the network, the loss of what it gives, back from the loss, back through the
# network, and move. Collect the losses, each before its step moves anything. `network` has `forward(x)`,
# `backward(d)` and `step(rate)`, `loss` has `forward(found, y)` and `backward()`.

# %%
def train(network, loss, x, y, rate, steps):
    """Take that many steps; return the list of losses, one a step."""
    raise NotImplementedError("Write your code here, then run this cell again.")


# %%
check("train")

# %% [markdown]
# ## Two moons
#
# Two classes that no straight line tells apart. Sixteen bends do.

# %%
turn = np.pi * rng.random(100)
upper = np.stack([np.cos(turn), np.sin(turn)], axis=1)
lower = np.stack([1 - np.cos(turn), 0.4 - np.sin(turn)], axis=1)
moons = np.concatenate([upper, lower]) + 0.12 * rng.normal(size=(200, 2))
side = np.repeat([0, 1], 100)

model = Network(
    [
        Linear(rng.normal(size=(2, 16)), np.zeros(16)),
        ReLU(),
        Linear(rng.normal(size=(16, 2)) / 4, np.zeros(2)),
    ]
)
losses = train(model, SoftmaxCrossEntropy(), moons, side, 0.5, 400)

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
left.plot(losses)
left.set_xlabel("step")
left.set_ylabel("loss")
across, up = np.meshgrid(np.linspace(-1.5, 2.5, 80), np.linspace(-1.2, 1.6, 80))
plane = model.forward(np.stack([across.ravel(), up.ravel()], axis=1))
right.contourf(
    across, up, (plane[:, 1] - plane[:, 0]).reshape(across.shape), levels=[-99, 0, 99], alpha=0.3
)
right.scatter(*moons.T, c=side, s=12)
plt.show()
found = model.forward(moons).argmax(axis=1)
print(f"right for {np.mean(found == side):.0%} of the points")
