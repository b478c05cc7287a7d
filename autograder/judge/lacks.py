"""Modules that a file needs and the grader lacks, which is not the student's fault."""

from __future__ import annotations

from collections.abc import Iterable

from autograder.judge.result import CheckResult
from autograder.judge.status import noted
from autograder.protocol.trace import Note, Trace

MOST_MODULES, LONGEST_NAME = 50, 100
USED = "missing-module-used"
"""The worker's code where what a missing module would have done may count further on."""


def missing_modules(trace: Trace) -> tuple[str, ...]:
    """Return the modules that a file imports and the grader lacks: names as Python has them."""
    named = trace.loading.missing if trace.loading is not None else ()
    return tuple(dict.fromkeys(name for name in named if _is_name(name)))[:MOST_MODULES]


def _is_name(name: str) -> bool:
    return len(name) <= LONGEST_NAME and all(part.isidentifier() for part in name.split("."))


def costs_of_lacks(trace: Trace, checks: Iterable[CheckResult], *, graded: bool) -> list[Note]:
    """Return a note for each missing module that what was lost may hang on.

    A value was asked of it, or what it was given is used further on; or nothing is defined at all.
    """
    if graded and all(check.passed for check in checks):
        return []
    loading = trace.loading
    failures = list(loading.failures) if loading is not None else []
    notes = noted(trace)
    failures += [record.failure for record in trace.probes.values() if record.failure]
    failures += [record.failure for record in trace.scenarios.values() if record.failure]
    steps = [step for script in trace.scripts.values() for step in script.steps]
    failures += [step.failure for step in steps if step.failure]
    found = [failure.name for failure in failures if failure.kind == "module"]
    found += [note.values.get("module", "") for note in notes if note.code == USED]
    if not graded:
        found += [note.values.get("module", "") for note in notes if note.code == "missing-module"]
    return [
        Note(code="missing-module-value", values={"module": module})
        for module in dict.fromkeys(found)
    ]
