"""What each update makes of the gradient, where it is no multiple of it: a bank of formulas.

A formula is told only where it gives every step in every situation, with constants that are the
same in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from autograder.judge.compare import TINY, Values
from autograder.judge.diagnosis.mistaken import read_mistaken
from autograder.judge.diagnosis.update_rules import SAME, Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.fit import factors, may_be_multiple
from autograder.judge.messages import sentences
from autograder.judge.motion import FITTED, RIGHT, Motion, carried, motion_of, scale_of, shares_of
from autograder.judge.replay import OPTIMIZERS, Maker, replayed
from autograder.words.text import NOTHING, Text, text

MOST, MOST_OF_BATCHES = 60, 200  # steps of a situation that are looked at
LEAST = 8  # numbers that a formula must explain
LEAST_SHARE = 1e-3
SHOWN = 0.1  # of what is added to the right step
FIRST, DECAY = 0.05, 0.02  # of the step, for what keeps from dividing by zero, and for decay
SMALL = 0.02  # a gradient near to what keeps from dividing by zero
PERIODS = range(2, 11)


Fault = Literal["", "gradient", "update"]
"""What is wrong in a step, as far as was seen."""
Source = Callable[[Motion], Values]
SOURCES: Mapping[str, Source] = {
    "source-gradient": lambda s: s.gradients,
    "source-gradient-absolute": lambda s: np.abs(s.gradients),
    "source-gradient-square": lambda s: s.gradients**2,
    "source-gradient-cube": lambda s: s.gradients**3,
    "source-gradient-root": lambda s: np.sign(s.gradients) * np.sqrt(np.abs(s.gradients)),
    "source-gradient-sign": lambda s: np.sign(s.gradients),
    "source-gradient-direction": lambda s: s.gradients / _lengths(s.gradients),
    "source-gradient-inverse": lambda s: 1.0 / s.gradients,
    "source-gradient-by-parameter": lambda s: s.gradients * s.before,
    "source-gradient-by-loss": lambda s: s.gradients * s.losses[:, None],
    "source-gradient-over-loss": lambda s: s.gradients / s.losses[:, None],
    "source-loss-itself": lambda s: np.repeat(s.losses[:, None], s.moves.shape[1], 1),
    "source-parameter": lambda s: s.before,
    "source-one": lambda s: np.ones_like(s.moves),
    "source-gradient-of-all": lambda s: _together(s.gradients),
    "source-gradient-first": lambda s: s.gradients[np.arange(len(s.turns)) - s.turns],
}
RATES: Mapping[str, Callable[[float], float]] = {
    "source-rated": lambda rate: rate,
    "source-unrated": lambda _: 1.0,
    "source-rated-inverse": lambda rate: 1.0 / rate,
    "source-rated-twice": lambda rate: rate * rate,
}


def read_updates(views: Sequence[ScenarioView], fault: Fault = "") -> list[Law]:
    """Return the law of what updates make of the gradient, nothing where no formula fits.

    Where the computed gradients are at ``fault``, no update cuts them off or mistakes them.
    """
    motions = motions_of(views)
    of_updates = () if fault == "gradient" else (read_mistaken, _clipped)
    if not motions or all(motion.fits(motion.descent) for motion in motions):
        return []
    with np.errstate(all="ignore"):
        for read in (
            _carried,
            _decayed,
            *of_updates,
            _formula,
            _replaced,
            _scheduled,
            _optimized,
        ):
            law = read(motions)
            if law is not None:
                return [law]
        return []


def motions_of(views: Sequence[ScenarioView]) -> list[Motion]:
    """Return all situations' first steps, nothing where they say too little or were not seen."""
    motions = [motion for view in views if (motion := _first_steps(view)) is not None]
    enough = sum(motion.moves.size for motion in motions) >= LEAST
    return motions if enough and len(motions) >= max(len(views), 2) else []


def _first_steps(view: ScenarioView) -> Motion | None:
    motion = motion_of(view)
    if motion is None:
        return None
    batches = motion.batches
    first = motion.first(MOST if batches == 1 else min(3 * batches, MOST_OF_BATCHES))
    return first if np.any(first.moves) else None


def _lengths(values: Values) -> Values:
    found: Values = np.linalg.norm(values, axis=1, keepdims=True)
    return found


def _together(values: Values) -> Values:
    return np.repeat(values.sum(axis=1, keepdims=True), values.shape[1], axis=1)


def _shares(motions: Sequence[Motion], *sources: Sequence[Values]) -> Values | None:
    """Return the shares of sources that give all moves, the same everywhere; None of none."""
    columns = [np.concatenate([one.reshape(-1) for one in source]) for source in sources]
    moves = np.concatenate([motion.moves.reshape(-1) for motion in motions])
    scale = np.concatenate([scale_of(motion.moves).reshape(-1) for motion in motions])
    shares = shares_of(np.stack(columns, axis=1), moves, scale)
    if shares is None:
        return None
    for motion, *parts in zip(motions, *sources, strict=True):
        found = sum(share * part for share, part in zip(shares.of, parts, strict=True))
        if not motion.fits(np.asarray(found)):
            return None
    return shares.of


