"""Put the frames of one child together into a trace, believing only what the job asked for."""

from __future__ import annotations

import contextlib
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, get_args

import msgspec

from autograder.errors import ProtocolError
from autograder.protocol.array import Array, require_sound
from autograder.protocol.closed import Named
from autograder.protocol.codec import split_frames
from autograder.protocol.job import VERSION, Budget, Contract, Job, Situation, records_of
from autograder.protocol.script import (
    LONGEST_PLACE,
    MOST_STATES,
    STATE_SUMS,
    Effect,
    Mode,
    Moved,
    Script,
    Step,
)
from autograder.protocol.steps import due, opening_of, shares_of
from autograder.protocol.trace import (
    EXCEPTIONS,
    KEPT_BINDS,
    KEPT_LOSSES,
    LISTED_CELLS,
    LISTED_CHARACTERS,
    LONGEST_NAME,
    LOSS_KINDS,
    MOST_LANDMARKS,
    SHORTER,
    CallRecord,
    Done,
    Ending,
    Failure,
    Frame,
    Listing,
    Loading,
    LossRecord,
    ProbeRecord,
    ScenarioRecord,
    ScriptRecord,
    Spent,
    StepRecord,
    Trace,
)
from autograder.protocol.value import Numbers, Table, Text, require_bounded

MATRIX = 2
MOST_NAMES = 1_000
LONGEST_MODULE = 100
TEXT, ENTRIES = 1_000, 1_000  # characters, notes and failures: patterns are sought in them


def assemble(  # all that is left of a child
    job: Job,
    data: bytes,
    *,
    ending: Ending,
    ends: Sequence[int] = (),
    detail: str = "",
    output: bytes = b"",
) -> Trace:
    """Return the trace of a finished child from the bytes that it wrote.

    Frames must come in the job's order, each once, and end with :class:`Done`. A listing counts
    where it is the very first one. What precedes the first frame out of order stands; it and all
    that follows is dropped, and the ending is a crash: student code wrote to our pipe, or stopped
    before its time.

    ``ends`` is how much there was when each share of what is hidden was sent: a frame counts only
    if it came before the share after its own, and of what answers to a share no text is kept.
    """
    listing: Listing | None = None
    loading: Loading | None = None
    records: dict[type[msgspec.Struct], dict[str, Any]]
    records = {ScriptRecord: {}, ProbeRecord: {}, ScenarioRecord: {}}
    done = False
    expected, named = _order(job), Named()
    try:
        listing = _listing_in(data)
        for step, sent in _in_steps(data, ends):
            if isinstance(sent, (Spent, Listing)):
                continue
            if done or next(expected, None) != (step, *_name(sent)):
                done, detail = False, detail or "frame: out of order"
                break
            _require_fitting(sent, job)
            _require_plain(sent, job)
            frame = _clipped(sent)
            if step:
                frame = named.closed(frame)
            else:
                named.add(frame)
            match frame:
                case Loading():
                    loading = frame
                    done = frame.unreadable is not None
                case ScriptRecord() | ProbeRecord() | ScenarioRecord():
                    records[type(frame)][frame.id] = frame
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
        probes=records[ProbeRecord],
        scenarios=records[ScenarioRecord],
        ending=ending,
        detail=detail,
        output=output.decode("utf-8", "backslashreplace"),
        listing=listing,
        scripts=records[ScriptRecord],
    )


def _in_steps(data: bytes, ends: Sequence[int]) -> Iterator[tuple[int, Frame]]:
    """Yield each frame with the number of shares that had been sent before it was there."""
    for step, (begin, end) in enumerate(itertools.pairwise((0, *ends, len(data)))):
        for frame in split_frames(data[begin:end]):
            yield step, frame


class Usage(NamedTuple):
    """Seconds of processor time that a child says to have used, and which cell took most of it."""

    longest_cell: float = 0.0
    longest_call: float = 0.0
    slowest_cell: int | None = None


def usage_of(data: bytes, total_seconds: float, ends: Sequence[int] = ()) -> Usage:
    """Return what the frames of a finished child say of its processor time: a claim, for people.

    ``total_seconds`` is what was measured from outside: the cell that was still running took the
    rest of it. Of cells only what was said before anything hidden was sent counts.
    """
    cells: list[tuple[int | None, float]] = []
    longest_call, loaded = 0.0, False
    with contextlib.suppress(ProtocolError):
        for step, frame in _in_steps(data, ends):
            if isinstance(frame, Spent) and not loaded and not step:
                cells.append((frame.cell, frame.seconds))
            elif isinstance(frame, Spent):
                longest_call = frame.longest_call
            loaded |= isinstance(frame, Loading)
    lasted = [seconds for _, seconds in cells[1:]] + [total_seconds]
    spent = [
        (end - begin, cell)
        for (cell, begin), end in zip(cells, lasted, strict=False)  # none if it never got there
        if cell is not None
    ]
    longest, slowest = max(spent, default=(0.0, None), key=lambda one: one[0])
    return Usage(longest, longest_call, slowest)


