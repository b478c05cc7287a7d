"""Which lines of the code a diagnosis, a failure or a note speaks of.

Mistakes are recognised by what code did; the lines are those that do this part of the work, as the
worker read them (``worker/listing.py``). They are for people: nothing here decides a point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from autograder.judge.notices import text_of, text_of_failure
from autograder.judge.own_names import ABSENT
from autograder.judge.result import CheckResult, Diagnosis, explains
from autograder.judge.status import noted
from autograder.protocol.job import ROLES
from autograder.protocol.trace import Failure, Landmark, Listing, Part, Trace, What
from autograder.words.text import Text

_TRAINED: tuple[What, ...] = ("parameter", "model")
_STEPS: Mapping[str, tuple[Part, ...]] = {
    "gradient-not-zeroed": ("backward", "zeroing"),
    "one-gradient-not-zeroed": ("zeroing",),
    "gradient-zeroed-before-update": ("zeroing", "update"),
    "wrong-update-sign": ("update",),
    "parameter-not-updated": ("update",),
    "no-update": ("update",),
    "learning-rate-ignored": ("update", "optimizer"),
    "wrong-gradient": ("update",),
    "parameter-reset": ("assignment",),
    "parameter-reassigned": ("update", "assignment"),
    "parameters-untouched": ("update",),
    "shadowed-parameter": ("assignment", "update"),
    "step-before-backward": ("update", "backward"),
    "zeroed-before-first-backward": ("zeroing",),
    "other-optimizer": ("update", "optimizer"),
    "weight-decay": ("update", "optimizer"),
    "learning-rate-changes": ("update", "optimizer"),
    "update-skipped": ("update",),
    "wrong-data": ("prediction", "loss"),
    "loss-recorded-otherwise": ("record",),
    "one-sample-only": ("prediction",),
    "loss-not-recorded": ("record",),
    "loss-recorded-as-tensor": ("record",),
    "loss-recorded-after-update": ("record",),
    "loss-recorded-as-object": ("record",),
    "losses-missing": ("record",),
    "backward-missing": ("loss",),
    "graph-broken": ("loss", "prediction"),
    "shape-broadcast": ("loss",),
    "hard-coded-answer": ("assignment", "update"),
    "closed-form": ("assignment", "update"),
}
"""The parts of a training that a mistake is in; every other one is in how the loop runs."""
_DEFINITION = frozenset({"not-implemented", "wrong-signature", "returns-nothing"})
_SIGHTED: Mapping[str, tuple[What, ...]] = {
    "bias-missing": _TRAINED,
    "fixed-iterations": ("fixed",),
    "forward-ignores-parameters": _TRAINED,
    "hard-coded-answer": ("data",),
    "learning-rate-ignored": ("rate", "number"),
    "loss-not-recorded": ("list",),
    "name-missing": tuple(ABSENT),
    "no-update": ("moved",),
    "parameter-not-updated": (*_TRAINED, "moved"),
    "parameters-untouched": _TRAINED,
}


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of a cell, ``first`` to ``last``; the cell's number is as in the listing."""

    cell: int | None
    first: int
    last: int


class Remark(msgspec.Struct, frozen=True, kw_only=True):
    """Something said of a submission, and the lines that it is about."""

    kind: Literal["mistake", "failure", "note"]
    text: Text
    spots: tuple[Spot, ...]


def remarks_of(
    trace: Trace, checks: Sequence[CheckResult], diagnosis: Sequence[Diagnosis], departure: Text
) -> tuple[Remark, ...]:
    """Return all that is said of lines in a submission's code; nothing where it is not known."""
    listing = trace.listing
    if listing is None:
        return ()
    found = [*_mistakes(trace, listing, diagnosis), *_departs(listing, departure)]
    found += _failures(trace, listing, checks, diagnosis)
    found += [
        Remark(kind="note", text=text_of(note), spots=_spot(note.cell, note.line))
        for note in noted(trace)
    ]
    lines = {cell.number: cell.text.count("\n") + 1 for cell in listing.cells}
    merged: dict[Text, Remark] = {}
    for one in found:
        known = merged.get(one.text)
        spots = [*(known.spots if known else ()), *one.spots]
        kept = [spot for spot in spots if 1 <= spot.first <= spot.last <= lines.get(spot.cell, 0)]
        if kept and one.text:
            kind = known.kind if known else one.kind
            spots_ = tuple(dict.fromkeys(kept))
            merged[one.text] = Remark(kind=kind, text=one.text, spots=spots_)
    return tuple(merged.values())


