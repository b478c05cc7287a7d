"""From a job to its trace: how a child's end is read."""

from __future__ import annotations

import signal

from autograder.engines.identity import versions
from autograder.grading.address import trace_key
from autograder.protocol.assembly import assemble
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Ending, Trace
from autograder.sandbox.message import Report
from autograder.sandbox.policy import Policy

_ENDING_OF_REASON: dict[str, Ending] = {
    "setup": "sandbox",
    "wall": "time",
    "output": "output",
    "memory": "memory",
}

__all__ = ["budget_for", "ending_of", "trace_key", "trace_of", "versions"]


def budget_for(policy: Policy, output_bytes: int) -> Budget:
    """Return soft limits that, struck one after the other, still end before the hard one.

    They are seconds of processor time: code that computes meets them however busy the machine is.
    """
    return Budget(
        cells_seconds=0.35 * policy.wall_seconds,
        call_seconds=0.2 * policy.wall_seconds,
        output_bytes=output_bytes,
    )


def ending_of(report: Report, policy: Policy) -> Ending:
    """Say how a child ended, in the trace's words."""
    if report.reason != "exit":
        return _ENDING_OF_REASON[report.reason]
    if report.code == 0:
        return "done"
    killed = report.code in (-signal.SIGKILL, -signal.SIGXCPU)
    if killed and report.cpu_seconds >= 0.9 * policy.cpu_seconds:
        return "time"
    return "crash"


def trace_of(job: Job, report: Report, policy: Policy) -> Trace:
    """Return the trace that a child left."""
    ending = ending_of(report, policy)
    detail = report.detail if ending in ("sandbox", "crash") else ""
    return assemble(job, report.frames, ending=ending, detail=detail, output=report.output)
