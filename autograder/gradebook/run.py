"""Record a whole run: what ``autograder grade --db`` does when it is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec

from autograder.course.folder import Course
from autograder.course.submission import Submission
from autograder.course.timestamp import submitted_at
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.gradebook.attempt import Graded, attempts_of, variants_of_attempts
from autograder.gradebook.book import Book
from autograder.gradebook.counting import counting
from autograder.gradebook.identity import people_of, whose
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.notebooks import Notebooks
from autograder.gradebook.record import record
from autograder.gradebook.release import release_of
from autograder.gradebook.said import latest, regraded
from autograder.grading.decision import Decisions
from autograder.grading.record import Grade
from autograder.grading.results import GRADING, Changed
from autograder.words.catalogue import say


class RunRecorder:
    """Writes a run's grades into the gradebook, and its notebooks beside it."""

    def __init__(
        self,
        url: str,
        course: Course,
        lab: str,
        folder: Path,
        submissions: Sequence[Submission],
        out: Path | None = None,
        *,
        opened: Callable[[], AbstractContextManager[Book]] | None = None,
    ) -> None:
        """``folder`` has the submissions; notebooks go to ``out``, else to the course folder.

        ``opened`` hands out a gradebook that is open already.
        """
        self._open = opened or (lambda: Book(url))
        self.url, self.course, self.lab, self._folder = url, course, lab, folder
        self._out = out
        self._submissions = {submission.student: submission for submission in submissions}
        self._whose: Mapping[str, str] = {}

    def require_gradebook(self, *, yes: bool = False) -> None:
        """Raise CourseError where the gradebook cannot take the grades: better said before.

        That is so, too, where it is not clear whose folders these are, or where many are nobody's
        in the gradebook, unless ``yes``.
        """
        exercise = load_exercise(self.course.exercise(self.lab))
        with self._open() as book:
            release_of(book, self.course, self.lab, exercise.points)
            people = people_of(book)
        self._whose = whose(people, self._submissions, self.lab)
        new = len(set(self._whose.values()) - people.students.keys())
        if people.are_many(new, len(self._whose) - new) and not yes:
            raise CourseError(say("many-unknown", folder=self._folder, n=len(self._whose), new=new))

    def variants(self) -> dict[str, list[int]]:
        """Return, by folder, with which hidden data its student's attempts were graded.

        Known once ``require_gradebook`` said whose the folders are. Raises CourseError.
        """
        with Book(self.url) as book:
            found = variants_of_attempts(book, self.lab)
        return {
            folder: found[student] for folder, student in self._whose.items() if student in found
        }

    def record(
        self,
        grades: Iterable[Grade],
        decisions: Decisions,
        tell: Callable[[str, Sequence[str]], None],
    ) -> Iterator[int]:
        """Record grades; yield how many are in the gradebook, every few hundred.

        ``tell`` is called with each student and the codes of ``review``, or none. Each
        notebook is written before its grade is recorded, so that a grade in the gradebook has
        one; what is shown is what counts. Raises CourseError.
        """
        exercise = load_exercise(self.course.exercise(self.lab))
        with self._open() as book:
            release = release_of(book, self.course, self.lab, exercise.points)
            notebooks = Notebooks(book, self.course, exercise, self.lab, self._out)
            graded = self._written(book, notebooks, grades)
            yield from record(book, release, graded, LateRule(self.course), decisions, tell)

    def latest_change(self) -> int:
        """Return the number of the last change of a score by grading. Raises CourseError."""
        with self._open() as book:
            return latest(book)

    def changed_since(self, number: int) -> list[Changed]:
        """Return whose score grading has changed after that. Raises CourseError."""
        with self._open() as book:
            return regraded(book, self.lab, after=number, occasions=[GRADING])

    def _written(
        self, book: Book, notebooks: Notebooks, grades: Iterable[Grade]
    ) -> Iterator[Graded]:
        """Yield each grade once its notebook is there."""
        for found in grades:
            submission = self._submissions[found.student]
            student = self._whose.get(found.student, found.student)
            grade = msgspec.structs.replace(found, student=student)
            graded = Graded(grade=grade, submitted=submitted_at(self._folder, submission))
            if grade.handed_in and self._counts(book, grade):
                notebooks.write(self._folder, submission, graded)
            yield graded

    def _counts(self, book: Book, grade: Grade) -> bool:
        """Return whether no earlier attempt counts instead."""
        if grade.status != "not_gradable":
            return True
        earlier = (one.grade for one in attempts_of(book, grade.student, self.lab))
        return counting([*earlier, grade]).later is None
