"""What is read where parameters never move, or where backward() runs at another time or twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.judge.claim import read_claim
from autograder.judge.diagnosis.order import Order
from autograder.judge.evidence import ScenarioView
from autograder.judge.motion import motion_of
from autograder.judge.own_names import OwnNames
from autograder.protocol.array import Array
from autograder.protocol.trace import CallRecord, Landmark, Trace
from autograder.words.text import NOTHING, Text, text

LEAST = 4  # steps that must be right where the end of each call is not
MOST = 20  # steps of a situation that are compared


def of_rest(
    own: OwnNames,
    views: Sequence[ScenarioView],
    marks: Sequence[Landmark] = (),
    *,
    by_hand: bool = False,
) -> tuple[str, ...]:
    """Return what fits where the parameters never move, nothing where they do.

    By ``marks``, the training function may have a line that goes backward, which came to its end.
    ``by_hand``: no gradient of torch's was asked for.

    Whether others are trained, whether gradients were computed for them, and whether they were
    looked at, tells apart.
    """
    if not views or not all(_rests(view) for view in views):
        return ()
    calls = [call for view in views for call in view.observed.calls]
    reached = any(len(read_claim(rows)) for call in calls for rows in call.fresh.values())
    visited = any(len(read_claim(call.visited)) for call in calls)
    elsewhere = not reached and goes_backward(marks)
    copied = bool(own.copied()) and (elsewhere or any(call.astray for call in calls))
    fitting: tuple[tuple[bool, tuple[str, ...]], ...] = (
        (copied, ("parameters-untouched",)),
        (own.loading is not None and bool(own.loading.shadowed), ("shadowed-parameter",)),
        (bool(own.trained("train_model")), ("parameters-untouched",)),
        (bool(own.moved()), ("no-update",)),
        (by_hand, ("no-update",)),
        (reached, _of_resting(own, calls, Order.of(marks))),
        (visited and bool(own.remade()), ("graph-broken",)),
        (visited and goes_backward(marks) and bool(own.cut("train_model")), ("graph-broken",)),
        (visited and goes_backward(marks), ("no-update",)),
        (visited and bool(own.undone()), ("no-update",)),
        (visited, ("backward-missing",)),
    )
    return next((ids for fits, ids in fitting if fits), ("parameters-untouched",))


def unreached(found: str, views: Sequence[ScenarioView]) -> Text:
    """Say that no gradient reaches parameters that never move, where none was seen and no step."""
    calls = [call for view in views for call in view.observed.calls]
    rows = [read_claim(array) for call in calls for array in call.fresh.values()]
    still = not any(call.stepped or call.astray or call.written for call in calls)
    return (
        text("no-gradient-arrives")
        if found == "no-update" and still and not any(map(len, rows))
        else NOTHING
    )


def goes_backward(marks: Sequence[Landmark]) -> bool:
    """Return whether the training function has a line that computes gradients, as it was read."""
    return any(mark.role == "train_model" and mark.part == "backward" for mark in marks)


def _of_resting(own: OwnNames, calls: Sequence[CallRecord], order: Order) -> tuple[str, ...]:
    """Return why gradients that were computed move nothing: no update, or one with zeros.

    Gradients that are still there at the end were not emptied before the update, nor were those
    that only a later line empties. An update that was seen, or stands in the file, is one; a
    gradient that is zero from the start is none.
    """
    rows = [read_claim(array) for call in calls for array in call.left.values()]
    kept = any(row.any() for row in rows)
    taken = any(call.stepped or call.written for call in calls)
    astray = any(call.astray for call in calls)
    early = order.zeroes_before_updates()
    if kept or own.undone() or own.is_still() or (astray and not taken) or early is False:
        return ("no-update",)
    live = own.loading is not None and own.loading.live
    if not live and (taken or own.loading is not None):
        return ("gradient-zeroed-before-update",)
    return ("gradient-zeroed-before-update", "no-update")


def _rests(view: ScenarioView) -> bool:
    """Return whether the parameters were never seen anywhere but at the start."""
    rows = [*view.ends]
    for call in view.observed.calls:
        rows += list(read_claim(call.visited))
    return all(np.array_equal(row, view.landscape.start) for row in rows)


def goes_back_twice(views: Sequence[ScenarioView]) -> bool:
    """Return whether each step is twice as long, and two gradients alike were computed for it."""
    for view in views:
        steps = view.steps
        if steps is None:
            return False
        motion = motion_of(view)
        first = None if motion is None else motion.first(MOST)
        if first is None or not first.fits(2.0 * first.descent):
            return False
        for index, call in enumerate(view.observed.calls):
            taken = int((steps.call_of == index).sum())
            for rows in map(read_claim, call.fresh.values()):
                pairs = rows[: 2 * MOST]
                alike = np.allclose(pairs[::2], pairs[1::2], rtol=1e-4, atol=1e-6)
                if rows.shape[0] != 2 * taken or not alike:
                    return False
    return bool(views)


def only_ends_depart(views: Sequence[ScenarioView]) -> bool:
    """Return whether all steps of each call are right but the last one, which the end shows."""
    seen = 0
    for view in views:
        motion = motion_of(view)
        if motion is None:
            return False
        lasting = np.append(np.diff(motion.call_of) == 0, False)
        bounds = motion.bounds[lasting]
        if not (np.abs(motion.moves - motion.descent)[lasting] <= bounds).all():
            return False
        seen += int(lasting.sum())
    return seen >= LEAST


def steps_first(trace: Trace, views: Sequence[ScenarioView]) -> bool:
    """Return whether an optimizer steps by gradients that were just emptied, before the new ones.

    It was seen to step with parameters of the lab, which have gradients at the end; the lines say
    in which order that is done.
    """
    marks = trace.listing.landmarks if trace.listing is not None else ()
    lines = {
        part: [m.first for m in marks if m.role == "train_model" and m.part == part]
        for part in ("zeroing", "update", "backward")
    }
    calls = [call for view in views for call in view.observed.calls]
    seen = all(call.stepped and any(map(_is_left, call.left.values())) for call in calls)
    if not seen or any(len(found) != 1 for found in lines.values()):
        return False
    zeroing, update, backward = (found[0] for found in lines.values())
    return zeroing < update < backward


def _is_left(array: Array) -> bool:
    return bool(read_claim(array).any())
