"""What training goes backward from where it is not the lab's loss, by the gradients that were seen.

The updates are right there: each is the rate times the gradient that backward() computed. Only what
gives that gradient in every step of every situation is told.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.naming import OF_LOSS, WHOLLY
from autograder.judge.diagnosis.update_formulas import Fault
from autograder.judge.diagnosis.update_rules import SAME, Law
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import FITTED, largest_so_far
from autograder.judge.objective import Landscape
from autograder.judge.steps import fresh_gradients, turns_of
from autograder.protocol.array import unpack
from autograder.words.text import NOTHING, Text, text

MOST = 60  # steps of a situation that are looked at
ROUNDED = 2e-4  # of the largest number of a gradient so far: what cancels out keeps rounding
LEAST = 6  # numbers that a loss must explain
TOLD = ("wrong-gradient", "wrong-update-sign", "learning-rate-changes", "weight-decay")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slopes:
    """One situation's gradients as they were seen, and what the lab's loss has at those places.

    ``seen`` is ``[K, P]``, ``losses`` ``[K, N]`` and ``rows`` ``[K, N, P]`` are those of each row
    that a step is due. ``classes`` ``[K, N]`` are these rows' targets where all are 0 or 1.
    """

    seen: Values
    losses: Values
    rows: Values
    classes: Values | None

    @property
    def whole(self) -> Values:
        """The gradients of the lab's loss, ``[K, P]``."""
        found: Values = self.rows.mean(axis=1)
        return found

    @property
    def loss(self) -> Values:
        """The lab's losses, ``[K]``."""
        found: Values = self.losses.mean(axis=1)
        return found

    def fits(self, gradients: Values) -> bool:
        """Return whether these gradients are those that were seen."""
        if not np.isfinite(gradients).all():
            return False
        largest = largest_so_far(np.abs(gradients).max(axis=1))[:, None]
        bounds = FITTED.apart * np.abs(gradients) + ROUNDED * largest
        return bool((np.abs(self.seen - gradients) <= bounds).all())


Slope = Callable[[Slopes], Values]


def _of_whole(slope: Callable[[Values], Values]) -> Slope:
    return lambda s: slope(s.loss)[:, None] * s.whole


def _of_rows(slope: Callable[[Values], Values]) -> Slope:
    return lambda s: (slope(s.losses)[:, :, None] * s.rows).mean(axis=1)


def _of_classes(slope: Callable[[Values, Values], Values]) -> Slope:
    """Return the gradient of what each row's cross-entropy becomes, by the chance of its class."""

    def found(s: Slopes) -> Values:
        if s.classes is None:
            return np.full_like(s.seen, np.nan)
        slopes = slope(np.exp(-s.losses), s.classes)
        gradients: Values = (slopes[:, :, None] * s.rows).mean(axis=1)
        return gradients

    return found


def _of_more_sigmoid(chance: Values, classes: Values) -> Values:
    """Return the slope of the cross-entropy after one more sigmoid, in that of the lab."""
    probability = np.where(classes == 1.0, chance, 1.0 - chance)
    twice = 1.0 / (1.0 + np.exp(-probability))
    found: Values = chance * np.where(classes == 1.0, 1.0 - twice, twice)
    return found


def _of_one(choose: Callable[[Values], NDArray[np.int64]]) -> Slope:
    return lambda s: np.take_along_axis(s.rows, choose(s.losses)[:, None, None], 1)[:, 0]


INNER: Mapping[str, Slope] = {
    "inner-minus": lambda s: -s.whole,
    "inner-sum": lambda s: s.rows.sum(axis=1),
    "inner-halved": lambda s: s.whole / 2,
    "inner-root": _of_whole(lambda loss: 0.5 / np.sqrt(loss)),
    "inner-square": _of_whole(lambda loss: 2.0 * loss),
    "inner-logarithm": _of_whole(lambda loss: 1.0 / loss),
    "inner-rows-root": _of_rows(lambda losses: 0.5 / np.sqrt(losses)),
    "inner-rows-cube": _of_rows(lambda losses: 1.5 * np.sqrt(losses)),
    "inner-rows-square": _of_rows(lambda losses: 2.0 * losses),
    "inner-rows-huber": _of_rows(lambda losses: 0.5 / np.sqrt(np.maximum(losses, 1.0))),
    "inner-largest": _of_one(lambda losses: losses.argmax(axis=1)),
    "inner-classes-sigmoid": _of_classes(_of_more_sigmoid),
    "inner-classes-square": _of_classes(lambda chance, _: 2.0 * (1.0 - chance) * chance),
    "inner-classes-apart": _of_classes(lambda chance, _: chance),
}
"""What may become of the lab's loss, or of each row's, and the gradient that it has then."""


