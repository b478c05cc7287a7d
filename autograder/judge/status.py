"""A submission's status, and what is said of it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.judge import words
from autograder.judge.notices import say
from autograder.judge.result import Status
from autograder.protocol.trace import Failure, Note, Trace

KEPT_NOTES = 30
_STATUS_OF_ENDING: Mapping[str, Status] = {
    "sandbox": "sandbox_error",
    "time": "time_limit",
    "memory": "memory_limit",
    "output": "output_limit",
    "crash": "crashed",
}
_STATUS_OF_FAILURE: Mapping[str, Status] = {
    "time": "time_limit",
    "memory": "memory_limit",
}


def status_of(trace: Trace) -> Status:
    """Return the submission's status from how its trace ended and what limits it met."""
    if trace.ending == "sandbox":
        return "sandbox_error"
    loading = trace.loading
    if loading is not None and loading.unreadable is not None:
        return "memory_limit" if loading.unreadable.kind == "memory" else "not_gradable"
    if trace.ending != "done":
        return _STATUS_OF_ENDING[trace.ending]
    for failure in failures_of(trace):
        if failure.kind in _STATUS_OF_FAILURE:
            return _STATUS_OF_FAILURE[failure.kind]
    if loading is None or not loading.defined:
        return "not_gradable"
    return "graded"


def failures_of(trace: Trace) -> list[Failure]:
    """Return all failures in a trace, in the order in which they happened."""
    found = list(trace.loading.failures) if trace.loading else []
    found += [probe.failure for probe in trace.probes.values() if probe.failure]
    found += [scenario.failure for scenario in trace.scenarios.values() if scenario.failure]
    return found


def message_of(trace: Trace, status: Status) -> str:
    """Return what is said of the whole submission."""
    loading = trace.loading
    if loading is not None and loading.unreadable is not None:
        return words.clean(loading.unreadable.text)
    if status == "not_gradable":
        first = loading.failures[0] if loading and loading.failures else None
        cause = f" {words.cell_failure(first)}." if first else ""
        return words.clean(f"{words.NOTHING_DEFINED}{cause}")
    message = words.STATUS_MESSAGES.get(status, "")
    return words.clean(f"{message} ({trace.detail})") if status == "sandbox_error" else message


def notes_of(trace: Trace, further: Iterable[Note] = ()) -> tuple[str, ...]:
    """Return notes on what did not work, at most so many; and further ones before them."""
    if trace.loading is None:
        return ()
    notes = [say(note) for note in further]
    notes += [words.clean(words.cell_failure(failure)) for failure in trace.loading.failures]
    notes += [say(note) for note in noted(trace)]
    return tuple(note for note in dict.fromkeys(notes[:KEPT_NOTES]) if note)


def noted(trace: Trace) -> list[Note]:
    """Return all notes of a trace, in the order in which they were made."""
    found = list(trace.loading.notes) if trace.loading else []
    for record in trace.scenarios.values():
        found += record.notes
    return found