def _listing_in(data: bytes) -> Listing | None:
    """Return the first frame where it is a listing: no code of a student's had run when it came.

    Raises ProtocolError for one that our worker would never send.
    """
    listing = next(split_frames(data), None)
    if not isinstance(listing, Listing):
        return None
    size = len(listing.file) + sum(len(cell.text) for cell in listing.cells)
    lines = {cell.number: cell.text.count("\n") + 1 for cell in listing.cells}
    fitting = (
        len(listing.file) <= TEXT
        and size <= LISTED_CHARACTERS + TEXT
        and len(lines) == len(listing.cells) <= LISTED_CELLS
        and len(listing.landmarks) <= MOST_LANDMARKS
        and all(1 <= one.first <= one.last <= lines.get(one.cell, 0) for one in listing.landmarks)
        and len(listing.bare) in (0, len(listing.cells))
        and sum(map(len, listing.bare)) <= LISTED_CHARACTERS
    )
    if not fitting:
        raise ProtocolError("frame: the listing does not fit")
    return listing


def _require_fitting(frame: Frame, job: Job) -> None:
    """Raise ProtocolError for a frame that our worker would never send for this job.

    What it holds of a student's numbers is bounded in count here, in size by the judge.
    """
    for array in _arrays(frame):
        require_sound(array)
    match frame:
        case ScriptRecord():
            fitting = _fits_script(frame, job)
        case ProbeRecord():
            fitting = frame.failure is None or (frame.value, frame.gradients) == (None, None)
        case ScenarioRecord() if frame.failure is not None:
            fitting = (frame.calls, frame.prefixes) == ((), None)
            start = _situation_of(frame, job).start
            fitting &= frame.partial is None or _fits(frame.partial, start, job.budget)
        case ScenarioRecord():
            scenario = next(one for one in job.scenarios if one.id == frame.id)
            start = scenario.situation.start
            fitting = len(frame.calls) == len(scenario.calls) and frame.partial is None
            fitting &= all(_fits_records(call, job.contract) for call in frame.calls)
            fitting &= all(_fits(call, start, job.budget) for call in frame.calls)
            prefixes = frame.prefixes
            fitting &= prefixes is None or _is_matrix(prefixes, job.budget.prefix_runs)
        case _:
            fitting = True
    if not fitting:
        raise ProtocolError(f"frame: {' '.join(_name(frame))} does not fit its job")


def _fits_script(record: ScriptRecord, job: Job) -> bool:
    """Return whether a script's record has a step for each of its own, and no more."""
    script = next(one for one in job.scripts if one.id == record.id)
    if (record.phase, record.variant) != (script.phase, script.variant):
        return False
    if len(record.steps) != len(script.steps):
        return False
    for step, found in zip(script.steps, record.steps, strict=True):
        if found.value is not None:
            require_bounded(found.value, kept=frozenset(step.keep))
        given = {*map(str, range(len(step.arguments))), *step.named}
        if not _fits_effects(step, found, given):
            return False
        if found.value is not None and (found.failure is not None or not step.record):
            return False
        known = given | (_loaded(script) if step.wrt else set())
        if found.gradients is not None and not known.issuperset(found.gradients):
            return False
        for gradient in (found.gradients or {}).values():
            require_bounded(gradient)
    return True


def _loaded(script: Script) -> set[str]:
    """Return the names of parameters that a script loads."""
    given = (one for step in script.steps if step.do == "load" for one in step.arguments)
    tables = (one.pairs for one in given if isinstance(one, Table))
    return {name.text for pairs in tables for name, _ in pairs if isinstance(name, Text)}


def _fits_effects(step: Step, found: StepRecord, given: set[str]) -> bool:
    """Say whether a step's record says of effects only what was asked, in known words."""
    noted: dict[Effect, bool] = {
        "arguments": bool(found.changed),
        "parameters": bool(found.moved),
        "modes": bool(found.modes),
        "graph": found.graph,
        "storage": bool(found.shares),
        "events": bool(found.events),
        "calls": bool(found.called),
        "state": bool(found.state),
    }
    asked = all(effect in step.effects for effect, is_there in noted.items() if is_there)
    named = given.issuperset((*found.changed, *found.shares))
    few = len(found.changed) <= len(given) and len(found.shares) <= len(given)
    few &= len(found.moved) <= len(get_args(Moved)) and len(found.modes) <= len(get_args(Mode))
    called = set(step.forbids).issuperset(found.called) and len(found.called) <= len(step.forbids)
    return asked and named and few and called and found.events >= 0 and _are_sums(found.state)


