"""What each update makes of the gradient, where it is no multiple of it: a bank of formulas.

A formula is told only where it gives every step in every situation, with constants that are the
same in all of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from autograder.judge.compare import TINY, Values
from autograder.judge.diagnosis.update_rules import SAME, Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.fit import factors, least_squares, may_be_multiple
from autograder.judge.messages import sentences
from autograder.judge.replay import Maker, replayed
from autograder.words.text import NOTHING, Text, text

MOST, MOST_OF_BATCHES = 60, 200  # steps of a situation that are looked at
LEAST = 8  # numbers that a formula must explain
APART, BLUR, ROUNDING = 2e-3, 2e-4, 1e-6  # of the step, of the largest so far, of the parameter
LEAST_SHARE = 1e-3
FIRST, DECAY = 0.05, 0.02  # of the step, for what keeps from dividing by zero, and for decay
SMALL = 0.02  # a gradient near to what keeps from dividing by zero
PERIODS = range(2, 11)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Stride:
    """One situation's first steps: moves ``[N, P]`` and what is right at the places before them.

    ``call_of`` is each step's call, ``turns`` its place in that, ``asked`` the steps of a call.
    """

    before: Values
    moves: Values
    gradients: Values
    losses: Values
    rate: float
    call_of: NDArray[np.int64]
    turns: NDArray[np.int64]
    asked: Values
    batches: int

    @property
    def bounds(self) -> Values:
        """How far each move may be from what a formula gives."""
        largest = np.maximum.accumulate(np.abs(self.moves), axis=0)
        found: Values = APART * np.abs(self.moves) + BLUR * largest + ROUNDING * np.abs(self.before)
        return found

    def fits(self, moves: Values) -> bool:
        """Say whether these are the moves."""
        return bool((np.abs(moves - self.moves) <= self.bounds).all())


Source = Callable[[Stride], Values]
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
OPTIMIZERS: Mapping[str, Maker] = {
    "Adam": lambda p, lr: torch.optim.Adam([p], lr=lr),
    "AdamW": lambda p, lr: torch.optim.AdamW([p], lr=lr),
    "Adam(amsgrad=True)": lambda p, lr: torch.optim.Adam([p], lr=lr, amsgrad=True),
    "RMSprop": lambda p, lr: torch.optim.RMSprop([p], lr=lr),
    "Adagrad": lambda p, lr: torch.optim.Adagrad([p], lr=lr),
    "Adadelta": lambda p, lr: torch.optim.Adadelta([p], lr=lr),
    "Adamax": lambda p, lr: torch.optim.Adamax([p], lr=lr),
    "NAdam": lambda p, lr: torch.optim.NAdam([p], lr=lr),
    "RAdam": lambda p, lr: torch.optim.RAdam([p], lr=lr),
    "Rprop": lambda p, lr: torch.optim.Rprop([p], lr=lr),
}


def read_updates(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of what updates make of the gradient, nothing where no formula fits."""
    strides = strides_of(views)
    if not strides or all(stride.fits(-stride.rate * stride.gradients) for stride in strides):
        return []
    with np.errstate(all="ignore"):
        for read in (_carried, _decayed, _clipped, _formula, _replaced, _scheduled, _optimized):
            law = read(strides)
            if law is not None:
                return [law]
        return []


def strides_of(views: Sequence[ScenarioView]) -> list[Stride]:
    """Return all situations' steps, nothing where some were not seen or they say too little."""
    strides = [stride for view in views if (stride := _stride(view)) is not None]
    enough = sum(stride.moves.size for stride in strides) >= LEAST
    return strides if enough and len(strides) >= max(len(views), 2) else []


