"""The header of an example: lines ``# key: value`` at its very top, each key once.

It ends at the marker, at the first line that is neither a comment nor blank, and after so many
lines; what comes below may be a student's, and says nothing. Text only: nothing is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

MARKER = "# ---"
"""What the last line of a header begins with."""
LINES = 12
KEYS = ("fails", "mistake", "why", "says", "hint")
OWN = "says"
"""The key by which a file brings a mistake of the course's own."""
_LINE = re.compile(rf"#\s*({'|'.join(KEYS)})\s*:(.*)")
_BOM = "\ufeff"


class Value(NamedTuple):
    """What a header says under a key, and in which line, counted from 1."""

    text: str
    line: int


def read_header(text: str) -> Mapping[str, Value]:
    """Return what a header says; of a key that comes twice, the first."""
    found: dict[str, Value] = {}
    for number, match in _said(text.split("\n")):
        found.setdefault(match[1], Value(match[2].strip(), number))
    return found


def _said(lines: Sequence[str]) -> Iterator[tuple[int, re.Match[str]]]:
    """Yield the lines of a header that say something, with their numbers."""
    for number, line in enumerate(lines[:LINES], start=1):
        shown = line.removeprefix(_BOM)
        if shown.startswith(MARKER) or (shown.strip() and not shown.startswith("#")):
            return
        match = _LINE.match(shown)
        if match:
            yield number, match


def without_header(data: bytes) -> bytes:
    """Return a file without what its header says: that runs the same, whatever the words are."""
    lines = data.split(b"\n")
    said = {number for number, _ in _said(data.decode("utf-8", "replace").split("\n"))}
    return b"\n".join(line for number, line in enumerate(lines, start=1) if number not in said)


def brings_mistake(data: bytes) -> bool:
    """Return whether a file has a mistake of the course's own: then grades depend on it."""
    return OWN in read_header(data.decode("utf-8", "replace"))
