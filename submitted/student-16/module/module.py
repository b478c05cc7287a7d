"""Module lab: a line as an nn.Module."""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn


def sample_line(n: int = 100) -> tuple[Tensor, Tensor]:
    inputs = np.linspace(0, 1, n)
    targets = inputs + np.random.normal(0, 0.1, n)
    return torch.from_numpy(inputs).float(), torch.from_numpy(targets).float()


class LinearRegression(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(torch.mul(self.weight, x), self.bias)


X, y = sample_line()
model = LinearRegression()
loss_fn: nn.Module = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)


def train_model(epochs: int, *, report_every: int = 250) -> None:
    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = loss_fn(model(X), y)
        loss.backward()
        return loss

    for epoch in range(epochs):
        loss = optimizer.step(closure)
        if epoch % report_every == 0:
            with torch.inference_mode():
                mean_error = (model(X) - y).abs().mean()
            print(f"{epoch:5d} {loss.item():.5f} {mean_error.item():.5f}")


if __name__ == "__main__":
    train_model(1000)
    print(dict(model.named_parameters()))