def _carried(motions: Sequence[Motion]) -> Law | None:
    """Read whether each step carries on a part of the one before: momentum."""
    kept = [carried(motion.moves) for motion in motions]
    fresh = [carried(motion.moves, motion.turns == 0) for motion in motions]
    for before in (kept, fresh):
        shares = _shares(motions, [s.descent for s in motions], before)
        if shares is None or abs(shares[1]) < LEAST_SHARE or abs(shares[1] - 1.0) <= SAME:
            continue
        values = {"share": f"{shares[0]:.3g}", "ratio": f"{shares[1]:.3g}"}
        right = abs(shares[0] - 1.0) <= SAME
        told = text("step-carries-on" if right else "step-carries", **values)
        return Law(id="other-optimizer", detail=told)
    return None


def _decayed(motions: Sequence[Motion]) -> Law | None:
    """Read whether each step pulls the parameters towards zero, too."""
    pulls = {
        "decays-by-parameter": [-s.rate * s.before for s in motions],
        "decays-by-sign": [-s.rate * np.sign(s.before) for s in motions],
    }
    for code, pull in pulls.items():
        shares = _shares(motions, [s.descent for s in motions], pull)
        right = shares is not None and abs(shares[0] - 1.0) <= SAME
        if shares is not None and right and _shows(motions, shares[1], pull):
            return Law(id="weight-decay", detail=text(code, share=f"{shares[1]:.3g}"))
    return _decayed_alone(motions)


def _shows(motions: Sequence[Motion], share: float, pulls: Sequence[Values]) -> bool:
    """Return whether what is not the right step is that share of a pull."""
    if abs(share) < LEAST_SHARE:
        return False
    for motion, pull in zip(motions, pulls, strict=True):
        added, rest = share * pull, motion.moves - motion.descent
        if not (np.abs(rest - added) <= _slack(motion, added)).all():
            return False
    return True


def _decayed_alone(motions: Sequence[Motion]) -> Law | None:
    """Read whether some parameters alone are pulled towards zero, and by how much each is."""
    names, alone = motions[0].coordinates, set[tuple[str, str]]()
    if len(set(names)) == 1:
        return None
    for index, name in enumerate(names):
        own = [s.moves[:, index] - s.descent[:, index] for s in motions]
        pulls = [-s.rate * s.before[:, index] for s in motions]
        power = sum(float(pull @ pull) for pull in pulls)
        share = sum(float(a @ b) for a, b in zip(own, pulls, strict=True)) / power if power else 0.0
        if abs(share) >= LEAST_SHARE:
            alone.add((name, f"{share:.2g}"))
        for motion, rest, pull in zip(motions, own, pulls, strict=True):
            bounds = _slack(motion, share * pull)[:, index] if abs(share) >= LEAST_SHARE else None
            within = motion.bounds[:, index] if bounds is None else bounds
            if not (np.abs(rest - share * pull * (bounds is not None)) <= within).all():
                return None
    if not alone or len(alone) > len({name for name, _ in alone}):  # one number for each parameter
        return None
    told = [text("decays-alone", share=share, name=name) for name, share in sorted(alone)]
    return Law(id="weight-decay", detail=sentences(*told))


def _slack(motion: Motion, added: Values) -> Values:
    """Return how far what is not the right step may be from what is added to it, ``[N, P]``."""
    rounding = RIGHT.rounding * np.abs(motion.before) + RIGHT.apart * np.abs(motion.descent) / 10
    found: Values = SHOWN * np.abs(added).max() + rounding
    return found


def _formula(motions: Sequence[Motion]) -> Law | None:
    """Read one thing that all steps are multiples of: as it is first, then times a number.

    Of two that are times a number neither is told: with one parameter the loss is nearly a multiple
    of the gradient's square.
    """
    loose = []
    for code, source in SOURCES.items():
        values = [source(motion) for motion in motions]
        if not all(np.isfinite(one).all() for one in values):
            continue
        for rated, of_rate in RATES.items():
            parts = [-of_rate(s.rate) * one for s, one in zip(motions, values, strict=True)]
            shares = _shares(motions, parts)
            if shares is None:
                continue
            told, exact = text(rated, source=text(code)), abs(abs(shares[0]) - 1.0) <= SAME
            told = told if exact else text("times-of", ratio=f"{abs(shares[0]):.3g}", of=told)
            said = text("step-is-added" if shares[0] < 0 else "step-is", what=told)
            law = Law(id="wrong-gradient", detail=said)
            if exact:
                return law
            loose.append(law)
    return loose[0] if len(loose) == 1 else None


