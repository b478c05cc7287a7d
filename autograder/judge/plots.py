"""Whether a submission that was observed with do-nothing plots needs real ones."""

from __future__ import annotations

from autograder.judge.status import failures_of
from autograder.protocol.job import Job
from autograder.protocol.trace import FailureKind, Trace

_OF_THE_FILE: frozenset[FailureKind] = frozenset(
    {"not_implemented", "syntax", "signature", "missing", "unreadable"}
)
"""What is the file's own, whatever its plots do: nothing of it comes of a plot."""


def needs_real_plots(job: Job, trace: Trace) -> bool:
    """Return whether to observe it again, from the start, with the real matplotlib.

    A run with do-nothing plots stands only where nothing failed that a plot can be the cause of,
    and no limit struck.
    """
    if job.plots != "inert" or trace.ending == "sandbox":
        return False
    if trace.loading is None or not trace.loading.plots:
        return False
    failed = any(failure.kind not in _OF_THE_FILE for failure in failures_of(trace))
    return failed or trace.ending != "done"