def read_inner(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of gradients of another loss, nothing where none that is tried gives them."""
    slopes = [found for view in views if (found := _slopes(view)) is not None]
    if not slopes or len(slopes) < len(views) or sum(s.seen.size for s in slopes) < LEAST:
        return []
    if all(s.fits(s.whole) for s in slopes):
        return []
    single = all(s.losses.shape[1] == 1 for s in slopes)  # what becomes of a row says more there
    codes = sorted(INNER, key=lambda code: single and not code.startswith("inner-rows"))
    with np.errstate(all="ignore"):
        said = next((c for c in codes if all(s.fits(INNER[c](s)) for s in slopes)), "")
        if said:
            law = "wrong-update-sign" if said == "inner-minus" else "wrong-gradient"
            return [Law(id=law, detail=text("goes-backward-from", what=text(said)))]
    ratio = _ratio(slopes)
    return [Law(id="wrong-gradient", detail=ratio)] if ratio else []


def _slopes(view: ScenarioView) -> Slopes | None:
    steps, landscape = view.steps, view.landscape
    if steps is None or not isinstance(landscape, Landscape):
        return None
    fresh = fresh_gradients(view.observed.calls, steps)
    if fresh is None:
        return None
    broken = ~np.isfinite(np.hstack([steps.before, fresh])).all(axis=1)
    before = steps.before[: int(np.argmax(np.append(broken, True)))][:MOST]
    blurred = np.append(landscape.blurred(before), True) if len(before) else np.ones(1, bool)
    count = int(np.argmax(blurred))
    found = landscape.of_rows(before[:count]) if count else None
    if found is None:
        return None
    due = _due(found[0].shape[1], landscape.batches, turns_of(steps.call_of)[:count])
    if due is None:
        return None
    classes = _classes(view)
    losses, rows = (np.take_along_axis(found[0], due, 1), found[1][np.arange(count)[:, None], due])
    own = classes[due] if classes is not None and len(classes) == found[0].shape[1] else None
    return Slopes(seen=fresh[:count], losses=losses, rows=rows, classes=own)


def _due(rows: int, batches: int, turns: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the rows that each step is due ``[K, N]``, None where batches differ in size."""
    if rows % batches:
        return None
    size = rows // batches
    found: NDArray[np.int64] = (turns % batches)[:, None] * size + np.arange(size)
    return found


def _classes(view: ScenarioView) -> Values | None:
    """Return the targets where all of them are 0 or 1, ``[N]``."""
    name = "" if view.contract is None else view.contract.targets
    found = view.planned.scenario.situation.data.get(name)
    values = None if found is None else unpack(found).reshape(-1).astype(np.float64)
    return values if values is not None and np.isin(values, (0.0, 1.0)).all() else None


def _ratio(slopes: Sequence[Slopes]) -> Text:
    """Read one number that all gradients are the right ones times."""
    seen, whole = (
        np.vstack(rows) for rows in zip(*((s.seen, s.whole) for s in slopes), strict=True)
    )
    power = float((whole * whole).sum())
    ratio = float((seen * whole).sum()) / power if power else 0.0
    known = abs(ratio) > SAME and all(s.fits(ratio * s.whole) for s in slopes)
    return text("gradient-is-times", ratio=f"{ratio:.3g}") if known else NOTHING


def as_seen(laws: Sequence[Law], views: Sequence[ScenarioView], fault: Fault) -> list[Law]:
    """Return laws in the words that fit what hooks saw of the gradients."""
    if fault == "gradient":
        return [_of_loss(law) for law in laws]
    return [_of_buffers(law) for law in laws] if keeps_part(views) else list(laws)


def _of_loss(law: Law) -> Law:
    """Return a law in words for right updates by gradients that are not those of the lab's loss."""
    if law.id not in TOLD:
        return law
    detail = NOTHING if law.id == "learning-rate-changes" else law.detail
    return dataclasses.replace(law, detail=detail, words=law.id + OF_LOSS)


def _of_buffers(law: Law) -> Law:
    """Return a law of steps that carry on the ones before in words for gradients that do so."""
    if law.id != "other-optimizer":
        return law
    return Law(id="gradient-not-zeroed", detail=law.detail, words=WHOLLY)


def keeps_part(views: Sequence[ScenarioView]) -> bool:
    """Return whether a ``.grad`` was seen to contain more than the newest gradient."""
    for view in views:
        for call in view.observed.calls:
            for name, array in call.fresh.items():
                fresh, held = read_claim(array), read_claim(call.buffers.get(name, array))
                if fresh.shape == held.shape and not np.allclose(fresh, held, rtol=1e-3):
                    return True
    return False