def _replaced(motions: Sequence[Motion]) -> Law | None:
    """Read what replaces the parameter, where that is not what it was."""
    sources: Mapping[str, Source] = {
        "becomes-step": lambda s: s.rate * s.gradients,
        "becomes-gradient": lambda s: s.gradients,
        "becomes-product": lambda s: s.rate * s.gradients * s.before,
        "becomes-quotient": (lambda s: s.before / (s.rate * s.gradients)),
        "becomes-loss": lambda s: np.repeat(s.losses[:, None], s.moves.shape[1], 1),
        "becomes-rated-update": (lambda s: s.rate * (s.before - s.gradients)),
        "becomes-misplaced-brackets": (lambda s: (s.before - s.rate) * s.gradients),
        "becomes-step-alone": lambda s: -s.rate * s.gradients,
        "becomes-reversed": (lambda s: s.rate * s.gradients - s.before),
    }
    for code, source in sources.items():
        for sign in (1.0, -1.0):
            if all(FITTED.close(sign * source(s), s.after, s.before) for s in motions):
                what = text(code) if sign > 0 else text("minus-of", of=text(code))
                return Law(id="wrong-gradient", detail=text("update-assigns", what=what))
    return None


def _clipped(motions: Sequence[Motion]) -> Law | None:
    """Read whether gradients are cut off at one size, number by number or as a whole.

    Where all are, their sign or their direction alone may be used as well.
    """
    for sizes_of, code, other in (
        (np.abs, "clips-numbers", "or-sign-alone"),
        (_lengths, "clips-lengths", "or-direction-alone"),
    ):
        wanted = [sizes_of(s.gradients) for s in motions]
        used = [sizes_of(s.moves) / s.rate for s in motions]
        cut = [u < w * (1.0 - 2 * SAME) for u, w in zip(used, wanted, strict=True)]
        sizes = np.concatenate([u[c] for u, c in zip(used, cut, strict=True)])
        if sizes.size < LEAST // 2 or np.ptp(sizes) > SAME * sizes.max():
            continue
        most = float(np.median(sizes))
        kept = [np.minimum(1.0, most / np.maximum(w, TINY)) for w in wanted]
        if all(s.fits(k * s.descent) for s, k in zip(motions, kept, strict=True)):
            every = all((w > most * (1.0 + SAME)).all() for w in wanted)
            told = text(code, most=f"{most:.3g}")
            also = text(other, most=f"{most:.3g}") if every else NOTHING
            return Law(id="wrong-gradient", detail=sentences(told, also))
    return None


Schedule = Callable[[Values, Values], Values]


def _scheduled(motions: Sequence[Motion]) -> Law | None:
    """Read by what rule the size of the steps changes from one to the next.

    A further call counts its steps anew, or goes on; or it counts anew from the rate that is left.
    """
    for anew, kept in ((True, False), (False, False), (True, True)):
        turns = [(s.turns if anew else np.arange(len(s.turns))).astype(np.float64) for s in motions]
        for said, rule in _schedules(motions, turns, first=kept):
            ratios = [_ratios(s, t, rule, kept=kept) for s, t in zip(motions, turns, strict=True)]
            if all(s.fits(r * s.descent) for s, r in zip(motions, ratios, strict=True)):
                return Law(id="learning-rate-changes", detail=said)
    return None


def _ratios(motion: Motion, turns: Values, rule: Schedule, *, kept: bool) -> Values:
    """Return by what the rate of each step is multiplied, ``[N, 1]``."""
    found, left = np.array(rule(turns, motion.asked)), 1.0
    for call in np.unique(motion.call_of) if kept else ():
        own = np.flatnonzero(motion.call_of == call)
        found[own] *= left
        left *= float(rule(turns[own[-1:]] + 1.0, motion.asked[own[-1:]])[0])
    return found[:, None]


