"""What ``get_ipython()`` returns to student code: magics are harmless, the system is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograder.protocol.trace import Note
from autograder.worker.inert import INERT, Inert

RUNS_ITS_BODY = frozenset({"time", "timeit", "prun", "capture", "python", "python3", "pypy"})
REFUSED = frozenset(
    {"bash", "sh", "script", "system", "sx", "!", "pip", "conda", "mamba", "uv", "run", "perl"}
    | {"ruby", "cmd", "powershell", "writefile", "file"}
)


class Shell:
    """A stand-in for IPython's shell: runs no process, writes no file, keeps notes."""

    def __init__(self, namespace: dict[str, Any], run: Callable[[str], None]) -> None:
        self.user_ns = namespace
        self.notes: list[Note] = []
        self._run = run

    def run_line_magic(self, name: str, line: str, _stack_depth: int = 1) -> None:
        """Run the statement behind ``%time`` once; do nothing for all others."""
        if name in RUNS_ITS_BODY and name != "capture":
            self._run(_without_options(line))
        elif name in REFUSED:
            self._refuse(f"%{name}")

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run the body of ``%%time``, ``%%capture`` and their like; skip all others."""
        if name in RUNS_ITS_BODY:
            self._run(f"\n{cell}")  # its lines are counted from the magic's
        else:
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


def _without_options(line: str) -> str:
    words = line.split()
    while words and words[0].startswith("-"):
        words.pop(0)
    return " ".join(words)
