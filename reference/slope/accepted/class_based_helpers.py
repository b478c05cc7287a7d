# A small trainer class keeps the steps; the three functions only call it.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


class MeanSquaredError:
    def __call__(self, yhat, y):
        return ((yhat - y) ** 2).mean()


class Trainer:
    def __init__(self, model, loss_function):
        self.model = model
        self.loss_function = loss_function

    def one_step(self, x, y):
        loss = self.loss_function(self.model(x), y)
        loss.backward()
        w.data = w.data - lr * w.grad
        w.grad = None
        return loss.item()

    def fit(self, n):
        for _ in range(n):
            LOSS.append(self.one_step(X, Y))


def forward(x):
    return w * x


criterion = MeanSquaredError()


def train_model(n):
    Trainer(forward, criterion).fit(n)


train_model(4)
