"""Laws of motion that each parameter obeys by itself, up to the first number that is not finite.

Where the parameters do not all move by one law, the one that goes astray may still follow its own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge import messages
from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_rules import (
    BOUND,
    SAME,
    Law,
    always_runs,
    never_moves,
    so_for,
)
from autograder.judge.evidence import ScenarioView
from autograder.judge.fit import least_squares
from autograder.words.text import text

RIGHT = Law(id="")
USED = 1e-2  # of the largest share: a gradient of less takes no part


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """One scenario's steps ``[N, P]`` as far as they are finite, and fresh gradients there.

    ``halfway`` holds for each coordinate its gradient where all other parameters have moved.
    """

    before: Values
    after: Values
    gradients: Values
    halfway: Values
    rate: float
    call_of: NDArray[np.int64]
    moved: int

    @property
    def moves(self) -> Values:
        """The step vectors, ``[N, P]``."""
        return self.after - self.before


Source = Callable[[Course, int], Values]


def read_parts(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of the parameter that goes astray, or how often the loop runs."""
    courses = [course for view in views if (course := _course(view)) is not None]
    if len(courses) < max(len(views), 2):
        return []
    names = views[0].coordinates
    found = [_law(courses, index, names) for index in range(len(names))]
    if any(law is None for law in found):
        return []
    wrong = {law.id for law in found if law is not None and law.id}
    if not wrong:
        return _counts(views)
    if len(wrong) > 1:
        return []
    details = dict.fromkeys(law.detail for law in found if law is not None and law.id)
    (mistake,) = wrong
    if mistake == "gradient-not-zeroed" and RIGHT in found:
        mistake = "one-gradient-not-zeroed"
    return [Law(id=mistake, detail=messages.sentences(*details))]


def _course(view: ScenarioView) -> Course | None:
    """Return a scenario's steps, None where they were not seen, or not one is finite."""
    steps = view.steps
    if steps is None:
        return None
    gradients = _gradients(view, steps.before)
    names = np.array(view.coordinates)
    halfway = np.empty_like(gradients)
    for name in dict.fromkeys(view.coordinates):
        own = names == name
        mixed = np.where(own, steps.before, steps.after)
        halfway[:, own] = _gradients(view, mixed)[:, own]
    finite = np.isfinite(np.hstack([steps.after, gradients])).all(axis=1)
    count = len(steps.after) if finite.all() else int(np.argmin(finite))
    if count == 0:
        return None
    return Course(
        before=steps.before[:count],
        after=steps.after[:count],
        gradients=gradients[:count],
        halfway=halfway[:count],
        rate=view.planned.scenario.situation.learning_rate,
        call_of=steps.call_of[:count],
        moved=steps.moved,
    )


def _gradients(view: ScenarioView, points: Values) -> Values:
    """Return gradients of the batches in turn where whole epochs were run, else of all data."""
    if all(count % view.landscape.batches == 0 for count in _taken(view)):
        return view.landscape.step_gradients(points)
    return view.landscape.evaluate(points)[1]


def _taken(view: ScenarioView) -> tuple[int, ...]:
    """Return how many steps each call took."""
    steps = view.steps
    if steps is None:
        return ()
    return tuple(int((steps.call_of == call).sum()) for call in range(len(view.counts)))


def _law(courses: Sequence[Course], index: int, names: tuple[str, ...]) -> Law | None:
    """Return one coordinate's law in all scenarios, RIGHT where it moves as it should."""
    name = names[index]
    factors = _factors(courses, index, lambda course, i: course.gradients[:, i])
    rates = np.array([course.rate for course in courses])
    if factors is not None and np.allclose(factors / rates, 1.0, rtol=SAME):
        return RIGHT
    if any(course.moved < 2 for course in courses):  # one move alone obeys any law
        return None
    ends = np.concatenate([course.after[:, index] for course in courses])
    starts = np.array([course.before[0, index] for course in courses])
    if np.ptp(ends) == 0.0 and (starts != ends[0]).any():
        return Law(id="hard-coded-answer", detail=so_for([name]))
    if factors is not None:
        return _of_factors(factors, rates, name)
    return _of_sources(courses, index, names)


