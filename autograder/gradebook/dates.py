"""When a lab is due and what being late costs there: set for all, and whose score that changes."""

from __future__ import annotations

import dataclasses
import datetime as dt

from nbgrader.api import MissingEntry
from sqlalchemy import delete, insert

from autograder.gradebook.book import Book, stored
from autograder.gradebook.copying import rewrite
from autograder.gradebook.lateness import LabRule, Rule, own_rule
from autograder.gradebook.said import latest, note_change, regraded
from autograder.gradebook.standings import read
from autograder.gradebook.tables import LATE
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.results import DATES, Changed


def late_rule_of(book: Book, lab: str) -> LabRule | None:
    """Return a lab's own late rule, None where the course's holds."""
    with book.transaction() as session:
        return own_rule(session, lab)


def set_dates(
    book: Book,
    lab: str,
    due: dt.datetime | None,
    late: LabRule | None,
    rule: Rule,
    decisions: Decisions = NONE_MADE,
) -> list[Changed]:
    """Set when a lab is due, None is never, and its late rule; return whose score that changes.

    Without a rule of its own the course's holds, which is ``rule``. nbgrader's columns follow, and
    each change is noted, all in one transaction. Raises CourseError.
    """
    try:
        book.nbgrader.find_assignment(lab)
    except MissingEntry:
        book.nbgrader.update_or_create_assignment(lab)
    assignment, number = book.assignment(lab), latest(book)
    with book.transaction() as session:
        was = read(session, assignment, None, decisions, rule)
        assignment.duedate = stored(due)
        session.execute(delete(LATE).where(LATE.c.assignment == lab))
        if late is not None:
            session.execute(insert(LATE).values(assignment=lab, **dataclasses.asdict(late)))
        is_ = rewrite(session, assignment, rule, decisions=decisions)
        before, after = ([one.standing for one in found] for found in (was, is_))
        note_change(session, DATES, before, after)
    return regraded(book, lab, after=number, occasions=[DATES])
