"""The film holds the numbers of the run: where it was, what each step used, what was fresh."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.protocol.array import pack
from autograder.report.film import MOST_FRAMES, Film, Run, kept_frames, make_film
from autograder.report.scene import make_scene
from tests.judge import runs

SLOPE, LINE = {"w": 3.0}, {"w": 3.0, "b": -1.0}


def film_of(rule: Any, start: Mapping[str, float] = SLOPE, **how: Any) -> Film:
    view = runs.view_of(rule, start=start, public=True, **how)
    film = made(view)
    assert film is not None
    return film


def made(view: ScenarioView, *, right: bool = False) -> Film | None:
    return make_film(view.observed, view.expected, view.planned, view.landscape, right=right)


def rows(found: Any) -> Values:
    """Return the rows of those frames that have a step."""
    return np.array([row for row in found if row is not None], dtype=float)


def gradient(w: Values) -> Values:
    """The slope lab's gradient, by hand: the mean of 2 x (w x - y)."""
    return np.array([np.mean(2 * runs.X * (one * runs.X - runs.Y)) for one in w])


def test_the_numbers_are_those_of_gradient_descent() -> None:
    film = film_of(runs.right, hooks="clean")
    w = rows(film.yours.at)[:, 0]
    assert (film.names, film.frames, film.rate) == (("w",), tuple(range(7)), 0.1)
    assert w[0] == 3.0
    assert np.allclose(np.diff(w), -0.1 * gradient(w[:-1]), rtol=1e-3, atol=1e-3)
    for found in (film.yours.fresh, film.yours.held, film.yours.used):
        assert np.allclose(rows(found)[:, 0], gradient(w[:-1]), rtol=1e-3)
    losses = [np.mean((one * runs.X - runs.Y) ** 2) for one in w]
    assert np.allclose(film.yours.loss, losses, rtol=1e-3)
    assert np.allclose(film.yours.noted[:-1], losses[:-1], rtol=1e-3)
    assert (film.departs, film.told) == (None, "")
    assert film.yours.at == film.expected.at


def test_after_the_last_step_there_is_a_place_and_no_step() -> None:
    yours = film_of(runs.right, hooks="clean").yours
    assert yours.at[-1] is not None
    lists = (yours.moved, yours.fresh, yours.held, yours.used, yours.noted)
    assert [one[-1] for one in lists if one is not None] == [None] * 5


def test_gradients_that_pile_up_are_held_and_used_and_are_not_fresh() -> None:
    film = film_of(runs.accumulated, hooks="full")
    w = rows(film.yours.at)[:, 0]
    assert np.allclose(rows(film.yours.fresh)[:, 0], gradient(w[:-1]), rtol=1e-3)
    assert np.allclose(rows(film.yours.used)[:, 0], np.cumsum(gradient(w[:-1])), rtol=1e-3)
    assert film.yours.used == film.yours.held
    assert film.yours.used[0] == film.yours.fresh[0]
    assert film.departs == 1
    assert film.told.startswith("Step 1 is right. From step 2 on, w moves by all gradients so far")


def test_a_film_calls_gradients_that_pile_up_what_they_are() -> None:
    for start in (SLOPE, LINE):
        film = film_of(runs.accumulated, start, calls=(40,), hooks="full")
        assert "all gradients so far together" in film.told


def test_what_rounding_alone_parts_is_shown_as_equal() -> None:
    film = film_of(runs.right, LINE, calls=(60,), hooks="clean")
    assert film.yours.used == film.yours.fresh
    assert film.departs is None


@pytest.mark.parametrize(
    ("rule", "departs"),
    [(runs.wrong_sign, 0), (runs.swapped, 0), (runs.last_only, 0), (runs.momentum, 1)],
)
def test_the_first_step_that_departs_is_marked(rule: Any, departs: int) -> None:
    film = film_of(rule, LINE)
    assert film.departs == departs
    assert film.told


def test_where_hooks_saw_nothing_the_held_gradient_is_unknown_and_the_rest_stands() -> None:
    yours = film_of(runs.right).yours
    assert yours.held is None
    assert yours.used is not None
    assert yours.fresh is not None


def test_a_run_with_full_marks_departs_nowhere() -> None:
    view = runs.view_of(runs.wrong_sign, start=SLOPE, public=True)
    film = made(view, right=True)
    assert film is not None
    assert (film.departs, film.told) == (None, "")


