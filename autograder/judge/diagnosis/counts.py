"""How often the loop runs, where every step that it takes is right: the rule is fitted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_rules import Law, always_runs
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import RIGHT
from autograder.judge.rule import follows_rule
from autograder.judge.steps import MOST_STEPS
from autograder.words.text import NOTHING, Text, text

Numbers = NDArray[np.int64]
MOST_TIMES = 10
STRIDES = (20, 25, 50, 100, 200, 250, 500)  # as people count when they print now and then
LEAST_ENDS = 2
STOPS = frozenset({"never-stops", "stops-late", "stops-soon"})
"""Mistakes in when training ends by itself."""


def read_counts(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of how often the loop runs, nothing where it is right or a step is wrong."""
    if not views or any(view.observed.failure is not None for view in views):
        return []
    taken, asked = _concatenated([(steps_taken(view), view.counts) for view in views])
    batches = views[0].landscape.batches
    if batches == 1 and _moves_at_the_end(views):
        return [Law(id="update-after-loop")]
    if (taken == asked * batches).all() or not taken.any() or (taken >= MOST_STEPS - 1).any():
        return []
    within = batches > 1 and (taken < batches).all()
    if within and all(map(_begins_right, views)):
        return _of_batches(taken, asked)
    if all(view.steps is None for view in views) or not all(map(_is_right, views)):
        return []
    law = None if (taken % batches).any() else _law(taken // batches, asked)
    if law is None and batches == 1 and (taken <= asked).all() and np.ptp(taken):
        law = Law(id="stops-early", detail=_reason(views))
    return [law] if law else []


def read_stops(views: Sequence[ScenarioView]) -> list[Law]:
    """Return when training ends that should end by itself, nothing where that is right.

    Only first calls tell: the next one begins where this one ended, and so stops elsewhere.
    """
    firsts = [
        (steps_taken(view)[0], view.step_counts[0], view.planned.scenario.calls[0], view.landscape)
        for view in views
        if view.planned.stops_early and view.observed.calls
    ]
    counted = [(taken, due, most * land.batches) for taken, due, most, land in firsts]
    stopped = [(taken, due, most) for taken, due, most in counted if due < most]
    if not stopped or not all(map(_goes_right, views)):
        return []
    if all(taken == most for taken, _, most in counted):
        return [Law(id="never-stops")]
    late = {taken - due for taken, due, _ in stopped}
    whole = [(taken, due) for taken, due, most in counted if due == most]
    others = {taken - due for taken, due in whole}
    epoch = views[0].landscape.batches
    if min(late) > 0:
        by_one = late == {epoch}
        return [Law(id="stops-late", detail=text("stops-one-late") if by_one else NOTHING)]
    if late == {0}:  # it stops as it should, where it should
        law = (
            _law(*(np.array(side) // epoch for side in zip(*whole, strict=True))) if whole else None
        )
        return [law] if law else []
    return [Law(id="stops-soon")] if max(late | others) <= 0 else []


def _goes_right(view: ScenarioView) -> bool:
    """Return whether every step is one that the lab asks for."""
    if view.steps is None:
        return False
    if view.rule is None:
        return _is_right(view)
    apart = follows_rule(view)
    return apart is not None and apart <= 1.0


def _of_batches(taken: Numbers, asked: Numbers) -> list[Law]:
    """Read what ends calls within their first epoch, where each step in it is right."""
    if (taken == 1).all():
        return [Law(id="fixed-iterations", detail=text("takes-one-step"))]
    counted = (taken == asked).all()
    return [Law(id="other-iteration-count", detail=text("counts-batches"))] if counted else []


def _reason(views: Sequence[ScenarioView]) -> Text:
    """Read what is small where the loop ends by itself, and only there; report all that fits."""
    found: list[str] = []
    for code, measure in _MEASURES:
        ends, others = [], []
        for view in views:
            if view.steps is None:
                return NOTHING
            for call, (count, due) in enumerate(
                zip(steps_taken(view), view.step_counts, strict=True)
            ):
                values = measure(view, call)
                if count < due:
                    ends += list(values[-1:])
                    values = values[:-1]
                others += list(values)
        if len(ends) >= LEAST_ENDS and others and max(ends) < min(others):
            found.append(code)
    return messages.either(*map(text, dict.fromkeys(found)))


def _losses(view: ScenarioView, call: int) -> Values:
    """Return the losses that a call saw: before its first step and after each."""
    return view.landscape.evaluate(_places(view, call))[0]


def _places(view: ScenarioView, call: int) -> Values:
    steps = view.steps
    if steps is None:
        return np.zeros((0, 0))
    own = steps.call_of == call
    return np.vstack([steps.before[own], steps.after[own][-1:]])


def _gradient_sizes(view: ScenarioView, call: int) -> Values:
    gradients = view.landscape.evaluate(_places(view, call))[1]
    sizes: Values = np.abs(gradients).max(axis=1)
    return sizes


_MEASURES: tuple[tuple[str, Callable[[ScenarioView, int], Values]], ...] = (
    ("ends-at-small-loss", _losses),
    ("ends-at-small-loss", lambda view, call: _losses(view, call)[:-1]),
    ("ends-at-still-loss", lambda view, call: np.abs(np.diff(_losses(view, call)))),
    ("ends-at-small-gradient", _gradient_sizes),
    ("ends-at-small-gradient", lambda view, call: _gradient_sizes(view, call)[:-1]),
)
"""What may end a loop: as it is after the last step, or as it was before that."""


def _moves_at_the_end(views: Sequence[ScenarioView]) -> bool:
    """Return whether each call moves the parameters once, in its last step."""
    longer = 0
    for view in views:
        steps = view.steps
        if steps is None:
            return False
        for call in np.unique(steps.call_of):
            moves = steps.moves[steps.call_of == call]
            if moves[:-1].any() or not moves[-1].any():
                return False
            longer += len(moves) > 1
    return longer > 0


def _concatenated(pairs: list[tuple[tuple[int, ...], tuple[int, ...]]]) -> tuple[Numbers, Numbers]:
    taken, asked = zip(*pairs, strict=True)
    return np.concatenate(taken).astype(np.int64), np.concatenate(asked).astype(np.int64)


def steps_taken(view: ScenarioView) -> tuple[int, ...]:
    """Return how many steps each call took; where that was not seen, how many gradients it had."""
    steps = view.steps
    if steps is not None:
        return steps.taken(len(view.counts))
    return tuple(
        max((read_claim(rows).shape[0] for rows in call.fresh.values()), default=0)
        for call in view.observed.calls
    )


def _is_right(view: ScenarioView) -> bool:
    """Return whether every step that is seen is the rate times the gradient downhill."""
    steps = view.steps
    if steps is None:  # some call did not enter its loop: that it left all as it was can be seen
        ends = [view.landscape.start, *view.ends]
        taken = steps_taken(view)
        return 0 in taken and all(
            count or np.array_equal(ends[call], ends[call + 1]) for call, count in enumerate(taken)
        )
    return _descends(view, view.gradients)


def _begins_right(view: ScenarioView) -> bool:
    """Return whether each call's steps are those of the first batches, whatever came before."""
    steps = view.steps
    if steps is None:
        return False
    calls = [steps.before[steps.call_of == call] for call in np.unique(steps.call_of)]
    return _descends(view, np.vstack([view.landscape.step_gradients(own) for own in calls]))


def _descends(view: ScenarioView, gradients: Values) -> bool:
    """Return whether every step is the rate times these gradients downhill, ``[N, P]``."""
    steps = view.steps
    if steps is None:
        return False
    want = -view.planned.scenario.situation.learning_rate * gradients
    return RIGHT.close(steps.moves, want, steps.before)


def _law(taken: Numbers, asked: Numbers) -> Law | None:
    """Return the simplest rule that gives all counts, if it is not the right one."""
    if np.ptp(asked) == 0 or (taken == asked).all():
        return None
    if (taken == taken[0]).all():
        return Law(id="fixed-iterations", detail=always_runs(int(taken[0]), 1))
    apart = int((taken - asked)[int(np.argmax(asked))])
    if apart and (taken == np.maximum(asked + apart, 0)).all():
        if abs(apart) == 1:
            return Law(id="extra-iteration" if apart > 0 else "missing-iteration")
        code = "iterations-too-many" if apart > 0 else "iterations-too-few"
        return Law(id="other-iteration-count", detail=text(code, n=abs(apart)))
    most = int(taken.max())
    if most < asked.max() and (taken == np.minimum(asked, most)).all():
        return Law(id="stops-early", detail=text("never-runs-more", n=most))
    return _part_of(taken, asked)


def _part_of(taken: Numbers, asked: Numbers) -> Law | None:
    """Return which part of what is asked for, or how many times that, gives all counts."""
    rules: list[tuple[Callable[[int], Numbers], str]] = [
        (lambda part: asked // part, "runs-for-every"),
        (lambda part: -(-asked // part), "runs-for-every"),
        (lambda part: asked * part, "runs-for-each"),
    ]
    for part in (*range(2, MOST_TIMES + 1), *STRIDES):
        for rule, code in rules:
            if (taken == rule(part)).all():
                return Law(id="other-iteration-count", detail=text(code, n=part))
    return None
