"""Laws of motion: what each step is, as a multiple of which gradient. Constants are fitted.

From one scenario a law would be a guess; it must hold, with one reading, in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from autograder.judge import messages
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import Motion, multiple_of, sums_of_calls
from autograder.judge.steps import MOST_STEPS
from autograder.words.text import NOTHING, Text, text

BOUND = 2e-3
SAME = 5e-3  # of a fitted factor
LEAST_STEPS = 2
OWN, SUM, SUM_OF_CALL, LAG, REST = "own", "sum", "sum of call", "lag", "rest"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Law:
    """A finding: the mistake's id, and what a student may be told of the fitted constants.

    ``words`` end the codes of its sentences where they are others than the mistake's own.
    """

    id: str
    detail: Text = NOTHING
    words: str = ""


def read_laws(motions: Sequence[Motion]) -> list[Law]:
    """Return the laws that all scenarios obey: of the source of steps, of their factor, of counts.

    Each is a fact on its own; so there are two where two mistakes are in one loop. The list is
    empty where steps are right, or where a parameter's steps obey no law.
    """
    few = any(motion.moved < 2 or len(motion.moves) < LEAST_STEPS for motion in motions)
    if len(motions) < 2 or few:  # one move alone, after which all rests, obeys any law
        return []
    sources = [_source(motions, index) for index in range(len(motions[0].coordinates))]
    known = [source for source in sources if source is not None]
    if len(known) < len(sources) or all(source.name == REST for source in known):
        return []
    laws = _by_sources(known, motions[0].coordinates)
    if laws is None:
        return []
    factors = _by_factors(motions, np.array([source.factors for source in known]).T)
    if factors is None:
        return laws
    return [*laws, *factors, *_counts(motions)]


@dataclasses.dataclass(frozen=True, kw_only=True)
class _Source:
    """What the steps of one coordinate are multiples of, and the factor in each scenario."""

    name: str
    factors: Values


def _source(motions: Sequence[Motion], index: int) -> _Source | None:
    """Return the first source that fits in all scenarios, None where there is none.

    Another parameter's gradient counts only where just one does.
    """
    if not any(motion.moves[:, index].any() for motion in motions):
        return _Source(name=REST, factors=np.zeros(len(motions)))
    for name in (OWN, SUM, SUM_OF_CALL, LAG):
        factors = _fitted(motions, index, name, index)
        if factors is not None:
            return _Source(name=name, factors=factors)
    found = []
    for other in range(len(motions[0].coordinates)):
        factors = _fitted(motions, index, OWN, other)
        if other != index and factors is not None:
            found.append(_Source(name=motions[0].coordinates[other], factors=factors))
    return found[0] if len(found) == 1 else None


def _fitted(motions: Sequence[Motion], index: int, name: str, other: int) -> Values | None:
    """Return the factors with which a coordinate moves by a source of a coordinate's."""
    factors = []
    for motion in motions:
        move, gradient = motion.moves[:, index], motion.gradients[:, other]
        if name == LAG and move[0]:
            return None
        first = 1 if name == LAG else 0
        source = _SOURCES[name](motion, gradient)
        found = multiple_of(-source[: len(move) - first], move[first:])
        if not found.residual <= BOUND:
            return None
        factors.append(found.factor)
    return np.array(factors)


_SOURCES: Mapping[str, Callable[[Motion, Values], Values]] = {
    OWN: lambda _, gradient: gradient,
    SUM: lambda _, gradient: np.cumsum(gradient),
    SUM_OF_CALL: lambda motion, gradient: sums_of_calls(gradient, motion.call_of),
    LAG: lambda _, gradient: gradient,
}


def _by_sources(sources: Sequence[_Source], names: tuple[str, ...]) -> list[Law] | None:
    """Read what the sources mean; None where they make no sense together."""
    kinds = [source.name for source in sources]
    moving = [i for i, kind in enumerate(kinds) if kind != REST]
    summed = [i for i in moving if kinds[i] in (SUM, SUM_OF_CALL)]
    late = [i for i in moving if kinds[i] == LAG]
    foreign = [i for i in moving if kinds[i] not in (OWN, SUM, SUM_OF_CALL, LAG)]
    if late:
        return [Law(id="step-before-backward")] if late == moving else None
    laws = []
    if foreign:
        parts = [text("moves-by-other", name=names[i], other=kinds[i]) for i in foreign]
        laws.append(Law(id="wrong-gradient", detail=messages.sentences(*parts)))
    if summed and summed == moving:
        laws.append(Law(id="gradient-not-zeroed"))
    elif summed:
        laws.append(Law(id="one-gradient-not-zeroed", detail=so_for(names, summed)))
    return laws


def _by_factors(motions: Sequence[Motion], factors: Values) -> list[Law] | None:
    """Read what factors ``[scenarios, P]`` mean, 0 for what rests; None where they differ."""
    rates = np.array([motion.rate for motion in motions])
    names = motions[0].coordinates
    moving = [i for i in range(factors.shape[1]) if factors[:, i].any()]
    resting = [i for i in range(factors.shape[1]) if i not in moving]
    laws = []
    if resting:
        laws.append(Law(id="parameter-not-updated", detail=never_moves(names, resting)))
    factors, names = factors[:, moving], tuple(names[i] for i in moving)
    ratios = factors / rates[:, None]
    if _constant(ratios):
        return laws + _one_ratio(ratios, names)
    if np.ptp(rates) > 0 and _constant(factors):
        sizes = np.abs(factors[0])
        if np.allclose(sizes, sizes[0], rtol=SAME):
            detail = text("steps-of-rate", rate=f"{sizes[0]:.3g}")
            laws.append(Law(id="learning-rate-ignored", detail=detail))
            return laws + _one_ratio(factors / sizes[0], names)
    return None


