"""Put the frames of one child together into a trace, believing only what the job asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import msgspec

from autograder.errors import ProtocolError
from autograder.protocol.array import Array, require_sound
from autograder.protocol.codec import split_frames
from autograder.protocol.job import VERSION, Budget, Job
from autograder.protocol.trace import (
    KEPT_LOSSES,
    LOSS_KINDS,
    CallRecord,
    Done,
    Ending,
    Failure,
    Frame,
    Loading,
    LossRecord,
    ProbeRecord,
    ScenarioRecord,
    Trace,
)

MATRIX = 2
TEXT, ENTRIES = 1_000, 1_000  # characters, notes and failures: patterns are sought in them


def assemble(
    job: Job, data: bytes, *, ending: Ending, detail: str = "", output: bytes = b""
) -> Trace:
    """Return the trace of a finished child from the bytes on its result pipe.

    Frames must come in the job's order, each once, and end with :class:`Done`. What precedes the
    first frame out of order stands; it and all that follows is dropped, and the ending is a
    crash: student code wrote to our pipe, or stopped before its time.
    """
    loading: Loading | None = None
    probes: dict[str, ProbeRecord] = {}
    scenarios: dict[str, ScenarioRecord] = {}
    done = False
    expected = _order(job)
    try:
        for sent in split_frames(data):
            if done or next(expected, None) != _name(sent):
                done, detail = False, detail or "frame: out of order"
                break
            _require_fitting(sent, job)
            frame = _clipped(sent)
            match frame:
                case Loading():
                    loading = frame
                    done = frame.unreadable is not None
                case ProbeRecord():
                    probes[frame.id] = frame
                case ScenarioRecord():
                    scenarios[frame.id] = frame
                case Done():
                    done = True
    except ProtocolError as error:
        done = False
        detail = detail or str(error)
    if ending == "done" and not done:
        ending, detail = "crash", detail or "the process ended before its work was done"
    return Trace(
        version=VERSION,
        loading=loading,
        probes=probes,
        scenarios=scenarios,
        ending=ending,
        detail=detail,
        output=output.decode("utf-8", "backslashreplace"),
    )


def _require_fitting(frame: Frame, job: Job) -> None:
    """Raise ProtocolError for a frame that our worker would never send for this job.

    What it holds of a student's numbers is bounded in count here, in size by the judge.
    """
    for array in _arrays(frame):
        require_sound(array)
    match frame:
        case ProbeRecord():
            fitting = frame.failure is None or (frame.value, frame.gradients) == (None, None)
        case ScenarioRecord() if frame.failure is not None:
            fitting = (frame.calls, frame.prefixes) == ((), None)
        case ScenarioRecord():
            scenario = next(one for one in job.scenarios if one.id == frame.id)
            start = scenario.situation.start
            fitting = len(frame.calls) == len(scenario.calls)
            fitting &= all(_fits(call, start, job.budget) for call in frame.calls)
            prefixes = frame.prefixes
            fitting &= prefixes is None or _is_matrix(prefixes, job.budget.prefix_runs)
        case _:
            fitting = True
    if not fitting:
        raise ProtocolError(f"frame: {' '.join(_name(frame))} does not fit its job")


def _fits(call: CallRecord, start: Mapping[str, Array], budget: Budget) -> bool:
    """Say whether a call's record has the job's parameters, and no more than is recorded."""
    sizes = {name: math.prod(array.shape) for name, array in start.items()}
    found = {name: math.prod(array.shape) for name, array in call.parameters.items()}
    losses = call.losses
    matrices = [call.visited, call.held, *call.fresh.values(), *call.buffers.values()]
    return (
        found == sizes
        and list(found) == list(call.fresh) == list(call.buffers) == list(sizes)
        and all(_is_matrix(array, budget.recorded_steps) for array in matrices)
        and (losses is None or _is_sound(losses))
    )


def _is_matrix(array: Array, rows: int) -> bool:
    return len(array.shape) == MATRIX and array.shape[0] <= rows


def _is_sound(losses: LossRecord) -> bool:
    count = len(losses.kinds)
    known = not losses.kinds.strip(LOSS_KINDS)
    return losses.values.shape == (count,) and count <= KEPT_LOSSES and known


def _clipped(frame: Frame) -> Frame:
    """Return a frame with as much of a student's words as anyone would read."""
    replace = msgspec.structs.replace
    match frame:
        case Loading():
            return replace(
                frame,
                unreadable=_short(frame.unreadable),
                failures=tuple(replace(f, text=f.text[:TEXT]) for f in frame.failures[:ENTRIES]),
                notes=frame.notes[:ENTRIES],
            )
        case ProbeRecord():
            return replace(frame, failure=_short(frame.failure))
        case ScenarioRecord():
            return replace(frame, failure=_short(frame.failure), notes=frame.notes[:ENTRIES])
        case _:
            return frame


def _short(failure: Failure | None) -> Failure | None:
    return failure and msgspec.structs.replace(failure, text=failure.text[:TEXT])


def _arrays(frame: Frame) -> Iterator[Array]:
    """Yield every array in a frame."""
    match frame:
        case ProbeRecord():
            if frame.value is not None:
                yield frame.value
            yield from (frame.gradients or {}).values()
        case ScenarioRecord():
            if frame.prefixes is not None:
                yield frame.prefixes
            for call in frame.calls:
                yield from (call.visited, call.held)
                yield from (*call.parameters.values(), *call.fresh.values())
                yield from call.buffers.values()
                if call.losses is not None:
                    yield call.losses.values


def _order(job: Job) -> Iterator[tuple[str, str]]:
    yield ("loading", "")
    for probe in job.probes:
        yield ("probe", probe.id)
    for scenario in job.scenarios:
        yield ("scenario", scenario.id)
    yield ("done", "")


def _name(frame: Frame) -> tuple[str, str]:
    match frame:
        case Loading():
            return ("loading", "")
        case ProbeRecord():
            return ("probe", frame.id)
        case ScenarioRecord():
            return ("scenario", frame.id)
        case Done():
            return ("done", "")
