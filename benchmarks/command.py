"""Run one external command, bounded in time; nothing that it starts outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from machine import sampled, tree

LAST_WORDS = 2000


class Failed(Exception):
    """A command that failed, or took too long; the text says which and how."""


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What a command left: output, lines of its errors with their seconds, the memory's peak."""

    output: str
    errors: tuple[tuple[float, str], ...]
    seconds: float
    peak_mb: float


def run(
    command: list[str],
    *,
    timeout: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    memory: bool = False,
) -> Finished:
    """Run a command in a session of its own. Raises Failed unless it ends with 0 in time."""
    started = time.monotonic()
    errors: list[tuple[float, str]] = []
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        reader = threading.Thread(target=_read_lines, args=(process.stderr, started, errors))
        reader.start()
        watch = sampled(process.pid) if memory else contextlib.nullcontext([0.0])
        try:
            with watch as samples:
                code = process.wait(timeout)
            seconds = time.monotonic() - started
        except subprocess.TimeoutExpired as error:
            raise Failed(f"{_shown(command)}: not done after {timeout:.0f} s") from error
        finally:
            _end(process)
            reader.join(10)
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
    if code != 0:
        said = "\n".join(line for _, line in errors)[-LAST_WORDS:]
        raise Failed(f"{_shown(command)}: ended with {code}: {said}")
    return Finished(output=text, errors=tuple(errors), seconds=seconds, peak_mb=max(samples))


def _read_lines(stream: IO[bytes], started: float, lines: list[tuple[float, str]]) -> None:
    lines.extend(
        (time.monotonic() - started, line.decode("utf-8", "replace").rstrip()) for line in stream
    )


def run_json(command: list[str], *, timeout: float) -> dict[str, Any]:
    """Run one of our own programs and return the JSON object that it prints last."""
    lines = run([sys.executable, *command], timeout=timeout).output.strip().splitlines()
    if not lines:
        raise Failed(f"{_shown(command)}: printed nothing")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the command: all below it, also in sessions of their own."""
    below = tree(process.pid) if process.poll() is None else set()
    for pid in below:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _shown(command: list[str]) -> str:
    return " ".join(Path(command[0]).name if n == 0 else part for n, part in enumerate(command))
