# Nothing but the three functions, with help texts.
import torch


def forward(x):
    """Prediction of the line with the present slope and bias."""
    return w * x + b


def criterion(yhat, y):
    """Average squared distance."""
    error = yhat - y
    return torch.mean(error * error)


def train_model(iterations):
    """Gradient descent on both parameters at once."""
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.copy_(w - lr * w.grad)
            b.copy_(b - lr * b.grad)
        w.grad.zero_()
        b.grad.zero_()