def _schedules(
    motions: Sequence[Motion], turns: Sequence[Values], *, first: bool
) -> Iterator[tuple[Text, Schedule]]:
    """Yield rules: of the number of the step ``k``, from 0, and of how many are asked for.

    Numbers are fitted, by the ``first`` calls alone or by all.
    """
    if first:
        turns = [np.where(s.call_of == 0, t, -1.0) for s, t in zip(motions, turns, strict=True)]
    yield text("rate-over-asked"), lambda k, asked: 1.0 / asked + 0.0 * k
    yield text("rate-over-k"), lambda k, _: 1.0 / (k + 1)
    yield text("rate-over-root"), lambda k, _: (k + 1) ** -0.5
    yield text("rate-over-next"), lambda k, _: 1.0 / (k + 2)
    yield text("rate-times-k"), lambda k, _: k + 1
    yield text("rate-times-before"), lambda k, _: k
    yield text("rate-falls"), lambda k, n: 1.0 - k / n
    yield text("rate-falls"), lambda k, n: 1.0 - (k + 1) / n
    yield text("rate-rises"), lambda k, n: (k + 1) / n
    yield text("rate-cosine"), lambda k, n: 0.5 * (1 + np.cos(np.pi * k / n))
    for second in _ratios_at(motions, turns, 1.0):
        said = text("rate-each-step", ratio=f"{second:.3g}")
        yield said, lambda k, _, c=second: c**k  # type: ignore[misc]
        said = text("rate-inverse", share=f"{1 / second - 1:.3g}")
        yield said, lambda k, _, c=second: 1.0 / (1.0 + (1 / c - 1) * k)  # type: ignore[misc]
        said = text("rate-each-step-first-too", ratio=f"{second:.3g}")
        yield said, lambda k, _, c=second: c ** (k + 1)  # type: ignore[misc]
    for period in dict.fromkeys((*PERIODS, *(s.batches for s in motions if s.batches > 1))):
        for later in _ratios_at(motions, turns, float(period)):
            code = "rate-each-period" if period in PERIODS else "rate-each-epoch"
            said = text(code, period=period, ratio=f"{later:.3g}")
            yield said, lambda k, _, c=later, m=period: c ** (k // m)  # type: ignore[misc]


def _ratios_at(motions: Sequence[Motion], turns: Sequence[Values], turn: float) -> Iterable[float]:
    """Return by what the step at a turn is longer than it should, where it is so everywhere."""
    found = []
    for motion, turn_of in zip(motions, turns, strict=True):
        for row in np.flatnonzero(turn_of == turn):
            want, move = motion.descent[row], motion.moves[row]
            power = float(want @ want)
            found.append(float(want @ move) / power if power else 0.0)
    if not found or min(found) <= 0 or np.ptp(found) > SAME * max(found):
        return ()
    return (float(np.median(found)),)


def _optimized(motions: Sequence[Motion]) -> Law | None:
    """Read whether another of torch's optimizers takes these steps from the right gradients."""
    if not all(map(_may_be_first, motions)):
        return None
    again = any((motion.turns[1:] == 0).any() for motion in motions)
    for name, make in OPTIMIZERS.items():
        for anew in (True, False) if again else (True,):
            parts = _replays(motions, make, anew=anew)
            for code, size in (
                ("steps-of-optimizer", [1.0] * len(motions)),
                ("steps-of-optimizer-own-rate", [1.0 / motion.rate for motion in motions]),
            ):
                scaled = [part * one for part, one in zip(parts, size, strict=False)]
                shares = _shares(motions, scaled) if parts else None
                if shares is None or not np.isfinite(shares).all() or shares[0] <= 0:
                    continue
                if code == "steps-of-optimizer" and abs(shares[0] - 1.0) > SAME:
                    continue
                return Law(id="other-optimizer", detail=text(code, optimizer=name))
    return None


def _may_be_first(motion: Motion) -> bool:
    """Say whether the first step may be an optimizer's: else none is made, which takes a second.

    Before they have seen a second gradient, optimizers that adapt move all parameters equally far
    against their gradients, but less by those that are nearly zero, or along the gradient.
    """
    move, gradient, place = motion.moves[0], motion.gradients[0], motion.before[0]
    shares = FIRST + DECAY * np.abs(place) + (np.abs(gradient) < SMALL)
    bounds = motion.bounds[0] + shares * np.abs(move).max()
    sources = np.stack([-np.sign(gradient), -gradient])
    return bool((may_be_multiple(sources, move, bounds) & (sources @ move > 0)).any())


def _replays(motions: Sequence[Motion], make: Maker, *, anew: bool) -> list[Values]:
    """Return the moves that an optimizer makes in each situation, nothing where it cannot be.

    It cannot where its steps are not all one multiple of those seen. The shortest comes first, and
    the first step that shows it ends the replay.
    """
    parts: dict[int, Values] = {}
    for index in sorted(range(len(motions)), key=lambda index: len(motions[index].moves)):
        motion, bounds = motions[index], motions[index].bounds
        begins = motion.turns == 0 if anew else np.zeros(len(motion.turns), dtype=np.bool_)
        steps = replayed(make, motion.before, motion.gradients, motion.rate, begins)
        rows, least, most = [], 0.0, np.inf
        for step, move, bound in zip(steps, motion.moves, bounds, strict=True):
            low, high = factors(step, move, bound)
            least, most = max(least, float(low)), min(most, float(high))
            if least > most:
                return []
            rows.append(step)
        parts[index] = np.stack(rows)
    return [parts[index] for index in range(len(motions))]
