"""What counts for a student in the end, however it was come by."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence

from autograder.grading.record import Grade

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """One student in one lab.

    ``score`` has overrides and the late penalty in it, in points; None where there is no grade
    yet. ``raw_score`` is without the penalty. ``comment`` is what the student may read, in
    Markdown.
    """

    student: str
    assignment: str
    raw_score: float | None
    score: float | None
    max_score: float
    penalty: float = 0.0
    last_name: str = ""
    first_name: str = ""
    email: str = ""
    due: dt.datetime | None = None
    submitted: dt.datetime | None = None
    comment: str = ""
    grade: Grade | None = None


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