def _are_sums(state: Mapping[str, Numbers]) -> bool:
    for sums in state.values():
        require_bounded(sums)
    return len(state) <= MOST_STATES and all(
        (one.dtype, one.shape) == ("f8", (STATE_SUMS,)) and len(place) <= LONGEST_PLACE
        for place, one in state.items()
    )


def _situation_of(frame: ScenarioRecord, job: Job) -> Situation:
    return next(one for one in job.scenarios if one.id == frame.id).situation


def _fits(call: CallRecord, start: Mapping[str, Array], budget: Budget) -> bool:
    """Return whether a call's record has the job's parameters, and no more than is recorded."""
    sizes = {name: math.prod(array.shape) for name, array in start.items()}
    found = {name: math.prod(array.shape) for name, array in call.parameters.items()}
    losses = call.losses
    matrices = [call.visited, call.held, *call.fresh.values(), *call.buffers.values()]
    matrices += call.left.values()
    return (
        found == sizes
        and list(call.left) in ([], list(sizes))
        and list(found) == list(call.fresh) == list(call.buffers) == list(sizes)
        and all(_is_matrix(array, budget.recorded_steps) for array in matrices)
        and (losses is None or _is_sound(losses))
    )


def _fits_records(call: CallRecord, contract: Contract) -> bool:
    """Say whether a call's further lists are the contract's."""
    found = {} if call.recorded is msgspec.UNSET else call.recorded
    sound = all(record is None or _is_sound(record) for record in found.values())
    return sound and list(found) == [names[0] for names in records_of(contract)]


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
        case ScriptRecord():
            steps = tuple(replace(one, failure=_short(one.failure)) for one in frame.steps)
            return replace(frame, steps=steps)
        case ProbeRecord():
            return replace(frame, failure=_short(frame.failure))
        case ScenarioRecord():
            return replace(frame, failure=_short(frame.failure), notes=frame.notes[:ENTRIES])
        case _:
            return frame


def _short(failure: Failure | None) -> Failure | None:
    return failure and msgspec.structs.replace(failure, text=failure.text[:TEXT])


def _require_plain(frame: Frame, job: Job) -> None:
    """Raise ProtocolError for words in a frame that our worker would never send.

    A limit is one of the job's, so that no number of a hidden scenario can be told as one; names
    are names.
    """
    call, cells = job.budget.call_seconds, job.budget.cells_seconds
    limits = {0.0, call}
    failures: tuple[Failure | None, ...] = ()
    names: list[str] = []
    if isinstance(frame, Loading):
        failures = frame.failures
        limits |= {cells * SHORTER**struck for struck in range(len(failures))}
        names = [name for failure in frame.failures for name in failure.binds]
        for sighting in frame.sightings:
            names += [*sighting.name.split("."), *sighting.instead]
        names = [name for name in names if name]
        fitting = len(names) <= MOST_NAMES and all(len(f.binds) <= KEPT_BINDS for f in failures)
        failures = (*failures, frame.unreadable)
    else:
        failures = (getattr(frame, "failure", None),)
        if isinstance(frame, ScriptRecord):
            failures = tuple(step.failure for step in frame.steps)
        fitting = not any(failure and failure.binds for failure in failures)
    fitting &= all(len(name) <= LONGEST_NAME and name.isidentifier() for name in names)
    fitting &= all(_is_typed(failure) for failure in failures if failure is not None)
    fitting &= all(failure.seconds in limits for failure in failures if failure is not None)
    if not fitting:
        raise ProtocolError("frame: it names what is no name")


def _is_typed(failure: Failure) -> bool:
    """Return whether all that decides or is shown of hidden situations is from closed sets."""
    named = all(part.isidentifier() for part in failure.name.split(".")) or not failure.name
    known = not failure.raised or failure.raised in EXCEPTIONS
    return named and known and len(failure.name) <= LONGEST_MODULE


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
            for call in (*frame.calls, *([frame.partial] if frame.partial else [])):
                yield from (call.visited, call.held)
                yield from (*call.parameters.values(), *call.fresh.values())
                yield from (*call.buffers.values(), *call.left.values())
                if call.losses is not None:
                    yield call.losses.values
                if call.recorded is not msgspec.UNSET:
                    yield from (one.values for one in call.recorded.values() if one is not None)


def _order(job: Job) -> Iterator[tuple[int, str, str]]:
    """Yield step, tag and id of each frame that is due."""
    yield (0, "loading", "")
    yield from ((0, *name) for name in due(opening_of(job)))
    step = 0
    for step, share in enumerate(shares_of(job), start=1):
        yield from ((step, *name) for name in due(share))
    yield (step, "done", "")


def _name(frame: Frame) -> tuple[str, str]:
    return str(frame.__struct_config__.tag), getattr(frame, "id", "")