def test_a_run_that_takes_more_steps_departs_at_the_first_too_many() -> None:
    longer = runs.view_of(runs.right, start=SLOPE, calls=(7,), hooks="clean")
    view = runs.view_of(runs.right, start=SLOPE, public=True)
    film = made(dataclasses.replace(view, observed=longer.observed))
    assert film is not None
    assert (film.yours.steps, film.expected.steps, film.departs) == (7, 6, 6)
    assert film.expected.at[-1] is None
    assert film.yours.at[-1] is not None


def test_a_run_that_diverges_has_numbers_as_far_as_there_are_any() -> None:
    with np.errstate(all="ignore"):
        film = film_of(runs.right, calls=(400,), rate=9.0)
    text = msgspec.json.encode(film)
    assert b"NaN" not in text
    assert film.yours.at[-1] == [None]
    assert film.frames[-1] == 400


def test_no_film_without_steps_and_none_of_a_hidden_scenario() -> None:
    view = runs.view_of(runs.right, start=SLOPE, public=True)
    nothing = msgspec.structs.replace(view.observed, calls=())
    assert made(dataclasses.replace(view, observed=nothing)) is None
    unseen = runs.view_of(runs.right, start=SLOPE, public=True, calls=(20,), visited=False)
    assert made(unseen) is None
    with pytest.raises(ValueError, match="not a public scenario"):
        made(runs.view_of(runs.right, start=SLOPE))


@pytest.mark.parametrize("rows_", [np.zeros((2, 1)), np.full((6, 2), 7.0), np.zeros((6, 0))])
def test_buffers_that_cannot_be_are_not_shown(rows_: Values) -> None:
    view = runs.view_of(runs.right, start=SLOPE, public=True, hooks="clean")
    call = msgspec.structs.replace(view.observed.calls[0], buffers={"w": pack(rows_)})
    film = made(runs.with_calls(view, [call]))
    assert film is not None
    assert film.yours.held is None


@pytest.mark.parametrize("last", [5, 119, 120, 600, 4096])
@pytest.mark.parametrize("departs", [None, 0, 1, 57, 118])
def test_frames_are_few_and_keep_what_matters(last: int, departs: int | None) -> None:
    departs = None if departs is None else min(departs, last)
    kept = kept_frames(last, departs)
    assert len(kept) <= MOST_FRAMES
    assert list(kept) == sorted(set(kept))
    assert {0, last} <= set(kept) <= set(range(last + 1))
    if departs is not None:
        near = range(max(0, departs - 1), min(last, departs + 1) + 1)
        assert set(near) <= set(kept)


def test_of_hundreds_of_steps_a_bounded_part_is_kept() -> None:
    film = film_of(runs.momentum, LINE, calls=(1000,), hooks="clean")
    assert len(msgspec.json.encode(film)) < 60_000
    assert {0, 1, 1000} <= set(film.frames)
    assert len(film.yours.at) == len(film.frames) == len(film.expected.loss)


def test_the_record_reads_back() -> None:
    film = film_of(runs.accumulated, LINE, hooks="full")
    assert msgspec.json.decode(msgspec.json.encode(film), type=Film) == film
    lists = [name for name in Run.__struct_fields__ if name != "steps"]
    for run in (film.yours, film.expected):
        sizes = {len(getattr(run, one)) for one in lists if getattr(run, one) is not None}
        assert sizes == {len(film.frames)}


def test_of_many_parameters_those_that_move_most_are_shown() -> None:
    start = {f"p{n}": float(n % 3) for n in range(12)}
    plan = runs.planned(start=start, calls=(5,), public=True)

    def objective(parameters: Any, data: Any) -> Any:
        return sum((n + 1) * (value - 4.0) ** 2 for n, value in enumerate(parameters.values())) / 60

    landscape = Landscape(objective, plan.scenario)
    record = runs.descend(plan.scenario, landscape, runs.right).record(hooks="clean")
    film = make_film(record, record, plan, landscape)
    assert film is not None
    assert (len(film.names), film.left_out) == (8, 4)
    assert {"p11", "p10", "p9"} <= set(film.names)
    assert "p0" not in film.names
    assert {len(row) for row in film.yours.at if row is not None} == {8}
    scene = make_scene(film, lambda points: landscape.evaluate(points)[0])
    assert [figure.kind for figure in scene.figures] == ["paths", "loss"]
