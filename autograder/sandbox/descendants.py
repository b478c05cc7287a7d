"""End every process that a child left behind, where no process namespace does so."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from pathlib import Path

from autograder.errors import SandboxError
from autograder.sandbox import linux

PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.001


def adopt_descendants() -> None:
    """From now on, whoever loses its parent below this process becomes its child (Linux)."""
    if sys.platform == "linux":
        linux.adopt_orphans()


def end_descendants() -> None:
    """Kill all children of this process, and theirs as they come up, until none is left.

    Raises SandboxError where there are still some after ten seconds.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if time.monotonic() > deadline:
            raise SandboxError("end processes: a child's processes outlive being killed")
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        time.sleep(PAUSE_SECONDS)


def _children() -> list[int]:
    """Return the children of this process; it has one thread."""
    own = os.getpid()
    try:
        return [int(word) for word in Path(f"/proc/self/task/{own}/children").read_text().split()]
    except OSError:  # a kernel without that file, or no Linux
        return [pid for pid in _all_processes() if _parent_of(pid) == own]


def _all_processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _parent_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        # "pid (name) state parent": a name may hold anything, even parentheses.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
