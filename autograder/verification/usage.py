"""How much of a lab's limits right files need: at most a twentieth, so that load costs nobody.

Processor time varies: a file that seems to need more is run again, and its best run counts. What
was measured is kept beside the traces, since a stored trace has no times.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.exercise.spec import Limits
from autograder.grading.file import write_atomically
from autograder.grading.observe import Observed
from autograder.words.catalogue import say

SHARE = 1 / 20
TRIES = 3
NAME = "usage.json"


class Need(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds of processor time: of the longest cell, of the longest call, of all."""

    cell_seconds: float
    call_seconds: float
    total_seconds: float

    def least(self, other: Need) -> Need:
        """Return what the better of two runs needed of each."""
        pairs = ((getattr(self, name), getattr(other, name)) for name in Need.__struct_fields__)
        return Need(**dict(zip(Need.__struct_fields__, map(min, pairs), strict=True)))

    def problem(self, limits: Limits) -> str:
        """Say which limit is too narrow, nothing where none is."""
        for name in Need.__struct_fields__:
            used, limit = getattr(self, name), getattr(limits, name)
            if used > SHARE * limit:
                return say(
                    "proof-limits", least=2 * used / SHARE, limit=limit, name=name, used=used
                )
        return ""


def need_of(observed: Observed) -> Need | None:
    """Return what a run needed; None where nothing was run."""
    if observed.report is None:
        return None
    usage = observed.usage
    return Need(
        cell_seconds=usage.longest_cell,
        call_seconds=usage.longest_call,
        total_seconds=observed.report.cpu_seconds,
    )


class UsageBook:
    """What was measured, by the address of the trace."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._needs: dict[str, Need] = {}
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            self._needs = msgspec.json.decode(self._path.read_bytes(), type=dict[str, Need])

    def add(self, found: Mapping[str, Observed]) -> None:
        """Note what runs needed; the best one of each counts."""
        for one in found.values():
            need = need_of(one)
            if need is not None:
                known = self._needs.get(one.key)
                self._needs[one.key] = need.least(known) if known else need
        with contextlib.suppress(CourseError):  # measured anew the next time
            write_atomically(self._path, msgspec.json.encode(self._needs))

    def problems(self, found: Mapping[str, Observed], limits: Limits) -> dict[str, str]:
        """Return what is to be said against the limits by name; a file never run is doubtful."""
        needs = {name: self._needs.get(one.key) for name, one in found.items()}
        return {
            name: need.problem(limits) if need else say("proof-not-measured")
            for name, need in needs.items()
        }
