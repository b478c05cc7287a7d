"""Slope lab: gradient descent with one parameter."""
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())

w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS: list[float] = []


def forward(x: torch.Tensor) -> torch.Tensor:
    return w * x


def criterion(yhat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.mean((yhat - y) ** 2)


def descend(loss: torch.Tensor) -> None:
    """One update of the slope; leaves no gradient behind."""
    loss.backward()
    w.data = w.data - lr * w.grad
    w.grad = None


def train_model(n: int) -> None:
    done = 0
    while done < n:
        loss = criterion(forward(X), Y)
        LOSS.append(float(loss.detach()))
        descend(loss)
        done += 1


if __name__ == "__main__":
    train_model(4)
    print(*(f"{value:.3f}" for value in LOSS))
