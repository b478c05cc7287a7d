from __future__ import annotations

import numpy as np
import pytest

from autograder.plots.bowl import bowl

RANDOM = np.random.default_rng(4)
NOISE = RANDOM.normal(size=50)


@pytest.mark.parametrize("offset", [0.0, 1e4])
@pytest.mark.parametrize("scale", [1e-5, 1.0, 1e5])
def test_the_formula_is_the_mean_squared_error(scale: float, offset: float) -> None:
    x = scale * (np.linspace(-3, 4, 50) + offset)
    y = 2 * x - 7 * scale + scale * NOISE
    loss = bowl(x, y)
    for w, b in ((2.0, -7 * scale), (2.1, 3 * scale), (-40.0, 0.0)):
        assert loss.at(w, b) == pytest.approx(np.mean((w * x + b - y) ** 2), rel=1e-6)


def test_the_lowest_point_is_the_least_squares_line() -> None:
    x = np.linspace(1, 4, 50)
    loss = bowl(x, 5 * x + 3 + NOISE)
    assert (loss.w, loss.b) == pytest.approx(tuple(np.polyfit(x, 5 * x + 3 + NOISE, 1)))
    assert loss.at(loss.w, loss.b) == pytest.approx(loss.lowest)


def test_the_bias_is_zero_unless_given() -> None:
    x = np.linspace(1, 4, 50)
    assert bowl(x, 5 * x + 3).at(np.array([-10.0, 6.3])) == pytest.approx(
        [np.mean((w * x - 5 * x - 3) ** 2) for w in (-10.0, 6.3)]
    )


def test_one_point_or_no_spread_has_a_floor_too() -> None:
    x, y = np.full(3, 2.0), np.array([1.0, 2.0, 3.0])
    loss = bowl(x, y)
    assert loss.at(0.5, 1.0) == pytest.approx(np.mean((0.5 * x + 1 - y) ** 2))
    assert bowl(np.zeros(1), np.ones(1)).at(5.0) == 1
