"""A table that an LMS or a spreadsheet wrote: read as it is, written back byte for byte.

Only cells that are set change. Byte order mark, encoding, delimiter, quotes and line ends of all
others stay, whatever they are.
"""

from __future__ import annotations

import codecs
import dataclasses
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import CourseError
from autograder.words.catalogue import say

DELIMITERS = (",", ";", "\t", "|")
MOST_BYTES = 100_000_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # xlsx and ods are zip files, xls is OLE
LOOKED_AT = 50  # lines that tell the delimiter
SEPARATOR_LINE = "sep="  # Excel's own first line
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')


@dataclasses.dataclass
class Row:
    """One line: its cells as written, quotes and all, and what ends it."""

    raw: list[str]
    end: str
    line: int

    def value(self, column: int) -> str:
        """Return what a cell says, nothing where the row is shorter."""
        return _plain(self.raw[column]) if column < len(self.raw) else ""

    @property
    def values(self) -> list[str]:
        """All that the row says."""
        return [_plain(raw) for raw in self.raw]

    @property
    def blank(self) -> bool:
        """Whether it says nothing."""
        return not any(value.strip() for value in self.values)


class Table:
    """The rows of a file. Raises CourseError where it is no table."""

    def __init__(self, data: bytes, name: str, encoding: str | None = None) -> None:
        self.name = name
        if data.startswith(WORKBOOKS):
            raise CourseError(say("table-workbook", name=name))
        self._bom, self.encoding = _encoding(data, name, encoding)
        text = _decoded(data[len(self._bom) :], self.encoding, name)
        self._head, text = _separator_line(text)
        self.delimiter = self._head[len(SEPARATOR_LINE)] if self._head else _delimiter(text)
        first = 2 if self._head else 1
        self.rows = list(_rows(text, self.delimiter, first, name))
        if all(row.blank for row in self.rows):
            raise CourseError(say("table-empty", name=name))
        said = [raw for row in self.rows for raw in row.raw if _plain(raw).strip()]
        self._quotes_all = all(raw.startswith('"') for raw in said)

    def set(self, row: Row, column: int, text: str) -> None:
        """Put a text into a cell, quoted where that must be or where it was."""
        row.raw += [""] * (column + 1 - len(row.raw))
        special = (self.delimiter, '"', "\r", "\n")
        must = any(mark in text for mark in special) or text != text.strip()
        if must or row.raw[column].startswith('"') or (self._quotes_all and text):
            text = f'"{text.replace(chr(34), chr(34) * 2)}"'
        row.raw[column] = text

    def text(self) -> str:
        """Return the whole table."""
        lines = (self.delimiter.join(row.raw) + row.end for row in self.rows)
        return self._head + "".join(lines)

    def data(self) -> bytes:
        """Return the whole file; what its encoding lacks becomes a question mark."""
        return self._bom + self.text().encode(self.encoding, "replace")

    def says(self) -> str:
        """Return the encoding and the delimiter in words."""
        marks = {"\t": say("table-tab")}
        mark = say("table-bom") if self._bom else ""
        delimiter = marks.get(self.delimiter, self.delimiter)
        return say("table-is", encoding=self.encoding, mark=mark, delimiter=delimiter)


def read_table(path: Path, encoding: str | None = None) -> Table:
    """Read a file. Raises CourseError where it cannot be read or is no table."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CourseError(say("file-too-large", n=MOST_BYTES // 1_000_000, path=path))
        return Table(path.read_bytes(), str(path), encoding)
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error


def _encoding(data: bytes, name: str, given: str | None) -> tuple[bytes, str]:
    """Return the byte order mark and the encoding."""
    bom, found = next(((bom, e) for bom, e in BOMS if data.startswith(bom)), (b"", ""))
    if given is not None:
        try:
            chosen = codecs.lookup(given).name
        except LookupError as error:
            raise CourseError(say("unknown-encoding", given=given)) from error
        known = {"utf-16": "utf-16-le", "utf-8-sig": "utf-8", "utf_8_sig": "utf-8"}
        return bom, found or known.get(chosen, chosen)
    if found:
        return bom, found
    sample = data[:4096]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        if len(sample) > 3 and zeros.count(0) > 0.4 * len(zeros):
            return b"", encoding
    if b"\0" in data:
        raise CourseError(say("table-not-text", name=name))
    for encoding in ("utf-8", "cp1252"):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return b"", encoding
    return b"", "latin-1"  # any bytes: they come back as they were


def _decoded(data: bytes, encoding: str, name: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise CourseError(
            say("table-wrong-encoding", encoding=encoding, name=name, start=error.start)
        ) from error
    if text.encode(encoding) != data:  # stateful encodings have several ways to write one text
        raise CourseError(say("table-not-reversible", encoding=encoding, name=name))
    return text


def _separator_line(text: str) -> tuple[str, str]:
    """Return Excel's own first line, such as ``sep=;``, and the rest."""
    first = text.splitlines(keepends=True)[0] if text else ""
    bare = first.rstrip("\r\n")
    if bare.lower().startswith(SEPARATOR_LINE) and len(bare) == len(SEPARATOR_LINE) + 1:
        return first, text[len(first) :]
    return "", text


def _delimiter(text: str) -> str:
    """Return the delimiter that gives the most lines the most common number of cells."""

    def fit(mark: str) -> tuple[int, int]:
        counts = []
        try:
            for row in itertools.islice(_rows(text, mark, 1, ""), LOOKED_AT):
                counts += [] if row.blank else [len(row.raw)]
        except CourseError:  # told where the table is read
            counts += [] if counts else [text.partition("\n")[0].count(mark) + 1]
        most = max(set(counts), key=lambda n: (counts.count(n), n), default=1)
        return (counts.count(most) * (most > 1), most)

    return max(DELIMITERS, key=fit)


def _rows(text: str, delimiter: str, first: int, name: str) -> Iterator[Row]:
    """Yield the rows of a text, cell by cell as it is written."""
    stops = re.compile(f"[{re.escape(delimiter)}\r\n]")
    place, line, cells, began = 0, first, list[str](), first
    while place < len(text):
        behind = _closed(text, place) if text[place] == '"' else place
        if behind < 0:
            raise CourseError(say("table-open-quote", line=line, name=name))
        found = stops.search(text, behind)
        end = found.start() if found else len(text)
        raw = text[place:end]
        cells.append(raw)
        line += raw.count("\n") or raw.count("\r")
        if text[end : end + 1] == delimiter:
            place = end + 1
            if place == len(text):
                cells.append("")
                yield Row(cells, "", began)
            continue
        stop = "\r\n" if text.startswith("\r\n", end) else text[end : end + 1]
        yield Row(cells, stop, began)
        place, line, cells = end + len(stop), line + 1, []
        began = line


def _closed(text: str, place: int) -> int:
    """Return where the quotes that begin at a place are closed, -1 where they never are."""
    found = _QUOTED.match(text, place)
    return found.end() if found else -1


def _plain(raw: str) -> str:
    """Return what a cell says, without the quotes around it."""
    if not raw.startswith('"'):
        return raw
    inner, _, behind = raw[1:].rpartition('"')
    return inner.replace('""', '"') + behind
