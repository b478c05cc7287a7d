"""What is asked of a gradebook whose course takes nothing off for being late."""

from __future__ import annotations

from typing import Any

from autograder.gradebook import override as hand
from autograder.gradebook import standings as reading
from autograder.gradebook import total as totals
from autograder.gradebook.book import Book
from autograder.gradebook.hand import Entry
from autograder.gradebook.lateness import FREE, Rule
from autograder.gradebook.total import Total
from autograder.grading.results import Standing


def standings(book: Book, *wanted: Any, rule: Rule = FREE, **more: Any) -> list[Standing]:
    return reading.standings(book, *wanted, rule=rule, **more)


def total_of(book: Book, *wanted: Any, rule: Rule = FREE) -> Total:
    return totals.total_of(book, *wanted, rule=rule)


def override(
    book: Book,
    lab: str,
    student: str,
    cell: str,
    points: float | None,
    reason: str,
    rule: Rule = FREE,
) -> Entry:
    """Give points for a cell, or take them back."""
    entry = Entry(lab=lab, student=student, kind="cell", part=cell, points=points, reason=reason)
    return hand.give(book, entry, rule)
