"""Read the training process out of a scenario's record: the parameters before every step."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from autograder.exercise.plan import PlannedScenario
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.protocol.job import Budget
from autograder.protocol.trace import CallRecord, ScenarioRecord

Evidence = Literal["calls", "backwards", "prefixes"]
MOVED = 1e-7  # of the parameter
JITTER = 1e-3  # of the largest step: what is smaller moves nothing
MOST_STEPS = Budget().recorded_steps


class Steps(msgspec.Struct, frozen=True, kw_only=True):
    """Parameters ``[N, P]`` before and after each step taken, and what they were read from.

    N is the number of steps asked for, one a batch, unless the loop takes more or
    fewer. ``call_of`` says for each step in which call of the training function it was taken.

    A step starts where the last one ended, but for a call that resets the parameters first.

    ``calls``: the parameters at each call of forward. ``backwards``: those at each backward, and
    ``prefixes``: the ends of runs of 1, 2, … iterations from the same start, where calls of
    forward do not show the process.
    """

    before: Values
    after: Values
    call_of: NDArray[np.int64]
    evidence: Evidence

    @property
    def moves(self) -> Values:
        """The step vectors, ``[N, P]``."""
        return self.after - self.before

    @property
    def moved(self) -> int:
        """How many steps changed a parameter by more than rounding, and than a jitter."""
        return count_moves(self.before, self.after)

    def taken(self, calls: int) -> tuple[int, ...]:
        """Return how many steps each of so many calls took."""
        return tuple(int((self.call_of == call).sum()) for call in range(calls))

    def first(self, count: int) -> Steps:
        """Return the first steps alone."""
        before, after, call_of = self.before[:count], self.after[:count], self.call_of[:count]
        return Steps(before=before, after=after, call_of=call_of, evidence=self.evidence)


def turns_of(call_of: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each step's place in its call, from 0."""
    _, firsts, which = np.unique(call_of, return_index=True, return_inverse=True)
    found: NDArray[np.int64] = np.arange(len(call_of)) - firsts[which]
    return found


def in_turn(taken: tuple[int, ...], batches: int) -> bool:
    """Say whether calls went through whole iterations: then each step's batch is known.

    Of a last call that goes on after what was recorded, too.
    """
    cut_off = taken[-1] == MOST_STEPS - 1
    return all(count % batches == 0 for count in (taken[:-1] if cut_off else taken))


def fresh_gradients(calls: Sequence[CallRecord], steps: Steps) -> Values | None:
    """Return the new gradient that hooks saw in each step ``[N, P]``, None where not one a step."""
    found = np.full_like(steps.moves, np.nan)
    for index, call in enumerate(calls):
        own = steps.call_of == index
        columns = [read_claim(rows) for rows in call.fresh.values()]
        if not columns or any(column.shape[:1] != (own.sum(),) for column in columns):
            return None
        rows = np.concatenate(columns, axis=1)
        if rows.shape != found[own].shape:
            return None
        found[own] = rows
    return found if np.isfinite(found).all() else None


def count_moves(before: Values, after: Values) -> int:
    """Return in how many rows ``[N, P]`` something moved by more than rounding and jitter."""
    sizes = np.abs(after - before).max(axis=1)
    rounding = MOVED * (1.0 + np.abs(before).max(axis=1))
    rounding[np.isinf(rounding)] = 0.0  # what leaves infinity moves
    largest = sizes[np.isfinite(sizes)].max(initial=0.0)
    return int((~(sizes <= np.maximum(rounding, JITTER * largest))).sum())


def end_of(call: CallRecord) -> Values:
    """Return the flat parameters after a call, ``[P]``."""
    return np.concatenate([read_claim(array).reshape(-1) for array in call.parameters.values()])


def read_steps(
    record: ScenarioRecord,
    start: Values,
    counts: tuple[int, ...],
    *,
    keeps_best: bool = False,
    stops_early: bool = False,
) -> Steps | None:
    """Return the steps of a scenario, or None where the process could not be seen.

    ``counts`` are the steps that each call should take. Runs of growing length must end where the
    whole run did. Where training goes back to its best parameters at the end (``keeps_best``), the
    last step ends at the parameters that were seen last. Where it may end by itself
    (``stops_early``), there are as many steps as gradients.
    """
    if len(record.calls) != len(counts):
        return None
    ends = [end_of(call) for call in record.calls]
    if any(end.shape != start.shape for end in ends):
        return None
    begins = [start, *ends[:-1]]
    if keeps_best:
        last = [
            _last_seen(call, end, {count, gradients_of(call)} if stops_early else {count})
            for call, end, count in zip(record.calls, ends, counts, strict=True)
        ]
        ends = [end if found is None else found for found, end in zip(last, ends, strict=True)]
    seen = _from_calls(record, begins, ends, counts) or _from_backwards(record, ends, counts)
    if seen is not None:
        return seen
    if record.prefixes is None or len(counts) != 1:
        return None
    rows = read_claim(record.prefixes)
    if rows.shape != (counts[0], start.size) or not np.array_equal(rows[-1], ends[0]):
        return None
    return Steps(
        before=np.vstack([start, rows[:-1]]),
        after=rows,
        call_of=np.zeros(len(rows), dtype=np.int64),
        evidence="prefixes",
    )


