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
from autograder.judge.steps import fresh_gradients
from autograder.words.text import NOTHING, Text, text

MOST = 60  # steps of a situation that are looked at
ROUNDED = 2e-4  # of the largest number of a gradient so far: what cancels out keeps rounding
LEAST = 6  # numbers that a loss must explain
TOLD = ("wrong-gradient", "wrong-update-sign", "learning-rate-changes", "weight-decay")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Slopes:
    """One situation's gradients as they were seen, and what the lab's loss has at those places.

    ``seen`` and ``whole`` are ``[K, P]``, ``loss`` is ``[K]``, ``losses`` ``[K, N]`` and ``rows``
    ``[K, N, P]`` are those of each row.
    """

    seen: Values
    whole: Values
    loss: Values
    losses: Values
    rows: Values

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
}
"""What may become of the lab's loss, or of each row's, and the gradient that it has then."""


def read_inner(views: Sequence[ScenarioView]) -> list[Law]:
    """Return the law of gradients of another loss, nothing where none that is tried gives them."""
    slopes = [found for view in views if (found := _slopes(view)) is not None]
    if not slopes or len(slopes) < len(views) or sum(s.seen.size for s in slopes) < LEAST:
        return []
    with np.errstate(all="ignore"):
        said = next((c for c, slope in INNER.items() if all(s.fits(slope(s)) for s in slopes)), "")
        if said:
            law = "wrong-update-sign" if said == "inner-minus" else "wrong-gradient"
            return [Law(id=law, detail=text("goes-backward-from", what=text(said)))]
    ratio = _ratio(slopes)
    return [Law(id="wrong-gradient", detail=ratio)] if ratio else []


def _slopes(view: ScenarioView) -> Slopes | None:
    steps, landscape = view.steps, view.landscape
    if steps is None or not isinstance(landscape, Landscape) or landscape.batches > 1:
        return None
    fresh = fresh_gradients(view.observed.calls, steps)
    if fresh is None:
        return None
    finite = np.isfinite(np.hstack([steps.before, fresh])).all(axis=1)
    count = min(MOST, finite.size if finite.all() else int(np.argmin(finite)))
    rows = landscape.of_rows(steps.before[:count]) if count else None
    if rows is None:
        return None
    loss, whole = landscape.evaluate(steps.before[:count])
    return Slopes(seen=fresh[:count], whole=whole, loss=loss, losses=rows[0], rows=rows[1])


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
