"""What ``get_ipython()`` returns to student code: magics are harmless, the system is refused."""

from __future__ import annotations

import contextlib
import importlib
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from autograder.protocol.trace import Note
from autograder.worker.inert import INERT, Inert

RUNS_ITS_BODY = frozenset({"time", "timeit", "prun", "capture", "python", "python3", "pypy"})
REFUSED = frozenset(
    {"bash", "sh", "script", "system", "sx", "!", "pip", "conda", "mamba", "uv", "run", "perl"}
    | {"ruby", "cmd", "powershell"}
)


WRITES = frozenset({"writefile", "file"})


class Captured:
    """What ``%%capture`` binds a name to; what the cell printed was not kept."""

    stdout = stderr = ""
    outputs: tuple[object, ...] = ()

    def show(self) -> None:
        """Show nothing."""

    __call__ = show


class Shell:
    """A stand-in for IPython's shell: runs no process, keeps notes."""

    def __init__(self, namespace: dict[str, Any], run: Callable[[str], None]) -> None:
        self.user_ns = namespace
        self.notes: list[Note] = []
        self._run = run

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> None:
        """Run the statement behind ``%time`` once; do nothing for all others."""
        if name in RUNS_ITS_BODY and name != "capture":
            self._run(_lines_above(sys._getframe(1)) + _without_options(line))
        elif name == "run" and (text := _read(line)) is not None:
            self._run(text)
        elif name in REFUSED:
            self._refuse(f"%{name}")

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run the body of ``%%time``, ``%%capture`` and their like; skip all others."""
        if name == "capture":
            words = [word for word in _words(line) if word.isidentifier()]
            self.user_ns.update((word, Captured()) for word in words[:1])
        if name in RUNS_ITS_BODY:
            self._run(_lines_above(sys._getframe(1)) + "\n" + cell)
        elif name not in WRITES or not _written(line, cell):
            self._refuse(f"%%{name}")

    def magic(self, text: str) -> None:
        """Run a line magic given with its name, as old exports write it."""
        name, _, line = text.lstrip("%").partition(" ")
        self.run_line_magic(name, line)

    def run_cell(self, text: str, **options: object) -> None:
        """Run a string of code in the student's namespace."""
        self._run(text)

    def system(self, command: str) -> None:
        """Refuse ``!command`` with a note; the cell goes on."""
        self._refuse("!")

    def getoutput(self, command: str, **options: object) -> list[str]:
        """Refuse ``name = !command`` with a note; the name becomes an empty list."""
        self._refuse("!")
        return []

    def __getattr__(self, name: str) -> Inert:
        if name.startswith("__"):
            raise AttributeError(name)
        return INERT

    def _refuse(self, what: str) -> None:
        note = Note(code="not-run", values={"what": what})
        if note not in self.notes and len(self.notes) < 20:
            self.notes.append(note)


def _lines_above(frame: FrameType) -> str:
    """Return as many line ends as there are lines above a magic, so that lines keep their count."""
    filename = frame.f_code.co_filename
    return "\n" * (frame.f_lineno - 1) if filename.startswith("<") else ""


def _written(line: str, text: str) -> bool:
    """Write a file into the working folder, or to where it says; say whether that worked."""
    words = _words(line)
    names = [word for word in words if not word.startswith("-")]
    if len(names) != 1:
        return False
    with contextlib.suppress(OSError, ValueError):
        adds = "-a" in words or "--append" in words
        with Path(names[0]).open("a" if adds else "w", encoding="utf-8") as file:
            file.write(text)
        importlib.invalidate_caches()  # it may be imported in the same second
        return True
    return False


def _read(line: str) -> str | None:
    """Return a script that ``%run`` names, None where there is none."""
    names = [word for word in _words(line) if not word.startswith("-")]
    if not names or not names[0].endswith(".py"):
        return None
    with contextlib.suppress(OSError, ValueError):
        return Path(names[0]).read_text(encoding="utf-8-sig")
    return None


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return []


def _without_options(line: str) -> str:
    words = line.split()
    while words and words[0].startswith("-"):
        words.pop(0)
    return " ".join(words)
