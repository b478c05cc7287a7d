"""Laws of motion: what each step is, as a multiple of which gradient. Constants are fitted.

From one scenario a law would be a guess; it must hold, with one reading, in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.view import ScenarioView

BOUND = 2e-3
SAME = 5e-3  # of a fitted factor


@dataclasses.dataclass(frozen=True, kw_only=True)
class Motion:
    """One scenario's steps: moves, fresh gradients ``[N, P]``, the rate that was set.

    ``taken`` and ``expected`` count the steps of each call.
    """

    moves: Values
    gradients: Values
    rate: float
    taken: tuple[int, ...]
    expected: tuple[int, ...]
    coordinates: tuple[str, ...]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Law:
    """A finding: the mistake's id, and what a student may be told of the fitted constants."""

    id: str
    detail: str


def motion_of(view: ScenarioView) -> Motion | None:
    """Return a scenario's motion, None where its steps were not seen or are not finite.

    One move alone, after which all rests, obeys any law.
    """
    steps = view.steps
    if steps is None or steps.moved < 2:
        return None
    if not (np.isfinite(steps.moves).all() and np.isfinite(view.gradients).all()):
        return None
    return Motion(
        moves=steps.moves,
        gradients=view.gradients,
        rate=view.planned.scenario.situation.learning_rate,
        taken=tuple(int((steps.call_of == call).sum()) for call in range(len(view.counts))),
        expected=view.step_counts,
        coordinates=view.coordinates,
    )


def read_laws(motions: Sequence[Motion]) -> list[Law]:
    """Return the law that all scenarios obey, an empty list where there is none."""
    if len(motions) < 2:
        return []
    factors = [_factors(motion) for motion in motions]
    if any(found is None for found in factors):
        return _other_sources(motions)
    known = [found for found in factors if found is not None]
    return _by_factors(motions, known)


def _factors(motion: Motion) -> Values | None:
    """Return for each coordinate the factor of its own gradient, 0 where it rests, else None."""
    factors = []
    for index in range(motion.moves.shape[1]):
        factor = _factor(motion.moves[:, index], motion.gradients[:, index])
        if factor is None:
            return None
        factors.append(factor)
    return np.array(factors)


def _factor(move: Values, gradient: Values) -> float | None:
    """Return c with ``move = -c * gradient``; None where there is none."""
    if not move.any():
        return 0.0
    scale = np.maximum.accumulate(np.abs(move))
    scale = np.maximum(scale, np.finfo(np.float32).tiny)
    wanted, source = move / scale, -gradient / scale
    power = float(source @ source)
    if power == 0.0:
        return None
    factor = float(source @ wanted) / power
    return factor if float(np.abs(wanted - factor * source).max()) <= BOUND else None


def _by_factors(motions: Sequence[Motion], factors: Sequence[Values]) -> list[Law]:
    """Read the law from factors ``[P]`` of each scenario."""
    ratios = np.array([f / m.rate for f, m in zip(factors, motions, strict=True)])
    names = motions[0].coordinates
    resting = [i for i in range(ratios.shape[1]) if not ratios[:, i].any()]
    if len(resting) == ratios.shape[1]:
        return []
    if resting and np.allclose(np.delete(ratios, resting, 1), 1.0, rtol=SAME):
        return [Law(id="parameter-not-updated", detail=f"{_listed(names, resting)} never moves.")]
    if _constant(ratios):
        return _one_ratio(ratios, names, motions)
    absolute = np.array(factors)
    rates = np.array([motion.rate for motion in motions])
    if (
        np.ptp(rates) > 0
        and _constant(absolute)
        and np.allclose(absolute, absolute[0, 0], rtol=SAME)
    ):
        detail = f"Your steps have the size of a rate of {absolute[0, 0]:.3g}, whatever is set."
        return [Law(id="learning-rate-ignored", detail=detail)]
    return []


def _constant(values: Values) -> bool:
    """Say whether every column holds one number."""
    return bool((np.ptp(values, axis=0) <= SAME * np.abs(values).max(axis=0)).all())


def _one_ratio(ratios: Values, names: tuple[str, ...], motions: Sequence[Motion]) -> list[Law]:
    """Read what one ratio of step to rate times gradient means, for each coordinate."""
    ratio = ratios.mean(axis=0)
    if np.allclose(ratio, 1.0, rtol=SAME):
        return _counts(motions)
    turned = [i for i, value in enumerate(ratio) if np.isclose(value, -1.0, rtol=SAME)]
    right = [i for i, value in enumerate(ratio) if np.isclose(value, 1.0, rtol=SAME)]
    if turned and len(turned) + len(right) == len(ratio):
        whole = "" if not right else f"That is so for {_listed(names, turned)}."
        return [Law(id="wrong-update-sign", detail=whole)]
    wrong = [i for i in range(len(ratio)) if i not in right]
    which = _listed(names, wrong)
    size = f"{ratio[wrong[0]]:.3g}"
    same = np.allclose(ratio[wrong], ratio[wrong[0]], rtol=SAME)
    detail = f"Each step of {which} is {size} times the rate times the gradient." if same else ""
    return [Law(id="wrong-gradient", detail=detail)]


