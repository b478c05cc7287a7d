# %% [markdown]
# # Layers by hand
#
# A network is a chain of layers. Each takes numbers and gives numbers, and on the way back each
# turns the gradient of what it gave into the gradient of what it took. You write both ways with
# NumPy, and check each piece before the next one needs it.

# %%
import numpy as np

from autograder import check

# %% [markdown]
# ## From scores to probabilities
#
# Each row of `z` holds a score for each class. Turn it into probabilities: positive, with a sum of
# one. A score may be as large as 1000, and what you are given stays as it is.


# %% nbgrader={"grade": false, "grade_id": "softmax", "locked": false, "schema_version": 3, "solution": true, "task": false}
def softmax(z):
    """Return the probabilities of each row, an array of the shape of z."""
    ### BEGIN SOLUTION
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-softmax", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
check("softmax")

# %% [markdown]
# ## How often is the largest score the right one?
#
# `y` has the number of the right class of each row. Without rows there is no share: raise a
# ValueError.


# %% nbgrader={"grade": false, "grade_id": "accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def accuracy(scores, y):
    """Return the share of rows whose largest score is that of class y, a number."""
    ### BEGIN SOLUTION
    if len(y) == 0:
        raise ValueError("there are no rows")
    return np.mean(scores.argmax(axis=1) == y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-accuracy", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
check("accuracy")

# %% [markdown]
# ## How surprised are we?
#
# `p` has a row of probabilities for each row of data, `y` the right classes.


# %% nbgrader={"grade": false, "grade_id": "cross_entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def cross_entropy(p, y):
    """Return the mean of minus the logarithms of the right classes' probabilities."""
    ### BEGIN SOLUTION
    return -np.log(p[np.arange(len(y)), y]).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-cross_entropy", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
check("cross_entropy")

# %% [markdown]
# ## Another measure
#
# `weigh` is a function that turns each probability of a right class into a number. Use your softmax.


# %% nbgrader={"grade": false, "grade_id": "surprise", "locked": false, "schema_version": 3, "solution": true, "task": false}
def surprise(z, y, weigh):
    """Return the mean of what weigh makes of the right classes' probabilities."""
    ### BEGIN SOLUTION
    p = softmax(z)
    return weigh(p[np.arange(len(y)), y]).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-surprise", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
check("surprise")

# %% [markdown]
# ## There and back
#
# `affine_forward` returns the product of x and w, and whatever `affine_backward` will need. With
# the gradient d of the product, that returns the gradients of x and of w.


# %% nbgrader={"grade": false, "grade_id": "affine", "locked": false, "schema_version": 3, "solution": true, "task": false}
def affine_forward(x, w):
    """Return x times w, and what the way back needs."""
    ### BEGIN SOLUTION
    return x @ w, (x, w)
    ### END SOLUTION


def affine_backward(d, cache):
    """Return the gradients of x and of w."""
    ### BEGIN SOLUTION
    x, w = cache
    return d @ w.T, x.T @ d
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-affine_forward", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("affine_forward")

# %% [markdown]
# ## A layer that remembers
#
# The class stores its weights. `forward` also stores what `backward` needs; `backward` stores
# `dLdW` and `dLdb` and returns the gradient of the input.


# %% nbgrader={"grade": false, "grade_id": "Linear", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Linear:
    """A layer with weights W and a bias b."""

    def __init__(self, W, b):
        ### BEGIN SOLUTION
        self.W, self.b = W, b
        ### END SOLUTION

    def forward(self, x):
        """Return x times W plus b."""
        ### BEGIN SOLUTION
        self.x = x
        return x @ self.W + self.b
        ### END SOLUTION

    def backward(self, d):
        """Store the gradients of W and b; return that of the last x."""
        ### BEGIN SOLUTION
        self.dLdW = self.x.T @ d
        self.dLdb = d.sum(axis=0)
        return d @ self.W.T
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "check-Linear", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
check("Linear")
