"""Data of the labs, and what a picture shows: tests read its artists, not its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from matplotlib.text import Text

X = torch.arange(-3, 3, 0.1).view(-1, 1)
NOISE = 0.1 * torch.sin(37 * X)
SLOPE_Y = -3 * X + NOISE
LINE_Y = X - 1 + NOISE


def line(figure: Figure, label: str, *, panel: int = -1) -> Any:
    """Return the one artist of that label: in one panel, or in all of them."""
    axes = figure.axes if panel < 0 else [figure.axes[panel]]
    (found,) = [artist for part in axes for artist in part.lines if artist.get_label() == label]
    return found


def points(artist: Any) -> np.ndarray:
    """Return the artist's coordinates, [n, 2] or [n, 3]."""
    data = artist.get_data_3d() if hasattr(artist, "get_data_3d") else artist.get_data()
    return np.stack([np.asarray(part, dtype=float) for part in data], axis=1)


def texts(figure: Figure) -> str:
    """Return all that can be read in a picture: titles, labels, legends, words in the axes."""
    return "\n".join(text.get_text() for text in figure.findobj(Text))


def mse(w: float, b: float, x: torch.Tensor, y: torch.Tensor) -> float:
    return float(((w * x.double() + b - y.double()) ** 2).mean())
