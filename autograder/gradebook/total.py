"""What a student's score in a lab is made of: automatic, by hand, the late penalty."""

from __future__ import annotations

import dataclasses
import datetime as dt

from nbgrader.api import Grade as Score
from nbgrader.api import SubmittedAssignment, SubmittedNotebook
from sqlalchemy import select

from autograder.errors import CourseError
from autograder.gradebook.book import Book, shown
from autograder.gradebook.standings import standings
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.standing import Standing
from autograder.judge.review import reason_of


@dataclasses.dataclass(frozen=True, kw_only=True)
class Total:
    """One student's score and its parts, in points.

    ``automatic`` has the cells that nobody gave points by hand, ``by_hand`` the others and extra
    credit; ``replaced`` is what those others would count automatically, ``hands`` how many cells
    they are. ``due`` has an extension in it, ``handed_in`` says whether there is a submission.
    ``wanted`` are the cells that are marked for a look by hand.
    """

    standing: Standing
    automatic: float
    by_hand: float
    replaced: float
    hands: int
    due: dt.datetime | None
    handed_in: bool
    wanted: tuple[str, ...]

    def lines(self) -> list[str]:
        """Return the total in words: the score first, then when it was due and handed in."""
        one = self.standing
        head = f"{one.assignment}, {one.student}"
        if one.undecided:
            so_far = f"{self.automatic + self.by_hand:g} so far"
            said = [f"{head}: no score until somebody decides ({so_far})"]
        elif one.score is None:
            said = [f"{head}: {'no score yet' if self.handed_in else 'nothing handed in'}"]
        else:
            parts = [f"{self.automatic:g} automatic"]
            if self.hands:
                parts.append(f"{self.by_hand:g} by hand instead of {self.replaced:g}")
            if one.penalty:
                parts.append(f"{one.penalty:g} less for being late")
            said = [f"{head}: {one.score:g} of {one.max_score:g} points ({', '.join(parts)})"]
        times = [
            f"{what} {moment:%Y-%m-%d %H:%M} UTC"
            for what, moment in (("due", self.due), ("handed in", one.submitted))
            if moment is not None
        ]
        said += [f"  {', '.join(times)}"] if times else []
        said += [f"  a person must look: {reason_of(code)}" for code in one.review]
        said += [f"  to be looked at by hand: {', '.join(self.wanted)}"] if self.wanted else []
        return said


def total_of(book: Book, lab: str, student: str, decisions: Decisions = NONE_MADE) -> Total:
    """Return what a student's score is made of. Raises CourseError: no such lab or student."""
    found = standings(book, lab, student, decisions)
    if not found:
        raise CourseError(f"{student}: no such student in the gradebook")
    submitted = select(SubmittedAssignment).where(
        SubmittedAssignment.assignment_id == book.assignment(lab).id,
        SubmittedAssignment.student_id == student,
    )
    with book.transaction() as session:
        submission = session.scalars(submitted).one_or_none()
        notebooks: list[SubmittedNotebook] = submission.notebooks if submission else []
        scores: list[Score] = [score for notebook in notebooks for score in notebook.grades]
        hand = [one for one in scores if one.manual_score is not None or one.extra_credit]
        extra = sum(one.extra_credit or 0.0 for one in scores)
        return Total(
            standing=found[0],
            automatic=sum(one.auto_score or 0.0 for one in scores if one.manual_score is None),
            by_hand=sum(one.manual_score or 0.0 for one in hand) + extra,
            replaced=sum(one.auto_score or 0.0 for one in hand if one.manual_score is not None),
            hands=len(hand),
            due=shown(submission.duedate) if submission and found[0].due else found[0].due,
            handed_in=submission is not None,
            wanted=tuple(sorted(one.name for one in scores if one.needs_manual_grade)),
        )