def _of_factors(factors: Values, rates: Values, name: str) -> Law | None:
    """Read the law from one coordinate's factor of its own gradient in each scenario."""
    if not factors.any():
        return Law(id="parameter-not-updated", detail=never_moves([name], [0]))
    ratios = factors / rates
    if np.allclose(ratios, -1.0, rtol=SAME):
        return Law(id="wrong-update-sign", detail=so_for([name]))
    if np.allclose(ratios, ratios[0], rtol=SAME):
        names = messages.listed([name])
        detail = text("step-is-times", names=names, ratio=f"{ratios[0]:.3g}")
        return Law(id="wrong-gradient", detail=detail)
    if np.ptp(rates) > 0 and np.allclose(factors, factors[0], rtol=SAME):
        detail = text("steps-of-name-of-rate", name=name, rate=f"{factors[0]:.3g}")
        return Law(id="learning-rate-ignored", detail=detail)
    return None


def _of_sources(courses: Sequence[Course], index: int, names: tuple[str, ...]) -> Law | None:
    """Look for what else one coordinate moves by, at the rate that is set."""
    name = names[index]
    others = messages.listed(n for n in names if n != name)
    known: tuple[tuple[Source, Law], ...] = (
        (_summed, Law(id="gradient-not-zeroed", detail=so_for([name]))),
        (
            lambda course, i: course.halfway[:, i],
            Law(
                id="wrong-gradient",
                detail=text("gradient-after-others", name=name, others=others),
            ),
        ),
        (
            lambda course, i: np.sign(course.gradients[:, i]),
            Law(
                id="wrong-gradient",
                detail=text("step-of-sign", name=name),
            ),
        ),
    )
    rates = np.array([course.rate for course in courses])
    for source, law in known:
        factors = _factors(courses, index, source)
        if factors is not None and np.allclose(factors / rates, 1.0, rtol=SAME):
            return law
    return _mixed(courses, index, names)


def _summed(course: Course, index: int) -> Values:
    """Return the sums of one coordinate's gradients since its call began."""
    sums = np.zeros(len(course.gradients))
    for call in np.unique(course.call_of):
        own = course.call_of == call
        sums[own] = np.cumsum(course.gradients[own, index])
    return sums


def _mixed(courses: Sequence[Course], index: int, names: tuple[str, ...]) -> Law | None:
    """Read which gradients a coordinate moves by, all at one share of the rate."""
    moves, sources = [], []
    for course in courses:
        move = course.moves[:, index]
        scale = course.rate * np.maximum.accumulate(np.abs(course.gradients).max(axis=1))
        scale = np.maximum(scale, np.finfo(np.float32).tiny)
        moves.append(move / scale)
        sources.append(-course.rate * course.gradients / scale[:, None])
    move, source = np.concatenate(moves), np.vstack(sources)
    if len(move) < 2 * source.shape[1] + 2:
        return None
    shares = least_squares(source, move)
    if shares is None:
        return None
    if float(np.abs(source @ shares - move).max()) > BOUND * float(np.abs(move).max()):
        return None
    used = [n for n, share in zip(names, shares, strict=True) if abs(share) > USED]
    listed = messages.listed(used)
    detail = text("moves-by-several", name=names[index], n=len(listed), names=listed)
    return Law(id="wrong-gradient", detail=detail)


def _factors(courses: Sequence[Course], index: int, source: Source) -> Values | None:
    """Return c of ``move = -c * source`` in each scenario, None where it is none in one."""
    found = []
    for course in courses:
        move, given = course.moves[:, index], source(course, index)
        scale = np.maximum.accumulate(np.maximum(np.abs(move), np.finfo(np.float32).tiny))
        wanted, by = move / scale, -given / scale
        power = float(by @ by)
        factor = float(by @ wanted) / power if power else 0.0
        if float(np.abs(wanted - factor * by).max()) > BOUND:
            return None
        found.append(factor)
    return np.array(found)


def _counts(views: Sequence[ScenarioView]) -> list[Law]:
    """Read how often the loop runs where each step is right."""
    taken = np.concatenate([_taken(view) for view in views])
    epochs = np.concatenate([view.counts for view in views])
    wanted = np.concatenate([view.step_counts for view in views])
    if (taken == wanted).all():
        return []
    if (taken == epochs).all():
        return [Law(id="one-step-per-epoch")]
    if (taken == taken[0]).all() and np.ptp(wanted) > 0:
        each = int(wanted[0]) // int(epochs[0])
        return [Law(id="fixed-iterations", detail=always_runs(int(taken[0]), each))]
    return []
