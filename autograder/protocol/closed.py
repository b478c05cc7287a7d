"""What may be said of hidden data: codes from closed sets, and places that were named before.

Student code that has seen hidden data could put them into any field that it is free to choose. So
of a frame that answers to hidden data only those fields are kept that a judge compares, or that
have few values; and of places and names, those that a frame sent before named already.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import msgspec

from autograder.protocol.trace import (
    Failure,
    Frame,
    Loading,
    ProbeRecord,
    ScenarioRecord,
    ScriptRecord,
)

MOST_BACKWARDS = 2  # whether there was none, one, or several tells mistakes apart

Place = tuple[int | None, int | None]


@dataclasses.dataclass(frozen=True)
class Named:
    """Places, and names of variables and modules, that frames named before anything was hidden."""

    places: set[Place] = dataclasses.field(default_factory=set)
    names: set[str] = dataclasses.field(default_factory=set)

    def add(self, frame: Frame) -> None:
        """Remember what a frame names."""
        for failure in failures_in(frame):
            self.places.add((failure.cell, failure.line))
            self.names.add(failure.name)
        if isinstance(frame, (Loading, ScenarioRecord)):
            self.places.update((note.cell, note.line) for note in frame.notes)
        if isinstance(frame, Loading):
            self.places.update((seen.cell, seen.line) for seen in frame.sightings)
            self.names.update(frame.missing)

    def closed(self, frame: Frame) -> Frame:
        """Return a frame that answers hidden data with nothing that could reveal them."""
        replace = msgspec.structs.replace
        match frame:
            case ProbeRecord():
                return replace(frame, failure=self._closed(frame.failure))
            case ScriptRecord():
                steps = (replace(one, failure=self._closed(one.failure)) for one in frame.steps)
                return replace(frame, steps=tuple(steps))
            case ScenarioRecord():
                return replace(
                    frame,
                    failure=self._closed(frame.failure),
                    notes=(),
                    backwards=min(frame.backwards, MOST_BACKWARDS),
                    partial=None,
                )
            case _:
                return frame

    def _closed(self, failure: Failure | None) -> Failure | None:
        if failure is None:
            return None
        known = (failure.cell, failure.line) in self.places
        return Failure(
            kind=failure.kind,
            text="",
            cause=failure.cause,
            raised=failure.raised,
            name=failure.name if failure.name in self.names else "",
            cell=failure.cell if known else None,
            line=failure.line if known else None,
            seconds=failure.seconds,
            loop=failure.loop,
        )


def failures_in(frame: Frame) -> Iterator[Failure]:
    """Yield all failures that a frame reports."""
    found: tuple[Failure | None, ...] = ()
    match frame:
        case Loading():
            found = (*frame.failures, frame.unreadable)
        case ProbeRecord() | ScenarioRecord():
            found = (frame.failure,)
        case ScriptRecord():
            found = tuple(step.failure for step in frame.steps)
    yield from (failure for failure in found if failure is not None)
