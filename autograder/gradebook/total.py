"""What a student's score in a lab is made of: automatic, by hand, the late penalty."""

from __future__ import annotations

import dataclasses

from autograder.errors import CourseError
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import Rule
from autograder.gradebook.reckoning import Cell
from autograder.gradebook.standings import read
from autograder.grading.account import clock, lasting
from autograder.grading.decision import NONE_MADE, Decisions
from autograder.grading.results import Standing
from autograder.judge.review import reason_of
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Total:
    """One student's score and its parts.

    ``cells`` are nbgrader's; ``handed_in`` says whether there is a submission.
    """

    standing: Standing
    cells: tuple[Cell, ...]
    handed_in: bool

    @property
    def automatic(self) -> float:
        """The points of the cells that nobody gave points by hand."""
        return sum(cell.auto or 0.0 for cell in self.cells if cell.manual is None)

    @property
    def by_hand(self) -> float:
        """The points by hand of the other cells, and nbgrader's extra credit."""
        return sum((cell.manual or 0.0) + cell.extra for cell in self.cells)

    @property
    def replaced(self) -> float:
        """What those other cells would count automatically."""
        return sum(cell.auto or 0.0 for cell in self.cells if cell.manual is not None)

    def lines(self) -> list[str]:
        """Return the total in words: the score first, then when it was due and submitted."""
        one = self.standing
        head = f"{one.assignment}, {one.student}"
        if one.account.excused:
            said = [say("total-excused", head=head)]
        elif one.undecided:
            so_far = say("total-so-far", value=self.automatic + self.by_hand)
            said = [say("total-undecided", head=head, so_far=so_far)]
        elif one.score is None:
            code = "total-no-score" if self.handed_in else "total-nothing"
            said = [say(code, head=head)]
        else:
            parts = ", ".join(self._parts())
            said = [
                say("total-score", head=head, max_score=one.max_score, parts=parts, score=one.score)
            ]
        times = [
            say(code, at=clock(moment))
            for code, moment in (("total-due", one.due), ("total-submitted", one.submitted))
            if moment is not None
        ]
        if one.account.extended:
            times[0] += say("total-extension")
        if one.account.seconds_late:
            times.append(say("total-late", lasting=lasting(one.account.seconds_late)))
        said += [f"  {', '.join(times)}"] if times else []
        said += [say("total-review", reason=reason_of(code)) for code in one.review]
        wanted = sorted(cell.name for cell in self.cells if cell.marked)
        said += [say("total-look", wanted=", ".join(wanted))] if wanted else []
        return said

    def _parts(self) -> list[str]:
        one = self.standing
        total = [change for change in one.account.changes if change.kind == "total"]
        if total:
            parts = [change.fact for change in total]
        else:
            parts = [say("total-automatic", points=self.automatic)]
            if any(cell.manual is not None or cell.extra for cell in self.cells):
                parts.append(say("total-by-hand", by_hand=self.by_hand, replaced=self.replaced))
            for change in one.account.changes:
                if change.kind == "check":
                    parts.append(change.fact)
                elif change.kind == "bonus" and not change.target:
                    parts.append(say("total-bonus", points=change.points or 0.0))
        if one.penalty:
            parts.append(say("total-penalty", penalty=one.penalty))
        return parts


def total_of(
    book: Book, lab: str, student: str, decisions: Decisions = NONE_MADE, *, rule: Rule
) -> Total:
    """Return what a student's score is made of. Raises CourseError: no such lab or student."""
    assignment = book.assignment(lab)
    with book.transaction() as session:
        found = read(session, assignment, [student], decisions, rule)
    if not found:
        raise CourseError(say("no-such-student", student=student))
    [one] = found
    cells = one.row.cells if one.row else ()
    return Total(standing=one.standing, cells=cells, handed_in=one.row is not None)