def _stride(view: ScenarioView) -> Stride | None:
    steps = view.steps
    if steps is None:
        return None
    gradients = view.gradients
    finite = np.isfinite(np.hstack([steps.before, steps.after, gradients])).all(axis=1)
    batches = view.landscape.batches
    most = MOST if batches == 1 else min(3 * batches, MOST_OF_BATCHES)
    count = min(most, finite.size if finite.all() else int(np.argmin(finite)))
    if count == 0 or not np.any(steps.moves[:count]):
        return None
    losses, _ = view.landscape.evaluate(steps.before[:count])
    call_of = steps.call_of[:count]
    firsts = np.array([int(np.argmax(steps.call_of == call)) for call in call_of])
    return Stride(
        before=steps.before[:count],
        moves=steps.moves[:count],
        gradients=gradients[:count],
        losses=losses,
        rate=view.planned.scenario.situation.learning_rate,
        call_of=call_of,
        turns=np.arange(count) - firsts,
        batches=batches,
        asked=np.array([view.step_counts[call] for call in call_of], dtype=np.float64),
    )


def _lengths(values: Values) -> Values:
    found: Values = np.linalg.norm(values, axis=1, keepdims=True)
    return found


def _together(values: Values) -> Values:
    return np.repeat(values.sum(axis=1, keepdims=True), values.shape[1], axis=1)


def _shares(strides: Sequence[Stride], *sources: Sequence[Values]) -> Values | None:
    """Return the shares of sources that give all moves, the same everywhere; None of none."""
    scales = [
        np.maximum(np.maximum.accumulate(np.abs(s.moves), axis=0), TINY).reshape(-1)
        for s in strides
    ]
    target = np.concatenate([s.moves.reshape(-1) / z for s, z in zip(strides, scales, strict=True)])
    columns = np.stack(
        [
            np.concatenate([v.reshape(-1) / z for v, z in zip(source, scales, strict=True)])
            for source in sources
        ],
        axis=1,
    )
    shares = least_squares(columns, target)
    if shares is None:
        return None
    for index, stride in enumerate(strides):
        moves = sum(share * source[index] for share, source in zip(shares, sources, strict=True))
        if not stride.fits(np.asarray(moves)):
            return None
    return shares


def _descents(strides: Sequence[Stride]) -> list[Values]:
    return [-stride.rate * stride.gradients for stride in strides]


def _carried(strides: Sequence[Stride]) -> Law | None:
    """Read whether each step carries on a part of the one before: momentum."""
    kept, fresh = [], []
    for stride in strides:
        before = np.vstack([np.zeros_like(stride.moves[:1]), stride.moves[:-1]])
        kept.append(before)
        fresh.append(np.where(stride.turns[:, None] == 0, 0.0, before))
    for carried in (kept, fresh):
        shares = _shares(strides, _descents(strides), carried)
        if shares is None or abs(shares[1]) < LEAST_SHARE or abs(shares[1] - 1.0) <= SAME:
            continue
        values = {"share": f"{shares[0]:.3g}", "ratio": f"{shares[1]:.3g}"}
        right = abs(shares[0] - 1.0) <= SAME
        told = text("step-carries-on" if right else "step-carries", **values)
        return Law(id="other-optimizer", detail=told)
    return None


def _decayed(strides: Sequence[Stride]) -> Law | None:
    """Read whether each step pulls the parameters towards zero, too."""
    pulls = {
        "decays-by-parameter": [-s.rate * s.before for s in strides],
        "decays-by-sign": [-s.rate * np.sign(s.before) for s in strides],
    }
    for code, pull in pulls.items():
        shares = _shares(strides, _descents(strides), pull)
        if shares is not None and abs(shares[0] - 1.0) <= SAME and abs(shares[1]) >= LEAST_SHARE:
            return Law(id="weight-decay", detail=text(code, share=f"{shares[1]:.3g}"))
    return None


def _formula(strides: Sequence[Stride]) -> Law | None:
    """Read one thing that all steps are multiples of: as it is first, then times a number.

    Of two that are times a number neither is told: with one parameter the loss is nearly a multiple
    of the gradient's square.
    """
    loose = []
    for code, source in SOURCES.items():
        values = [source(stride) for stride in strides]
        if not all(np.isfinite(one).all() for one in values):
            continue
        for rated, of_rate in RATES.items():
            parts = [-of_rate(s.rate) * one for s, one in zip(strides, values, strict=True)]
            shares = _shares(strides, parts)
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


def _replaced(strides: Sequence[Stride]) -> Law | None:
    """Read what is put in the parameter's place, where that is not what it was."""
    places = [dataclasses.replace(s, moves=s.before + s.moves) for s in strides]
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
            if all(place.fits(sign * source(place)) for place in places):
                what = text(code) if sign > 0 else text("minus-of", of=text(code))
                return Law(id="wrong-gradient", detail=text("update-assigns", what=what))
    return None


