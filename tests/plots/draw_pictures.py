"""Draw one picture of each kind, from runs of the labs: python tests/plots/draw_pictures.py FOLDER."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import torch
from torch import nn

from autograder.plots import (
    plot_data,
    plot_decision,
    plot_diagram,
    plot_error_surfaces,
    plot_losses,
)
from autograder.plots.screen import png_of


def slope() -> dict[str, Any]:
    torch.manual_seed(1)
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    Y = -3 * X + 0.1 * torch.randn(X.size())
    w = torch.tensor(-10.0, requires_grad=True)
    watch = plot_diagram(X, Y, w, stop=5)
    pictures = {}
    for n in range(4):
        yhat = w * X
        loss = torch.mean((yhat - Y) ** 2)
        pictures[f"slope_{n}"] = watch(yhat, w, loss.item(), n)
        loss.backward()
        with torch.no_grad():
            w -= 0.1 * w.grad
        w.grad = None
    return pictures | {"slope_final": watch.final_plot()}


def line(lr: float) -> tuple[dict[str, Any], list[float]]:
    torch.manual_seed(1)
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    f = X - 1
    Y = f + 0.1 * torch.randn(X.size())
    watch = plot_error_surfaces(15, 15, X, Y, 30)
    pictures = {"line_data": plot_data(X, Y, line=f), "line_surface": watch.figure}
    w = torch.tensor(-15.0, requires_grad=True)
    b = torch.tensor(-10.0, requires_grad=True)
    losses = []
    for n in range(15):
        loss = torch.mean((w * X + b - Y) ** 2)
        watch.set_para_loss(w.data.tolist(), b.data.tolist(), loss.tolist())
        if n % 3 == 0:
            pictures[f"line_{n}"] = watch.plot_ps()
        losses.append(loss.item())
        loss.backward()
        for p in (w, b):
            p.data = p.data - lr * p.grad
            p.grad = None
    pictures["line_fit"] = plot_data(X, Y, (1, -1), model=lambda x: w * x + b)
    return pictures | {"line_final": watch.final_plot()}, losses


def minibatch() -> dict[str, Any]:
    torch.manual_seed(1)
    X = torch.arange(-3, 3, 0.1).view(-1, 1)
    Y = X - 1 + 0.1 * torch.randn(X.size())
    model = nn.Linear(1, 1)
    model.weight.data.fill_(-15)
    model.bias.data.fill_(-10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    watch = plot_error_surfaces(15, 13, X, Y, 30, go=False)
    pictures = {}
    for epoch in range(10):
        for x, y in zip(X, Y, strict=True):
            loss = nn.functional.mse_loss(model(x), y)
            watch.set_para_loss(model, loss.tolist())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        pictures[f"minibatch_{epoch}"] = watch.plot_ps()
    return pictures | {"minibatch_final": watch.final_plot()}


def classes() -> dict[str, Any]:
    torch.manual_seed(1)
    X = torch.cat([torch.randn(60, 2) - 1.2, torch.randn(60, 2) + 1.2])
    Y = torch.cat([torch.zeros(60, 1), torch.ones(60, 1)])
    model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    losses = []
    for _ in range(100):
        loss = nn.functional.binary_cross_entropy(model(X), Y)
        losses.append(loss)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return {"decision": plot_decision(X, Y, model), "decision_losses": plot_losses(losses)}


def main(folder: Path) -> None:
    mpl.use("agg")
    slow, slow_losses = line(0.1)
    _, fast_losses = line(0.2)
    labels = ["lr 0.1", "lr 0.2"]
    pictures = slope() | slow | minibatch() | classes()
    pictures["losses"] = plot_losses(slow_losses, fast_losses, labels=labels)
    pictures["losses_log"] = plot_losses(slow_losses, fast_losses, labels=labels, log=True)
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (folder / f"{name}.png").write_bytes(png_of(picture))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
