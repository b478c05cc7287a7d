# fails: affine_forward-affine_backward
# mistake: none
# why: The cache lacks the weights.
import numpy as np

from autograder import check


def softmax(z):
    """Return the probabilities of each row, an array of the shape of z."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


check("softmax")


def accuracy(scores, y):
    """Return the share of rows whose largest score is that of class y, a number."""
    if len(y) == 0:
        raise ValueError("there are no rows")
    return np.mean(scores.argmax(axis=1) == y)


check("accuracy")


def cross_entropy(p, y):
    """Return the mean of minus the logarithms of the right classes' probabilities."""
    return -np.log(p[np.arange(len(y)), y]).mean()


check("cross_entropy")


def surprise(z, y, weigh):
    """Return the mean of what weigh makes of the right classes' probabilities."""
    p = softmax(z)
    return weigh(p[np.arange(len(y)), y]).mean()


check("surprise")


def affine_forward(x, w):
    """Return x times w, and what the way back needs."""
    return x @ w, (x,)


def affine_backward(d, cache):
    """Return the gradients of x and of w."""
    x, w = cache
    return d @ w.T, x.T @ d


check("affine_forward")


class Linear:
    """A layer with weights W and a bias b."""

    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        """Return x times W plus b."""
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        """Store the gradients of W and b; return that of the last x."""
        self.dLdW = self.x.T @ d
        self.dLdb = d.sum(axis=0)
        return d @ self.W.T


check("Linear")
