# The loss computes its gradient on the way forward, row by row.
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
        losses, rows = [], []
        for row, right in zip(scores, y, strict=True):
            row = row - max(row)
            log_sum = np.log(sum(np.exp(row)))
            losses.append(log_sum - row[right])
            p = np.exp(row - log_sum)
            p[right] -= 1
            rows.append(p)
        self.d = np.array(rows) / len(rows)
        return sum(losses) / len(losses)

    def backward(self):
        return self.d


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