def _spot(cell: int | None, line: int | None) -> tuple[Spot, ...]:
    return (Spot(cell=cell, first=line, last=line),) if line else ()


def _mistakes(trace: Trace, listing: Listing, diagnosis: Sequence[Diagnosis]) -> Iterator[Remark]:
    sightings = trace.loading.sightings if trace.loading is not None else ()
    for one in diagnosis:
        whats = _SIGHTED.get(one.id, ())
        spots = [
            spot
            for seen in sightings
            if seen.role == one.function and seen.what in whats
            for spot in _spot(seen.cell, seen.line)
        ]
        spots += [spot for failure in _of_function(trace, one.function) for spot in _place(failure)]
        spots += _named(one.message)
        if not spots:
            spots = _lines(listing, one.function, _parts_of(one))
        yield Remark(kind="mistake", text=one.message, spots=tuple(spots))


def _named(sentence: Text) -> Iterator[Spot]:
    """Yield the lines that a sentence names."""
    for one in sentence.parts():
        cell, line = one.values.get("cell"), one.values.get("line")
        if one.code.startswith("place-") and isinstance(line, int):
            sign = -1 if one.code.startswith("place-text") else 1
            yield from _spot(sign * cell if isinstance(cell, int) else None, line)


def _parts_of(one: Diagnosis) -> tuple[Part, ...]:
    if one.id in _DEFINITION:
        return ()
    return ("return",) if one.function != ROLES[-1] else _STEPS.get(one.id, ("loop",))


def _departs(listing: Listing, departure: Text) -> list[Remark]:
    if not departure:
        return []
    spots = _lines(listing, ROLES[-1], ("update",))
    return [Remark(kind="mistake", text=departure, spots=tuple(spots))]


def _lines(listing: Listing, function: str, parts: Sequence[Part]) -> list[Spot]:
    """Return the lines of these parts, else of the loop; else, or of none, the first line."""
    own = [mark for mark in listing.landmarks if mark.role == function]
    chosen = [mark for mark in own if mark.part in parts]
    if parts and not chosen:  # an update may be written back in another line than it is computed
        others = ("assignment",) if "update" in parts else ("loop",)
        chosen = [m for m in own if m.part in others] or [m for m in own if m.part == "loop"]
    if chosen:
        return [_whole(mark) for mark in chosen]
    return [
        Spot(cell=mark.cell, first=mark.first, last=mark.first)
        for mark in own
        if mark.part == "definition"
    ]


def _whole(mark: Landmark) -> Spot:
    return Spot(cell=mark.cell, first=mark.first, last=mark.last)


def _failures(
    trace: Trace, listing: Listing, checks: Sequence[CheckResult], diagnosis: Sequence[Diagnosis]
) -> Iterator[Remark]:
    """Yield what failed: in cells, and in functions of which nothing was named.

    Where a function works and gives what is wrong, its lines are those that give it.
    """
    for failure in trace.loading.failures if trace.loading is not None else ():
        yield Remark(kind="failure", text=text_of_failure(failure), spots=_place(failure))
    for check in checks:
        if check.outcome != "failed" or explains(diagnosis, check.function):
            continue
        spots = [s for failure in _of_function(trace, check.function) for s in _place(failure)]
        parts: tuple[Part, ...] = ("return",) if check.function != ROLES[-1] else ("record",)
        if not spots and (check.function != ROLES[-1] or check.id == "loss_recorded"):
            spots = _lines(listing, check.function, parts)
        yield Remark(kind="failure", text=check.message, spots=tuple(spots))


def _place(failure: Failure) -> tuple[Spot, ...]:
    return _spot(failure.cell, failure.line)


def _of_function(trace: Trace, function: str) -> Iterable[Failure]:
    """Return the failures of a function's calls."""
    records = (
        trace.scenarios.values()
        if function == ROLES[-1]
        else [one for name, one in trace.probes.items() if name.startswith(f"{function}-")]
    )
    found = [record.failure for record in records]
    scripts = [one for name, one in trace.scripts.items() if name.startswith(f"{function}/")]
    found += [step.failure for script in scripts for step in script.steps]
    return [failure for failure in found if failure is not None]