def _counts(motions: Sequence[Motion]) -> list[Law]:
    """Read how often the loop runs, where each step is right."""
    taken = np.concatenate([motion.taken for motion in motions])
    wanted = np.concatenate([motion.expected for motion in motions])
    if (taken == wanted).all():
        return []
    if (taken == taken[0]).all() and np.ptp(wanted) > 0:
        return [Law(id="fixed-iterations", detail=f"It always runs {taken[0]} times.")]
    if (taken > wanted).all():
        return [Law(id="extra-iteration", detail="")]
    if (taken < wanted).all():
        return [Law(id="missing-iteration", detail="")]
    return []


def _other_sources(motions: Sequence[Motion]) -> list[Law]:
    """Look for sums of gradients, the gradient before, or another parameter's."""
    for read in (_accumulates, _lags, _swapped):
        found = [read(motion) for motion in motions]
        if found[0] is not None and all(law == found[0] for law in found):
            return [found[0]]
    return []


def _accumulates(motion: Motion) -> Law | None:
    sums = np.cumsum(motion.gradients, axis=0)
    count = motion.moves.shape[1]
    fresh = [_factor(motion.moves[:, i], motion.gradients[:, i]) for i in range(count)]
    summed = [i for i in range(count) if fresh[i] is None]
    if any(_factor(motion.moves[:, i], sums[:, i]) is None for i in summed):
        return None
    if len(summed) == count:
        return Law(id="gradient-not-zeroed", detail="")
    detail = f"That is so for {_listed(motion.coordinates, summed)}."
    return Law(id="one-gradient-not-zeroed", detail=detail)


def _lags(motion: Motion) -> Law | None:
    moves, gradients = motion.moves, motion.gradients
    if moves[0].any():
        return None
    for index in range(moves.shape[1]):
        if _factor(moves[1:, index], gradients[:-1, index]) is None:
            return None
    return Law(id="step-before-backward", detail="")


def _swapped(motion: Motion) -> Law | None:
    count = motion.moves.shape[1]
    parts = []
    for index in range(count):
        if _factor(motion.moves[:, index], motion.gradients[:, index]) is not None:
            continue
        others = [
            other
            for other in range(count)
            if other != index
            and _factor(motion.moves[:, index], motion.gradients[:, other]) is not None
        ]
        if len(others) != 1:
            return None
        names = motion.coordinates
        parts.append(f"{names[index]} moves by the gradient of {names[others[0]]}.")
    return Law(id="wrong-gradient", detail=" ".join(parts)) if parts else None


def _listed(names: tuple[str, ...], indices: Sequence[int]) -> str:
    return " and ".join(dict.fromkeys(names[index] for index in indices))


def read_ends(views: Sequence[ScenarioView]) -> list[Law]:
    """Read from the ends alone whether an answer was written down, or computed at once."""
    ends = np.array([view.ends[-1] for view in views])
    if len(views) < 2 or not np.isfinite(ends).all():
        return []
    goals = np.array([view.expected_ends[-1] for view in views])
    spread = float(np.ptp(goals, axis=0).max())
    if spread > 0 and float(np.ptp(ends, axis=0).max()) <= BOUND * spread:
        return [Law(id="hard-coded-answer", detail="")]
    return [Law(id="closed-form", detail="")] if _at_once(views) else []


def _at_once(views: Sequence[ScenarioView]) -> bool:
    """Say whether training ends where the gradient vanishes, by its first step where that is seen.

    Where none are seen, no reference may have come near that place.
    """
    seen = [view for view in views if view.steps is not None]
    far = [_at_the_bottom(view, view.ends[-1], beyond=True) for view in views]
    if not all(_at_the_bottom(view, view.ends[-1], beyond=False) for view in views):
        return False
    if not all(_at_the_bottom(v, v.steps.after[0], beyond=False) for v in seen if v.steps):
        return False
    return all(far) or (any(far) and bool(seen))


def _at_the_bottom(view: ScenarioView, point: Values, *, beyond: bool) -> bool:
    """Say whether the gradient vanishes there; ``beyond`` also that the reference ended short."""
    path = np.vstack([view.landscape.start, point, view.expected_ends[-1]])
    _, gradients = view.landscape.evaluate(path)
    first, there, expected = np.abs(gradients).max(axis=1)
    return bool(there <= BOUND * first and (not beyond or there <= 0.1 * expected))
