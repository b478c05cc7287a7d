"""Numbers as a person would write them."""

from __future__ import annotations

EXACT = 18  # more digits than a float has


def number(value: float) -> str:
    """Return a number as a person would write it."""
    return f"{value:.4g}"


def apart(one: float, other: float) -> tuple[str, str]:
    """Return two numbers as a person would write them, with the digits in which they differ."""
    for digits in range(4, EXACT):
        shown = f"{one:.{digits}g}", f"{other:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return number(one), number(other)
