# A base class for layers, helpers, annotations.
import numpy as np

Array = np.ndarray


class Layer:
    """What all layers have."""

    def step(self, rate: float) -> None:
        """Move nothing."""


def log_softmax(scores: Array) -> Array:
    """Return the logarithms of probabilities."""
    z = scores - np.amax(scores, axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(-1, keepdims=True))


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


class ReLU(Layer):
    def forward(self, x: Array) -> Array:
        self.gate = (x > 0).astype(float)
        return x.clip(min=0)

    def backward(self, d: Array) -> Array:
        return np.multiply(self.gate, d)


class SoftmaxCrossEntropy:
    def forward(self, scores: Array, y: Array) -> float:
        self.logs = log_softmax(scores)
        self.y = y
        picked = np.take_along_axis(self.logs, y[:, None], axis=1)
        return -np.mean(picked)

    def backward(self) -> Array:
        rows, classes = self.logs.shape
        hot = np.arange(classes) == self.y[:, None]
        return (np.exp(self.logs) - hot) / rows


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
