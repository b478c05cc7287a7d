# Only an import and the three functions; data, parameter and list are taken as given.
import torch


def forward(x):
    return w * x


def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)


def train_model(n):
    for _ in range(n):
        prediction = forward(X)
        loss = criterion(prediction, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
