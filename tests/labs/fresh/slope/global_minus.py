# mistake: parameter-reassigned
# function: train_model
# why: `w = w - lr * w.grad` makes w the result of a computation, not a leaf, so from the second iteration on it has no gradient.
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []


def forward(x):
    yhat = w * x
    return yhat


def criterion(yhat, y):
    error = yhat - y
    return (error * error).mean()


def train_model(iterations):
    global w
    for epoch in range(iterations):
        if w.grad is not None:
            w.grad.zero_()
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w = w - lr * w.grad


if __name__ == "__main__":
    train_model(4)
    print("w:", w.item())
    print("losses:", LOSS)
