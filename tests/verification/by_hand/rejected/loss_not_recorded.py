# fails: loss_recorded
# mistake: loss-not-recorded
# why: No loss is recorded.
import numpy as np

rng = np.random.default_rng(1)
X, X_val = rng.normal(size=(20, 2)), rng.normal(size=(8, 2))
y, y_val = X @ np.array([2.0, -1.0]) + 0.5, X_val @ np.array([2.0, -1.0]) + 0.5


class Net:
    pass


net = Net()
net.W = np.array([-3.0, 3.0])
net.b = 2.0
lr = 0.1
LOSS, VAL = [], []


def forward(x):
    return x @ net.W + net.b


def criterion(yhat, y):
    return ((yhat - y) ** 2).mean()


def gradient(x, y, yhat):
    apart = yhat - y
    return 2 * x.T @ apart / len(y), 2 * apart.mean()


def train_model(iterations):
    for _ in range(iterations):
        yhat = forward(X)
        dW, db = gradient(X, y, yhat)
        net.W = net.W - lr * dW
        net.b = net.b - lr * db
        VAL.append(criterion(forward(X_val), y_val))
