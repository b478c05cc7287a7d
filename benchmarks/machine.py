"""What the measurements ran on, and what a tree of processes uses: memory, processor time."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import threading
from collections.abc import Iterator
from pathlib import Path

import autograder

MB = 1e6
SAMPLE_SECONDS = 0.25
TICK = os.sysconf("SC_CLK_TCK")
PACKAGES = ("torch", "numpy", "matplotlib", "msgspec", "ipython", "nbformat")


def describe() -> dict[str, object]:
    """Return cores, processor, memory, kernel and the versions in this environment."""
    return {
        "cores": len(os.sched_getaffinity(0)),
        "processor": _field("/proc/cpuinfo", "model name") or platform.machine(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "autograder": autograder.__version__,
        **{name: importlib.metadata.version(name) for name in PACKAGES},
    }


def load() -> float:
    """Return the load average of the last minute."""
    return round(os.getloadavg()[0], 2)


@contextlib.contextmanager
def sampled(root: int) -> Iterator[list[float]]:
    """Sample the memory of a process and all below it, in MB, four times a second."""
    samples = [tree_bytes(root) / MB]
    stop = threading.Event()

    def sample() -> None:
        while not stop.wait(SAMPLE_SECONDS):
            samples.append(tree_bytes(root) / MB)

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield samples
    finally:
        stop.set()
        thread.join()


def tree_bytes(root: int) -> int:
    """Return the sum of proportional set sizes: shared pages count once over the tree."""
    return sum(_proportional_bytes(pid) for pid in tree(root))


def tree_cpu_seconds(root: int) -> float:
    """Return processor time of a tree, with that of its ended and reaped processes."""
    return sum(sum(map(int, _stat(pid)[11:15])) for pid in tree(root)) / TICK


def tree(root: int) -> set[int]:
    """Return the ids of a process and all below it."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                parents[int(entry.name)] = int(fields[1])
    found, grown = {root}, True
    while grown:
        below = {pid for pid, parent in parents.items() if parent in found} - found
        found |= below
        grown = bool(below)
    return found


def _stat(pid: int) -> list[str]:
    """Return the fields of a process from its state on; none if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _proportional_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(1024 * int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def _field(path: str, name: str) -> str:
    with contextlib.suppress(OSError):
        for line in Path(path).read_text().splitlines():
            if line.startswith(name):
                return line.partition(":")[2].strip()
    return ""
