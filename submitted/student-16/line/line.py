"""Line lab: gradient descent with a slope and a bias."""
import torch
from torch import Tensor

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = X - 1 + 0.1 * torch.randn(X.size())

w = torch.tensor(-15.0, requires_grad=True)
b = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS: list[float] = []


def forward(x: Tensor) -> Tensor:
    return x.mul(w).add(b)


def criterion(yhat: Tensor, y: Tensor) -> Tensor:
    return torch.nn.functional.mse_loss(yhat, y)


def descend(parameters: list[Tensor], rate: float) -> None:
    """Move each parameter against its gradient; leaves no gradient behind."""
    for parameter in parameters:
        assert parameter.grad is not None
        parameter.data.add_(parameter.grad, alpha=-rate)
        parameter.grad = None


def train_model(iterations: int) -> None:
    remaining = iterations
    while remaining:
        loss = criterion(forward(X), Y)
        loss.backward()
        descend([w, b], lr)
        LOSS.append(loss.item())  # loss was computed before the update
        remaining -= 1


def restart(rate: float) -> None:
    global lr
    lr = rate
    w.data.fill_(-15.0)
    b.data.fill_(-10.0)


if __name__ == "__main__":
    train_model(15)
    slow, LOSS = LOSS, []
    restart(0.2)
    train_model(15)
    LOSS, LOSS2 = slow, LOSS
    restart(0.1)
    for first, second in zip(LOSS, LOSS2):
        print(f"{first:10.3f} {second:10.3f}")
