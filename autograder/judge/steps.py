"""Read the training process out of a scenario's record: the parameters before every step."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from autograder.judge.compare import Values
from autograder.protocol.array import unpack
from autograder.protocol.job import Budget
from autograder.protocol.trace import CallRecord, ScenarioRecord

Evidence = Literal["calls", "prefixes"]
MOVED = 1e-7
MOST_STEPS = Budget().recorded_steps


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters ``[N, P]`` before and after each step taken, and what they were read from.

    N is the number of iterations asked for, unless the loop takes more or fewer.

    A step starts where the last one ended, but for a call that resets the parameters first.

    ``calls``: the parameters at each call of forward. ``prefixes``: the ends of runs of 1, 2, …
    iterations from the same start, where calls of forward do not show the process.
    """

    before: Values
    after: Values
    evidence: Evidence

    @property
    def moves(self) -> Values:
        """The step vectors, ``[N, P]``."""
        return self.after - self.before

    @property
    def moved(self) -> int:
        """How many steps changed a parameter by more than rounding."""
        scale = 1.0 + np.abs(self.before).max(axis=1)
        return int((np.abs(self.moves).max(axis=1) > MOVED * scale).sum())


def end_of(call: CallRecord) -> Values:
    """Return the flat parameters after a call, ``[P]``."""
    return np.concatenate([unpack(array).reshape(-1) for array in call.parameters.values()])


def read_steps(record: ScenarioRecord, start: Values, counts: tuple[int, ...]) -> Steps | None:
    """Return the steps of a scenario, or None where the process could not be seen.

    The runs of growing length must end where the whole run did.
    """
    if len(record.calls) != len(counts):
        return None
    ends = [end_of(call) for call in record.calls]
    if any(end.shape != start.shape for end in ends):
        return None
    seen = _from_calls(record, start, ends, counts)
    if seen is not None:
        return Steps(before=seen[0], after=seen[1], evidence="calls")
    if record.prefixes is None or len(counts) != 1:
        return None
    rows = unpack(record.prefixes)
    if rows.shape != (counts[0], start.size) or not np.array_equal(rows[-1], ends[0]):
        return None
    return Steps(before=np.vstack([start, rows[:-1]]), after=rows, evidence="prefixes")


def _from_calls(
    record: ScenarioRecord, start: Values, ends: list[Values], counts: tuple[int, ...]
) -> tuple[Values, Values] | None:
    before, after = [], []
    for call, end, count in zip(record.calls, ends, counts, strict=True):
        visited = unpack(call.visited)
        if visited.ndim != 2 or visited.shape[1:] != start.shape:
            return None
        changed = np.ones(len(visited), dtype=bool)
        changed[1:] = (visited[1:] != visited[:-1]).any(axis=1)
        visited = visited[changed]
        if len(visited) == count + 1 and np.array_equal(visited[-1], end):
            visited = visited[:-1]  # forward was called once more after the last step
        backwards = [len(unpack(array)) for array in call.fresh.values()]
        if len(visited) != count and not (backwards and set(backwards) == {len(visited)}):
            return None
        if not 0 < len(visited) <= MOST_STEPS:
            return None
        before.append(visited)
        after += [visited[1:], end[None]]
    return np.vstack(before), np.vstack(after)
