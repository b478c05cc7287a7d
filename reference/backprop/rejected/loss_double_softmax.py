# fails: SoftmaxCrossEntropy-backward
# mistake: softmax-applied-twice
# says: On the way back you take softmax of what is a probability already.
# hint: Remember p, and use it as it is.
# why: Softmax of the probabilities on the way back.
import numpy as np


def numerical_gradient(f, x, eps=1e-5):
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        ahead, behind = x.copy(), x.copy()
        ahead[place] += eps
        behind[place] -= eps
        slopes[place] = (f(ahead) - f(behind)) / (2 * eps)
    return slopes


def relative_error(a, b):
    largest = np.abs(a).max() + np.abs(b).max()
    return np.abs(a - b).max() / largest if largest > 0 else 0.0


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW, self.db = np.zeros(W.shape), np.zeros(b.shape)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW += self.x.T @ d
        self.db += d.sum(axis=0)
        return d @ self.W.T

    def step(self, rate):
        self.W = self.W - rate * self.dW
        self.b = self.b - rate * self.db
        self.dW, self.db = np.zeros(self.W.shape), np.zeros(self.b.shape)


class ReLU:
    def forward(self, x):
        self.open = x > 0
        return x * self.open

    def backward(self, d):
        return d * self.open

    def step(self, rate):
        """Do nothing: there is nothing to move."""


class SoftmaxCrossEntropy:
    def forward(self, scores, y):
        shifted = scores - scores.max(axis=1, keepdims=True)
        logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        self.p, self.y = np.exp(logs), y
        return -logs[np.arange(len(y)), y].mean()

    def backward(self):
        d = np.exp(self.p) / np.exp(self.p).sum(axis=1, keepdims=True)
        d[np.arange(len(self.y)), self.y] -= 1
        return d / len(self.y)


class Network:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d):
        for layer in reversed(self.layers):
            d = layer.backward(d)
        return d

    def step(self, rate):
        for layer in self.layers:
            layer.step(rate)


def train(network, loss, x, y, rate, steps):
    losses = []
    for _ in range(steps):
        losses.append(loss.forward(network.forward(x), y))
        network.backward(loss.backward())
        network.step(rate)
    return losses
