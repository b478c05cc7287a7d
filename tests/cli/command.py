"""Run the command line as its users do: in a process of its own, with its own temporary folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

COMMAND = [sys.executable, "-m", "autograder.cli.main"]
ROOT = Path(__file__).resolve().parents[2]


class Finished(NamedTuple):
    """A command that ended."""

    code: int
    stdout: str
    stderr: str


def environment(temporary: Path) -> dict[str, str]:
    """Return the environment of a plain shell, with ``temporary`` for temporary files."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME")}
    return {**kept, "TMPDIR": str(temporary), "LANG": "C.UTF-8", "COLUMNS": "120"}


def run(*arguments: str, temporary: Path) -> Finished:
    """Run ``autograder ARGUMENTS`` to its end."""
    done = subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        env=environment(temporary),
        cwd=temporary,
    )
    return Finished(done.returncode, done.stdout, done.stderr)