def _constant(values: Values) -> bool:
    """Return whether every column holds one number."""
    return bool((np.ptp(values, axis=0) <= SAME * np.abs(values).max(axis=0)).all())


def _one_ratio(ratios: Values, names: tuple[str, ...]) -> list[Law]:
    """Read what one ratio of step to rate times source means, for each coordinate."""
    ratio = ratios.mean(axis=0)
    turned = [i for i, value in enumerate(ratio) if np.isclose(value, -1.0, rtol=SAME)]
    right = [i for i, value in enumerate(ratio) if np.isclose(value, 1.0, rtol=SAME)]
    if len(right) == len(ratio):
        return []
    if turned and len(turned) + len(right) == len(ratio):
        whole = so_for(names, turned) if right else NOTHING
        return [Law(id="wrong-update-sign", detail=whole)]
    wrong = [i for i in range(len(ratio)) if i not in right]
    told = []
    while wrong:
        alike = [i for i in wrong if np.isclose(ratio[i], ratio[wrong[0]], rtol=SAME)]
        which = messages.listed(names[i] for i in alike)
        told.append(text("step-is-times", names=which, ratio=f"{ratio[wrong[0]]:.3g}"))
        wrong = [i for i in wrong if i not in alike]
    return [Law(id="wrong-gradient", detail=messages.sentences(*told))]


def _counts(motions: Sequence[Motion]) -> list[Law]:
    """Read how often the loop runs, where each step is right."""
    taken = np.concatenate([motion.taken for motion in motions])
    wanted = np.concatenate([motion.expected for motion in motions])
    if (taken == wanted).all():
        return []
    if (taken == taken[0]).all() and np.ptp(wanted) > 0:
        return [Law(id="fixed-iterations", detail=always_runs(int(taken[0]), motions[0].batches))]
    once = np.concatenate([[motion.batches] * len(motion.taken) for motion in motions])
    if (taken == wanted + once).all():
        return [Law(id="extra-iteration")]
    if (taken == wanted - once).all():
        return [Law(id="missing-iteration")]
    return []


def always_runs(steps: int, batches: int) -> Text:
    """Say how often a loop runs that takes so many steps; nothing where not all were recorded."""
    if steps == MOST_STEPS - 1:
        return NOTHING
    return text("always-steps", n=max(1, steps // batches))


def so_for(names: Sequence[str], indices: Iterable[int] | None = None) -> Text:
    """Say of which parameters something is so."""
    chosen = names if indices is None else [names[index] for index in indices]
    return text("so-for", names=messages.listed(chosen))


def never_moves(names: Sequence[str], indices: Iterable[int]) -> Text:
    """Say which parameters never move."""
    chosen = messages.listed(names[index] for index in indices)
    return text("never-moves", n=len(chosen), names=chosen)


def read_resets(views: Sequence[ScenarioView]) -> list[Law]:
    """Read whether each further call of the training function begins where the first one did."""
    again = 0
    for view in views:
        steps = view.steps
        if steps is None:
            return []
        firsts = [int(np.argmax(steps.call_of == call)) for call in np.unique(steps.call_of)]
        for first in firsts[1:]:
            if not np.array_equal(steps.before[first], steps.before[0]):
                return []
            if np.array_equal(steps.after[first - 1], steps.before[0]):
                return []
            again += 1
    return [Law(id="parameter-reset")] if again else []


def read_ends(views: Sequence[ScenarioView]) -> list[Law]:
    """Read from the ends alone whether an answer was written down, or computed at once."""
    ends = np.array([view.ends[-1] for view in views])
    if len(views) < 2 or not np.isfinite(ends).all():
        return []
    goals = np.array([view.expected_ends[-1] for view in views])
    spread = float(np.ptp(goals, axis=0).max())
    if spread > 0 and float(np.ptp(ends, axis=0).max()) <= BOUND * spread:
        return [Law(id="hard-coded-answer")]
    return [Law(id="closed-form")] if _at_once(views) else []


def _at_once(views: Sequence[ScenarioView]) -> bool:
    """Return whether training ends where the gradient vanishes, by its first step if it is seen.

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
    """Return whether the gradient vanishes there; ``beyond``: and the reference ended short."""
    path = np.vstack([view.landscape.start, point, view.expected_ends[-1]])
    _, gradients = view.landscape.evaluate(path)
    first, there, expected = np.abs(gradients).max(axis=1)
    return bool(there <= BOUND * first and (not beyond or there <= 0.1 * expected))


def read_zeroed(views: Sequence[ScenarioView]) -> list[Law]:
    """Read which parameters are exactly zero after every call, though none began there."""
    ends = np.array([end for view in views for end in view.ends])
    starts = np.array([view.landscape.start for view in views])
    columns = np.flatnonzero(~ends.any(axis=0) & starts.all(axis=0))
    names = list(dict.fromkeys(views[0].coordinates[column] for column in columns))
    if not names:
        return []
    whole = len(columns) == ends.shape[1]
    if not whole and float(np.ptp(ends, axis=0).max()) == 0.0:
        return []  # an answer that is written down, of which a part is zero
    return [Law(id="parameter-zeroed", detail=NOTHING if whole else so_for(names))]
