"""The header of an example: lines ``# key: value`` at its very top, each key once.

It ends at the marker, at the first line that is neither a comment nor blank, and after so many
lines; what comes below may be a student's, and says nothing. Text only: nothing is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

MARKER = "# ---"
"""What the last line of a header begins with."""
LINES = 12
KEYS = ("fails", "mistake", "why", "says", "hint")
OWN = "says"
"""The key by which a file brings a mistake of the course's own."""
_LINE = re.compile(rf"#\s*({'|'.join(KEYS)})\s*:(.*)")


class Value(NamedTuple):
    """What a header says under a key, and in which line, counted from 1."""

    text: str
    line: int


def read_header(text: str) -> Mapping[str, Value]:
    """Return what a header says; of a key that comes twice, the first."""
    found: dict[str, Value] = {}
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n")[:LINES], start=1):
        if line.startswith(MARKER) or (line.strip() and not line.startswith("#")):
            break
        match = _LINE.match(line)
        if match:
            found.setdefault(match[1], Value(match[2].strip(), number))
    return found


def brings_mistake(data: bytes) -> bool:
    """Say whether a file has a mistake of the course's own: then grades depend on it."""
    return OWN in read_header(data.decode("utf-8", "replace"))
