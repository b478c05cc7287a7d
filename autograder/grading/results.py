"""Read a run's ``results.jsonl``; the records of each student's current score."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.grading.account import PLAIN, Account, clock
from autograder.grading.decision import load_decisions
from autograder.grading.record import Grade, from_json
from autograder.judge.review import CHECK_ERROR, LOOK, UNDECIDED, earlier
from autograder.words.catalogue import say
from autograder.words.text import NOTHING


@dataclasses.dataclass(frozen=True, kw_only=True)
class Standing:
    """One student in one lab.

    ``score`` has overrides and the late penalty in it, in points; None where there is no grade
    yet, or where it is ``undecided``: a check broke, and nobody has decided. ``raw_score`` is
    without the penalty. ``comment`` is what the student may read, in Markdown.

    ``grade`` is that of the submission that counts, ``later`` that of one submitted after it which
    could not be graded. ``review`` has a code for each reason why it needs review. ``account``
    says how the score came about: lateness, what an instructor changed, comments, the attempt.
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
    later: Grade | None = None
    review: tuple[str, ...] = ()
    undecided: bool = False
    account: Account = PLAIN

    @property
    def missing(self) -> bool:
        """Whether nothing was submitted, nothing was given by hand, and it is not excused."""
        if self.account.excused:
            return False
        if self.grade is None:
            return self.score is None
        return not self.grade.handed_in

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the student reads of it besides the grade."""
        before = [earlier(self.later.message)] if self.later else []
        look = UNDECIDED if self.undecided else LOOK if self.review else NOTHING
        return tuple(say(one) for one in (*before, look) if one)


GRADING, DATES = OURS = ("grade", "dates")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Changed:
    """A score that is not what it was when it was exported, or before it was graded again.

    ``occasion`` is the export's format, or one of ``OURS``: it was graded again, or the lab's due
    date or late rule was set. ``why`` has the causes.
    """

    student: str
    occasion: str
    when: dt.datetime
    before: float | None
    after: float | None
    why: tuple[str, ...]

    @property
    def exported(self) -> bool:
        """Whether an export said something else."""
        return self.occasion not in OURS

    @property
    def told(self) -> str:
        """The occasion and when, the scores and the causes, on a line."""
        when = clock(self.when)
        return say("changed-of", occasion=self.occasion, when=when, words=self.words)

    @property
    def scores(self) -> str:
        """The scores before and after."""
        was, is_ = (say("none") if one is None else f"{one:g}" for one in (self.before, self.after))
        return f"{was} → {is_}"

    @property
    def words(self) -> str:
        """The scores and the causes."""
        return f"{self.scores}: {'; '.join(self.why) or say('cause-unknown')}"


RESULTS = "results.jsonl"


def read_results(path: Path) -> list[Standing]:
    """Return a standing for each grade of a run, without overrides and penalties.

    What was decided about them lies beside the file. Raises CourseError naming the line that
    cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    decisions = load_decisions(path.parent)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            grade = from_json(line)
        except msgspec.MsgspecError as error:
            raise CourseError(
                say("results-damaged", error=error, number=number, path=path)
            ) from error
        review = decisions.asked(grade)
        undecided = CHECK_ERROR in review
        found.append(
            Standing(
                student=grade.student,
                assignment=grade.assignment,
                raw_score=None if undecided else grade.score,
                score=None if undecided else grade.score,
                max_score=grade.max_score,
                grade=grade,
                review=review,
                undecided=undecided,
            )
        )
    return found


def status_word(status: str) -> str:
    """Return the word that people read for a status, or for ``missing``."""
    return say(f"is-{status.replace('_', '-')}")