def _last_seen(call: CallRecord, end: Values, counts: Collection[int]) -> Values | None:
    """Return where the last step ended, as an evaluation after it shows it; None where none does.

    Each step has its backward, and the parameters after the last one are seen once more.
    """
    rows = read_claim(call.visited)
    if rows.shape[1:] != end.shape or not len(rows):
        return None
    changed = 1 + int((rows[1:] != rows[:-1]).any(axis=1).sum())
    return rows[-1] if changed - 1 in counts else None


def gradients_of(call: CallRecord) -> int:
    """Return how many gradients a call computed, as far as they were recorded: one a step."""
    return max((array.shape[0] for array in call.fresh.values()), default=0)


def counts_of(planned: PlannedScenario, expected: ScenarioRecord, batches: int) -> tuple[int, ...]:
    """Return the iterations of each call: those asked for, or until the reference stops early."""
    calls = planned.scenario.calls
    if not planned.stops_early or len(expected.calls) != len(calls):
        return calls
    run = (gradients_of(call) // batches for call in expected.calls)
    return tuple(min(count, own or count) for count, own in zip(calls, run, strict=True))


def _from_calls(
    record: ScenarioRecord, begins: list[Values], ends: list[Values], counts: tuple[int, ...]
) -> Steps | None:
    paths, seen_ends = [], []
    for call, begin, end, count in zip(record.calls, begins, ends, counts, strict=True):
        visited = read_claim(call.visited)
        if visited.shape[1:] != end.shape or not 0 < len(visited) <= MOST_STEPS:
            return None
        backwards = {array.shape[0] for array in call.fresh.values()}
        path = _one_each(visited, end, count, backwards)
        if path is None:
            return None
        found = _before(path, begin, end)
        cut_off = len(visited) == MOST_STEPS  # what came after was not recorded
        paths.append(found[:-1] if cut_off else found)
        seen_ends.append(found[-1] if cut_off else end)
    return _joined(paths, seen_ends, "calls")


def _before(path: Values, begin: Values, end: Values) -> Values:
    """Return a path of one row a step as the parameters before each step.

    A loop that predicts by itself, and calls forward only to record the loss after the update,
    shows the parameters after each: all but the first, and the last one too. Where the last steps
    no longer move, that says nothing: training that began elsewhere ends so, too.
    """
    late = np.array_equal(path[-1], end) and not np.array_equal(path[0], begin)
    moving = len(path) == 1 or not np.array_equal(path[-1], path[-2])
    return np.vstack([begin[None], path[:-1]]) if late and moving else path


def _from_backwards(
    record: ScenarioRecord, ends: list[Values], counts: tuple[int, ...]
) -> Steps | None:
    """Read the parameters at each backward, where there was one a step."""
    paths = [read_claim(call.held) for call in record.calls]
    for path, end, count in zip(paths, ends, counts, strict=True):
        if path.shape != (count, *end.shape):
            return None
    return _joined(paths, ends, "backwards")


def _joined(paths: list[Values], ends: list[Values], evidence: Evidence) -> Steps:
    after = [np.vstack([path[1:], end[None]]) for path, end in zip(paths, ends, strict=True)]
    call_of = [np.full(len(path), index) for index, path in enumerate(paths)]
    return Steps(
        before=np.vstack(paths),
        after=np.vstack(after),
        call_of=np.concatenate(call_of),
        evidence=evidence,
    )


def _one_each(visited: Values, end: Values, count: int, backwards: set[int]) -> Values | None:
    """Return one row a step, or None where the calls of forward do not show them.

    Forward may be called more than once a step, and once more at the end. A loop that takes more
    or fewer steps than asked for is seen by its backwards.
    """
    changed = np.ones(len(visited), dtype=bool)
    changed[1:] = (visited[1:] != visited[:-1]).any(axis=1)
    rows = visited[changed]
    if len(rows) > 1 and backwards == {len(rows) - 1} and np.array_equal(rows[-1], end):
        return rows[:-1]  # looked once more and stopped: as many steps as backwards
    for rows in (visited, visited[changed]):
        path = rows[:-1] if len(rows) == count + 1 and np.array_equal(rows[-1], end) else rows
        if len(path) == count:
            return path
    for rows in (visited, visited[changed]):
        if backwards == {len(rows)}:
            return _turned_into_one(rows, end, count)
    return None


def _turned_into_one(rows: Values, end: Values, count: int) -> Values:
    """Return one row an iteration where each looks anew for each parameter that it moves.

    As where a second loss is computed for the second parameter. Each of an iteration's looks must
    move parameters of its own, the same ones in all iterations.
    """
    each, left = divmod(len(rows), count)
    if left or not 1 < each <= end.size:
        return rows
    moves = np.diff(np.vstack([rows, end[None]]), axis=0).reshape(count, each, end.size)
    moved = (moves != 0.0).any(axis=0)
    own = (moved.sum(axis=0) <= 1).all() and moved.any(axis=1).all()
    return rows[::each] if own else rows
