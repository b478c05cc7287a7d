"""The commands that pages show: lines of code blocks, and the shorter ones within sentences."""

from __future__ import annotations

import dataclasses
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(
    [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")),
        *(ROOT / "docs").rglob("*.md"),
    ]
)
PROGRAMS = ("autograder", "make", "python", "pytest")
_FENCE = re.compile(r"^ *(```+|~~~+)(?P<language>\w*)")
_LIST = re.compile(r"^( *)([-*]|\d+\.) ")
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_BEFORE = re.compile(r"^(\$ |srun |kubectl exec \S+ -- |\.venv/bin/|\$\(BIN\)/)+")
_OPEN = re.compile(r"[\[\]…<>|{}]|\.\.\.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Command:
    """A command of one of ``PROGRAMS``, in words; ``whole`` if a reader can give it as it is."""

    page: Path
    line: int
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}: {' '.join(self.words)}"


def commands_of(page: Path) -> Iterator[Command]:
    """Yield the page's commands in order."""
    fenced, console, listed, waiting = False, False, False, ""
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if fence:
            fenced, console = not fenced, fence["language"] == "console"
            continue
        if fenced and console and not waiting and not line.lstrip().startswith("$ "):
            continue  # what a command prints
        if line.strip() and not line.startswith(" "):
            listed = bool(_LIST.match(line))
        if fenced or (line.startswith("    ") and not listed):
            waiting += line.strip()
            if waiting.endswith("\\"):
                waiting = waiting[:-1]
                continue
            yield from _command(page, number, waiting, whole=True)
            waiting = ""
        else:
            for span in _SPAN.finditer(line):
                yield from _command(page, number, span[1], whole=False)


def _command(page: Path, line: int, text: str, *, whole: bool) -> Iterator[Command]:
    bare = _BEFORE.sub("", text)
    if bare.partition(" ")[0] not in PROGRAMS:
        return
    command = re.split(r"\s+#|\s[>|&]", f"{bare} ", maxsplit=1)[0]
    if not whole and _OPEN.search(command):  # says what may stand there, and is no command
        command = _OPEN.split(command, maxsplit=1)[0]
    yield Command(page=page, line=line, words=tuple(shlex.split(command)), whole=whole)
