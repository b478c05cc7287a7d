"""From a job to its trace: how a child's end is read, and how a trace is addressed."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
import signal
from pathlib import Path

import autograder
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Ending, Trace
from autograder.sandbox.message import Level, Report
from autograder.sandbox.policy import Policy

OBSERVING_PARTS = ("protocol", "worker", "sandbox")
_ENDING_OF_REASON: dict[str, Ending] = {
    "setup": "sandbox",
    "wall": "time",
    "output": "output",
    "memory": "memory",
}


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


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that a grade depends on."""
    names = ("torch", "numpy")
    return {
        "autograder": autograder.__version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }


@functools.cache
def _code_digest() -> bytes:
    """Return a digest of all code that takes part in observing."""
    root = Path(autograder.__file__).parent
    digest = hashlib.sha256()
    for part in OBSERVING_PARTS:
        for path in sorted((root / part).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


def trace_key(job_bytes: bytes, policy: Policy, level: Level) -> str:
    """Return the address of a trace: everything that it depends on, and nothing else."""
    digest = hashlib.sha256(_code_digest())
    digest.update(repr(sorted(versions().items())).encode())
    digest.update(encode(policy))
    digest.update(level.encode())
    digest.update(hashlib.sha256(job_bytes).digest())
    return digest.hexdigest()
