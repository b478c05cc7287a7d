"""Numbers as LMSs write them, with a point or a comma."""

from __future__ import annotations

import re
from collections.abc import Iterable

DECIMALS = 4
_NUMBER = re.compile(r"[+-]?\d[\d.,' \u00a0\u202f\u2019]*")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}[.,]\d{3}")
_SHORTENED = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d+")


def parse_number(text: str) -> float | None:
    """Return the number in a cell, None where there is another text.

    The last point or comma is the decimal one, as in Canvas's own import; one that is there
    several times parts thousands.
    """
    bare = text.strip()
    if not _NUMBER.fullmatch(bare):
        return None
    bare = re.sub(r"[' \u00a0\u202f\u2019]", "", bare)
    mark = max(".", ",", key=bare.rfind)
    whole, _, part = bare.rpartition(mark) if bare.count(mark) == 1 else (bare, "", "")
    digits = re.sub(r"[.,]", "", whole) if whole else re.sub(r"[.,]", "", bare)
    return float(f"{digits}.{part or 0}" if whole and part else digits)


def decimal_mark(cells: Iterable[str], delimiter: str) -> str:
    """Return the decimal mark of a table: that of its numbers, else what its delimiter implies."""
    bare = [cell.strip() for cell in cells]
    if any(_COMMA.fullmatch(cell) for cell in bare):
        return ","
    if any("." in cell and parse_number(cell) is not None for cell in bare):
        return "."
    return "," if delimiter == ";" else "."


def number(value: float | None) -> str:
    """Return a number as short as it is exact, nothing for None."""
    if value is None:
        return ""
    return str(int(value)) if value == int(value) else repr(float(value))


def decimals_of(text: str) -> int:
    """Return how many decimals a number is written with."""
    found = re.search(r"[.,](\d+)$", text.strip())
    return len(found[1]) if found and not is_ambiguous(text) else 0


def written(value: float, decimals: int, mark: str) -> str:
    """Return a number with at least so many decimals, as a table writes them."""
    whole, _, part = number(value).partition(".")
    part = part.ljust(decimals, "0")
    return f"{whole}{mark}{part}" if part else whole


def scaled(score: float, of: float, most: float) -> float:
    """Return a score on another scale, never above its maximum but where it was above before."""
    if of == most:
        return score
    value = round(score / of * most, DECIMALS)
    return min(value, most) if score <= of else value


def is_ambiguous(text: str) -> bool:
    """Return whether a mark may part thousands or decimals, as in ``1,000``."""
    return _AMBIGUOUS.fullmatch(text.strip()) is not None


def shortened(text: str) -> bool:
    """Return whether a spreadsheet made this of a long number, such as ``1.23E+08``."""
    return _SHORTENED.fullmatch(text.strip()) is not None
