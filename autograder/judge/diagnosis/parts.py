"""Laws of motion that each parameter obeys by itself, up to the first number that is not finite.

Where the parameters do not all move by one law, the one that goes astray may still follow its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

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
from autograder.judge.motion import Motion, motion_of, multiple_of, scale_of, sums_of_calls
from autograder.words.text import text

RIGHT = Law(id="")
USED = 1e-2  # of the largest share: a gradient of less takes no part


Source = Callable[[Motion, int], Values]


def read_parts(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of the parameter that goes astray, or how often the loop runs."""
    motions = [motion for view in views if (motion := motion_of(view)) is not None]
    if len(motions) < max(len(views), 2):
        return []
    names = views[0].coordinates
    found = [_law(motions, index, names) for index in range(len(names))]
    if any(law is None for law in found):
        return []
    wrong = {law.id for law in found if law is not None and law.id}
    if not wrong:
        return _counts(motions)
    if len(wrong) > 1:
        return []
    details = dict.fromkeys(law.detail for law in found if law is not None and law.id)
    (mistake,) = wrong
    if mistake == "gradient-not-zeroed" and RIGHT in found:
        mistake = "one-gradient-not-zeroed"
    return [Law(id=mistake, detail=messages.sentences(*details))]


def _law(motions: Sequence[Motion], index: int, names: tuple[str, ...]) -> Law | None:
    """Return one coordinate's law in all scenarios, RIGHT where it moves as it should."""
    name = names[index]
    factors = _factors(motions, index, lambda motion, i: motion.gradients[:, i])
    rates = np.array([motion.rate for motion in motions])
    if factors is not None and np.allclose(factors / rates, 1.0, rtol=SAME):
        return RIGHT
    if any(motion.moved < 2 for motion in motions):  # one move alone obeys any law
        return None
    ends = np.concatenate([motion.after[:, index] for motion in motions])
    starts = np.array([motion.before[0, index] for motion in motions])
    if np.ptp(ends) == 0.0 and (starts != ends[0]).any():
        return Law(id="hard-coded-answer", detail=so_for([name]))
    if factors is not None:
        return _of_factors(factors, rates, name)
    return _of_sources(motions, index, names)


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


def _of_sources(motions: Sequence[Motion], index: int, names: tuple[str, ...]) -> Law | None:
    """Look for what else one coordinate moves by, at the rate that is set."""
    name = names[index]
    others = messages.listed(n for n in names if n != name)
    known: tuple[tuple[Source, Law], ...] = (
        (_summed, Law(id="gradient-not-zeroed", detail=so_for([name]))),
        (
            lambda motion, i: motion.halfway[:, i],
            Law(
                id="wrong-gradient",
                detail=text("gradient-after-others", name=name, others=others),
            ),
        ),
        (
            lambda motion, i: motion.gradients[:, i] + motion.halfway[:, i],
            Law(
                id="gradient-not-zeroed",
                detail=text("moves-by-two", name=name, others=others),
            ),
        ),
        (
            lambda motion, i: np.sign(motion.gradients[:, i]),
            Law(
                id="wrong-gradient",
                detail=text("step-of-sign", name=name),
            ),
        ),
    )
    rates = np.array([motion.rate for motion in motions])
    for source, law in known:
        factors = _factors(motions, index, source)
        if factors is not None and np.allclose(factors / rates, 1.0, rtol=SAME):
            return law
    return _mixed(motions, index, names)


def _summed(motion: Motion, index: int) -> Values:
    """Return the sums of one coordinate's gradients since its call began."""
    return sums_of_calls(motion.gradients[:, index], motion.call_of)


def _mixed(motions: Sequence[Motion], index: int, names: tuple[str, ...]) -> Law | None:
    """Read which gradients a coordinate moves by, all at one share of the rate."""
    moves, sources = [], []
    for motion in motions:
        move = motion.moves[:, index]
        scale = scale_of(motion.rate * np.abs(motion.gradients).max(axis=1))
        moves.append(move / scale)
        sources.append(motion.descent / scale[:, None])
    move, source = np.concatenate(moves), np.vstack(sources)
    if len(move) < 2 * source.shape[1] + 2:
        return None
    shares = least_squares(source, move)
    if shares is None:
        return None
    if float(np.abs(source @ shares - move).max()) > BOUND * float(np.abs(move).max()):
        return None
    used = [n for n, share in zip(names, shares, strict=True) if abs(share) > USED]
    if set(used) <= {names[index]}:  # its own alone, and not as it should: something else is in it
        return None
    listed = messages.listed(used)
    detail = text("moves-by-several", name=names[index], n=len(listed), names=listed)
    return Law(id="wrong-gradient", detail=detail)


def _factors(motions: Sequence[Motion], index: int, source: Source) -> Values | None:
    """Return c of ``move = -c * source`` in each scenario, None where it is none in one."""
    found = [multiple_of(-source(motion, index), motion.moves[:, index]) for motion in motions]
    if not all(one.residual <= BOUND for one in found):
        return None
    return np.array([one.factor for one in found])


def _counts(motions: Sequence[Motion]) -> list[Law]:
    """Read how often the loop runs where each step is right."""
    taken = np.concatenate([motion.taken for motion in motions])
    wanted = np.concatenate([motion.expected for motion in motions])
    epochs = np.concatenate([np.array(m.expected) // m.batches for m in motions])
    if (taken == wanted).all():
        return []
    if (taken == epochs).all():
        return [Law(id="one-step-per-epoch")]
    if (taken == taken[0]).all() and np.ptp(wanted) > 0:
        return [Law(id="fixed-iterations", detail=always_runs(int(taken[0]), motions[0].batches))]
    return []
