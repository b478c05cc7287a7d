# Training starts only under the main guard.
"""One-parameter regression with gradient descent."""
import torch

X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS: list[float] = []


def forward(x: torch.Tensor) -> torch.Tensor:
    """Predict with the present slope."""
    return w * x


def criterion(yhat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Average of the squared residuals."""
    return (yhat - y).square().mean()


def train_model(n: int) -> None:
    """Run n steps of gradient descent on the whole data set."""
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w.sub_(w.grad, alpha=lr)
        w.grad.zero_()


if __name__ == "__main__":
    train_model(4)
    print(w.item(), LOSS)