def _clipped(strides: Sequence[Stride]) -> Law | None:
    """Read whether gradients are cut off at one size, number by number or as a whole.

    Where all are, their sign or their direction alone may be used as well.
    """
    for sizes_of, code, other in (
        (np.abs, "clips-numbers", "or-sign-alone"),
        (_lengths, "clips-lengths", "or-direction-alone"),
    ):
        wanted = [sizes_of(s.gradients) for s in strides]
        used = [sizes_of(s.moves) / s.rate for s in strides]
        cut = [u < w * (1.0 - 2 * SAME) for u, w in zip(used, wanted, strict=True)]
        sizes = np.concatenate([u[c] for u, c in zip(used, cut, strict=True)])
        if sizes.size < LEAST // 2 or np.ptp(sizes) > SAME * sizes.max():
            continue
        most = float(np.median(sizes))
        kept = [np.minimum(1.0, most / np.maximum(w, TINY)) for w in wanted]
        if all(s.fits(-s.rate * k * s.gradients) for s, k in zip(strides, kept, strict=True)):
            every = all((w > most * (1.0 + SAME)).all() for w in wanted)
            told = text(code, most=f"{most:.3g}")
            also = text(other, most=f"{most:.3g}") if every else NOTHING
            return Law(id="wrong-gradient", detail=sentences(told, also))
    return None


Schedule = Callable[[Values, Values], Values]


def _scheduled(strides: Sequence[Stride]) -> Law | None:
    """Read by what rule the size of the steps changes from one to the next.

    A further call counts its steps anew, or goes on; or it counts anew from the rate that is left.
    """
    for anew, kept in ((True, False), (False, False), (True, True)):
        turns = [(s.turns if anew else np.arange(len(s.turns))).astype(np.float64) for s in strides]
        for said, rule in _schedules(strides, turns, first=kept):
            ratios = [_ratios(s, t, rule, kept=kept) for s, t in zip(strides, turns, strict=True)]
            if all(s.fits(-s.rate * r * s.gradients) for s, r in zip(strides, ratios, strict=True)):
                return Law(id="learning-rate-changes", detail=said)
    return None


def _ratios(stride: Stride, turns: Values, rule: Schedule, *, kept: bool) -> Values:
    """Return by what the rate of each step is multiplied, ``[N, 1]``."""
    found, left = np.array(rule(turns, stride.asked)), 1.0
    for call in np.unique(stride.call_of) if kept else ():
        own = np.flatnonzero(stride.call_of == call)
        found[own] *= left
        left *= float(rule(turns[own[-1:]] + 1.0, stride.asked[own[-1:]])[0])
    return found[:, None]


