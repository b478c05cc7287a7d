"""A table that an LMS exported, to be filled in and imported there again."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import NamedTuple

from autograder.errors import CourseError


class Filled(NamedTuple):
    """A roster with scores in it: how many of its students' lines, and whose score has none."""

    text: str
    filled: int
    lines: int
    missing: list[str]


class Roster:
    """A CSV file with a header. What is not filled in stays as it was."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            text = path.read_text("utf-8-sig")
        except OSError as error:
            raise CourseError(f"{path}: cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise CourseError(f"{path}: not UTF-8 text; export it from the LMS again") from error
        rows = list(csv.reader(io.StringIO(text, newline="")))
        if not rows or not any(rows[0]):
            raise CourseError(f"{path}: empty; give the CSV file that the LMS exports")
        self.header = rows[0]
        self.rows = [row + [""] * (len(self.header) - len(row)) for row in rows[1:]]

    def column(self, name: str, *, source: str) -> int:
        """Return a column's position. Raises CourseError naming where the file should come from."""
        if name not in self.header:
            problem = f"no column {name!r}; give the file that {source}"
            raise CourseError(f"{self._path}: {problem}")
        return self.header.index(name)

    def text(self) -> str:
        """Return the table as CSV."""
        stream = io.StringIO()
        csv.writer(stream, lineterminator="\r\n").writerows([self.header, *self.rows])
        return stream.getvalue()
