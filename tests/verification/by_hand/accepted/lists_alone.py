# Python alone: lists of numbers, loops.
import numpy as np

rng = np.random.default_rng(1)
X, X_val = rng.normal(size=(20, 2)), rng.normal(size=(8, 2))
y, y_val = X @ np.array([2.0, -1.0]) + 0.5, X_val @ np.array([2.0, -1.0]) + 0.5


class Net:
    pass


net = Net()
net.W = [-3.0, 3.0]
net.b = 2.0
X, X_val, y, y_val = X.tolist(), X_val.tolist(), y.tolist(), y_val.tolist()
lr = 0.1
LOSS, VAL = [], []


def forward(x):
    return [sum(w * v for w, v in zip(net.W, row)) + net.b for row in x]


def criterion(yhat, y):
    return sum((a - b) ** 2 for a, b in zip(yhat, y)) / len(y)


def gradient(x, y, yhat):
    apart = [a - b for a, b in zip(yhat, y)]
    slopes = [2 * sum(r * row[i] for r, row in zip(apart, x)) / len(y) for i in range(2)]
    return np.array(slopes), 2 * sum(apart) / len(y)


def train_model(iterations):
    for _ in range(iterations):
        yhat = forward(X)
        LOSS.append(criterion(yhat, y))
        dW, db = gradient(X, y, yhat)
        for i in range(2):
            net.W[i] -= lr * dW[i]
        net.b = net.b - lr * db
        VAL.append(criterion(forward(X_val), y_val))
