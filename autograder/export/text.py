"""Numbers, texts and tables as CSV files want them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from autograder.grading.file import write_atomically

FULL_WIDTH = ("\uff1d", "\uff0b", "\uff0d", "\uff20")  # of =, +, -, @
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", *FULL_WIDTH)


def number(value: float | None) -> str:
    """Return a number as short as it is exact, nothing for None."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))


def safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.startswith(FORMULA) else text


def table(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as CSV with a header line, as RFC 4180 has it."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises CourseError naming it."""
    write_atomically(path, text.encode("utf-8"))
