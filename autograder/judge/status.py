"""A submission's status, and what is said of it as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.judge import messages
from autograder.judge.notices import OURS, text_of, text_of_failure
from autograder.judge.own_names import OwnNames
from autograder.judge.result import Status
from autograder.protocol.job import ROLES, Contract
from autograder.protocol.trace import Failure, Note, Trace
from autograder.words.text import NOTHING, Text, text, verbatim

KEPT_NOTES = 30
_STATUS_OF_ENDING: Mapping[str, Status] = {
    "sandbox": "sandbox_error",
    "time": "time_limit",
    "wait": "time_limit",
    "memory": "memory_limit",
    "output": "output_limit",
    "crash": "crashed",
}
_STATUS_OF_FAILURE: Mapping[str, Status] = {
    "time": "time_limit",
    "wait": "time_limit",
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


def message_of(trace: Trace, status: Status, contract: Contract) -> Text:
    """Return what is said of the whole submission."""
    loading = trace.loading
    if loading is not None and loading.unreadable is not None:
        said = messages.clauses(*map(text_of, loading.notes))
        return said or verbatim(messages.clean(loading.unreadable.text))
    if status == "not_gradable":
        own = OwnNames(loading=loading, contract=contract)
        reasons = dict.fromkeys(own.reason(role)[0] for role in ROLES)
        why = messages.clauses(*reasons)
        return text("nothing-defined-because", why=why) if why else messages.NOTHING_DEFINED
    if trace.ending == "time":
        return messages.TOO_LONG
    if status == "sandbox_error" and trace.detail:
        return text("status-sandbox-error-of", detail=messages.clean(trace.detail))
    return messages.STATUS_MESSAGES.get(status, NOTHING)


def notes_of(trace: Trace, further: Iterable[Note] = ()) -> tuple[Text, ...]:
    """Return notes on what did not work, at most so many; and further ones before them."""
    if trace.loading is None or trace.loading.unreadable is not None:
        return ()
    notes = [text_of(note) for note in further]
    notes += [text_of_failure(failure) for failure in trace.loading.failures]
    notes += [text_of(note) for note in noted(trace)]
    return tuple(note for note in dict.fromkeys(notes[:KEPT_NOTES]) if note)


def told(trace: Trace) -> list[Note | Failure]:
    """Return all of a trace that may ask for a person."""
    return [*(trace.loading.failures if trace.loading else ()), *noted(trace)]


def noted(trace: Trace) -> list[Note]:
    """Return all notes of a trace, in the order in which they were made, but for forged ones."""
    found = list(trace.loading.notes) if trace.loading else []
    for record in trace.scenarios.values():
        found += record.notes
    return [note for note in found if note.code not in OURS]
