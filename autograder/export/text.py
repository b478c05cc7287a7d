"""Numbers, texts and tables as CSV files want them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from autograder.lms.fill import safe
from autograder.lms.number import number

__all__ = ["number", "safe", "table"]


def table(header: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return rows as CSV with a header line, as RFC 4180 has it."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, header, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()
