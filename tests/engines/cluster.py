"""A real dask cluster on loopback: a scheduler and workers, each a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.shared import within

START_SECONDS = 180.0
SCHEDULER = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]


class Cluster:
    """Start workers with ``add``, kill them by name; ``close`` ends all that is left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workers: dict[str, subprocess.Popen[bytes]] = {}
        self.file = folder / "scheduler.json"
        options = ["--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self.scheduler = self._start(
            "scheduler", [*SCHEDULER, *options, "--scheduler-file", str(self.file)]
        )
        _wait(self._written, self.scheduler)
        self.address: str = json.loads(self.file.read_text("utf-8"))["address"]

    def _written(self) -> bool:
        try:
            return bool(json.loads(self.file.read_bytes()))
        except (OSError, ValueError):  # not there yet, or half of it
            return False

    @property
    def port(self) -> int:
        """The scheduler's port."""
        return int(self.address.rpartition(":")[2])

    def add(self, *names: str, options: tuple[str, ...] = ()) -> None:
        """Start those workers that do not run, one thread each, and wait until they are there."""
        for name in names:
            if name not in self.workers or self.workers[name].poll() is not None:
                command = [*WORKER, self.address, "--no-nanny", "--no-dashboard", "--name", name]
                command += ["--nthreads", "1", "--memory-limit", "0", *options]
                self.workers[name] = self._start(name, command)
        for name in names:
            _wait(lambda: "Registered to" in self.log(name), self.workers[name])  # noqa: B023

    def log(self, name: str) -> str:
        """Return what a process of the cluster has said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def address_of(self, name: str) -> str:
        """Return a worker's address."""
        words = self.log(name).partition("Start worker at:")[2].split()
        return words[0]

    def name_of(self, address: str) -> str:
        """Return the name of the worker at an address."""
        return next(name for name in self.workers if self.address_of(name) == address)

    def kill(self, name: str) -> None:
        """Kill a worker as the kernel would."""
        process = self.workers.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End all processes."""
        for process in (*self.workers.values(), self.scheduler):
            process.terminate()
        for process in (*self.workers.values(), self.scheduler):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, name: str, command: list[str]) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                cwd=self.folder,
                env={**os.environ, "TMPDIR": str(self.folder)},
            )


def _wait(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    def settled() -> bool:
        return ready() or process.poll() is not None

    assert within(START_SECONDS, settled), "did not start"
    assert process.poll() is None, "ended while it started"


def children_of(pid: int) -> list[int]:
    """Return the processes that a process has started."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == pid:
                found.append(int(entry.name))
    return found