def _schedules(
    strides: Sequence[Stride], turns: Sequence[Values], *, first: bool
) -> Iterator[tuple[Text, Schedule]]:
    """Yield rules: of the number of the step ``k``, from 0, and of how many are asked for.

    Numbers are fitted, by the ``first`` calls alone or by all.
    """
    if first:
        turns = [np.where(s.call_of == 0, t, -1.0) for s, t in zip(strides, turns, strict=True)]
    yield text("rate-over-k"), lambda k, _: 1.0 / (k + 1)
    yield text("rate-over-root"), lambda k, _: (k + 1) ** -0.5
    yield text("rate-over-next"), lambda k, _: 1.0 / (k + 2)
    yield text("rate-times-k"), lambda k, _: k + 1
    yield text("rate-times-before"), lambda k, _: k
    yield text("rate-falls"), lambda k, n: 1.0 - k / n
    yield text("rate-falls"), lambda k, n: 1.0 - (k + 1) / n
    yield text("rate-rises"), lambda k, n: (k + 1) / n
    yield text("rate-cosine"), lambda k, n: 0.5 * (1 + np.cos(np.pi * k / n))
    for second in _ratios_at(strides, turns, 1.0):
        said = text("rate-each-step", ratio=f"{second:.3g}")
        yield said, lambda k, _, c=second: c**k  # type: ignore[misc]
        said = text("rate-inverse", share=f"{1 / second - 1:.3g}")
        yield said, lambda k, _, c=second: 1.0 / (1.0 + (1 / c - 1) * k)  # type: ignore[misc]
        said = text("rate-each-step-first-too", ratio=f"{second:.3g}")
        yield said, lambda k, _, c=second: c ** (k + 1)  # type: ignore[misc]
    for period in dict.fromkeys((*PERIODS, *(s.batches for s in strides if s.batches > 1))):
        for later in _ratios_at(strides, turns, float(period)):
            code = "rate-each-period" if period in PERIODS else "rate-each-epoch"
            said = text(code, period=period, ratio=f"{later:.3g}")
            yield said, lambda k, _, c=later, m=period: c ** (k // m)  # type: ignore[misc]


def _ratios_at(strides: Sequence[Stride], turns: Sequence[Values], turn: float) -> Iterable[float]:
    """Return by what the step at a turn is longer than it should, where it is so everywhere."""
    found = []
    for stride, turn_of in zip(strides, turns, strict=True):
        for row in np.flatnonzero(turn_of == turn):
            want, move = -stride.rate * stride.gradients[row], stride.moves[row]
            power = float(want @ want)
            found.append(float(want @ move) / power if power else 0.0)
    if not found or min(found) <= 0 or np.ptp(found) > SAME * max(found):
        return ()
    return (float(np.median(found)),)


def _optimized(strides: Sequence[Stride]) -> Law | None:
    """Read whether another of torch's optimizers takes these steps from the right gradients."""
    if not all(map(_may_be_first, strides)):
        return None
    again = any((stride.turns[1:] == 0).any() for stride in strides)
    for name, make in OPTIMIZERS.items():
        for anew in (True, False) if again else (True,):
            parts = _replays(strides, make, anew=anew)
            for code, size in (
                ("steps-of-optimizer", [1.0] * len(strides)),
                ("steps-of-optimizer-own-rate", [1.0 / stride.rate for stride in strides]),
            ):
                scaled = [part * one for part, one in zip(parts, size, strict=False)]
                shares = _shares(strides, scaled) if parts else None
                if shares is None or not np.isfinite(shares).all() or shares[0] <= 0:
                    continue
                if code == "steps-of-optimizer" and abs(shares[0] - 1.0) > SAME:
                    continue
                return Law(id="other-optimizer", detail=text(code, optimizer=name))
    return None


def _may_be_first(stride: Stride) -> bool:
    """Say whether the first step may be an optimizer's: else none is made, which takes a second.

    Before they have seen a second gradient, optimizers that adapt move all parameters equally far
    against their gradients, but less by those that are nearly zero, or along the gradient.
    """
    move, gradient, place = stride.moves[0], stride.gradients[0], stride.before[0]
    shares = FIRST + DECAY * np.abs(place) + (np.abs(gradient) < SMALL)
    bounds = stride.bounds[0] + shares * np.abs(move).max()
    sources = np.stack([-np.sign(gradient), -gradient])
    return bool((may_be_multiple(sources, move, bounds) & (sources @ move > 0)).any())


def _replays(strides: Sequence[Stride], make: Maker, *, anew: bool) -> list[Values]:
    """Return the moves that an optimizer makes in each situation, nothing where it cannot be.

    It cannot where its steps are not all one multiple of those seen. The shortest comes first, and
    the first step that shows it ends the replay.
    """
    parts: dict[int, Values] = {}
    for index in sorted(range(len(strides)), key=lambda index: len(strides[index].moves)):
        stride, bounds = strides[index], strides[index].bounds
        begins = stride.turns == 0 if anew else np.zeros(len(stride.turns), dtype=np.bool_)
        steps = replayed(make, stride.before, stride.gradients, stride.rate, begins)
        rows, least, most = [], 0.0, np.inf
        for step, move, bound in zip(steps, stride.moves, bounds, strict=True):
            low, high = factors(step, move, bound)
            least, most = max(least, float(low)), min(most, float(high))
            if least > most:
                return []
            rows.append(step)
        parts[index] = np.stack(rows)
    return [parts[index] for index in range(len(strides))]
