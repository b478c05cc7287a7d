"""One run of ``autograder grade``: grades committed as they come, shown in the order of the ids.

Imports neither torch nor the judge: what loads them is submitted, and called if it is needed.
"""

from __future__ import annotations

import array
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from autograder.course.submission import Submission
from autograder.errors import CourseError
from autograder.grading.address import grade_key
from autograder.grading.cache import NO_KEY, Journal, Lock
from autograder.grading.cache_key import origin_of
from autograder.grading.content import Content, read_content
from autograder.grading.decision import Decision, decide, load_decisions
from autograder.grading.file import remove_temporaries, write_atomically
from autograder.grading.record import Grade, from_json, to_json, to_json_said
from autograder.grading.results import RESULTS, Standing, read_results
from autograder.grading.setup import Opening
from autograder.words.catalogue import say

JOURNAL = "grades.journal"
PARTIAL = "results.partial.jsonl"
NOWHERE = -1


class GradesFiles(Protocol):
    """What grades the submissions that were not graded before."""

    def graded(
        self,
        folder: Path,
        submissions: Sequence[Submission],
        *,
        accepts: Callable[[str, str], bool] | None = None,
    ) -> Iterator[tuple[Content, Grade]]:
        """Yield what was read of each submission, and its grade, in any order."""


class Loaded(Protocol):
    """A grader that is ready, and what its lab was loaded from."""

    @property
    def grader(self) -> GradesFiles:
        """What grades."""

    @property
    def exercise_sha256(self) -> str:
        """A digest of spec, reference and plan."""

    @property
    def files(self) -> tuple[str, ...]:
        """What was read beyond the lab's own folder."""


class Session:
    """Grades what an opening describes. While it is open, nobody else grades into the folder."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._submissions = opening.submissions
        self.lab = opening.settings.assignment
        self._folder = opening.out / self.lab
        self.total = len(opening.submissions)
        self.level = opening.level
        self.sandbox_errors = 0
        self.judge_errors = 0
        self.judged_again = 0
        self.results_path = Path()
        self._places = array.array("q", [NOWHERE]) * self.total
        self._reused = bytearray(self.total)
        with contextlib.ExitStack() as stack:
            lock = Lock(self._folder)
            stack.callback(lock.close)
            remove_temporaries(self._folder)
            self._accept()
            self.decisions = load_decisions(self._folder)
            self._journal = Journal(self._folder / JOURNAL)
            stack.callback(self._journal.close)
            self._origin = origin_of(opening, self._journal)
            if not opening.settings.fresh:
                self._look_up()
            self._stack = stack.pop_all()

    def _accept(self) -> None:
        """Store whose submission counts, whatever lab it says to be of. Raises CourseError."""
        made = []
        for submission in self._opening.accepted:
            content = read_content(self._opening.settings.submitted, submission)
            if not content.sha256:
                raise CourseError(
                    say("accept-no-file", problem=content.problem, student=submission.student)
                )
            made.append(
                Decision(student=submission.student, submission=content.sha256, accepted=True)
            )
        if made:
            decide(self._folder, made)

    @property
    def reused(self) -> int:
        """How many grades were there already."""
        return sum(self._reused)

    @property
    def missing(self) -> int:
        """How many have no grade yet."""
        return self._places.count(NOWHERE)

    def _look_up(self) -> None:
        """Find the grades that are stored; those of another origin are not reused."""
        for number, submission in enumerate(self._submissions):
            content = read_content(self._opening.settings.submitted, submission)
            key = self._key(content)
            place = None if key == NO_KEY else self._journal.find(key)
            self._places[number] = NOWHERE if place is None else place
            self._reused[number] = place is not None

    def _key(self, content: Content) -> str:
        """Return the address of a content's grade; what was our fault has none."""
        if content.ours or self._origin.run_key is None:
            return NO_KEY
        accepted = self.decisions.accepts(content.submission.student, content.sha256)
        variant = self._opening.variants.of(content.submission.student)
        return grade_key(self._origin.run_key, content, variant=variant, accepted=accepted)

    def grades(self, load: Callable[[Opening], Loaded]) -> Iterator[Grade]:
        """Yield all grades in the order of the ids, each after it is committed.

        Whatever cuts this short, the results so far are written beside those of a whole run.
        Raises AutograderError.
        """
        try:
            yield from self._grades(load)
        except BaseException:
            if self.missing < self.total:
                with contextlib.suppress(CourseError):  # the first error is the one to tell
                    self._write(PARTIAL)
            raise
        self._write(RESULTS)
        with contextlib.suppress(OSError):
            (self._folder / PARTIAL).unlink(missing_ok=True)

    def _grades(self, load: Callable[[Opening], Loaded]) -> Iterator[Grade]:
        turn = 0
        for number, grade in self._new(load) if self.missing else ():
            if number == turn:
                yield grade
                turn += 1
            while turn < self.total and self._places[turn] != NOWHERE:
                yield self._grade_at(turn)
                turn += 1
        for number in range(turn, self.total):
            yield self._grade_at(number)

    def _new(self, load: Callable[[Opening], Loaded]) -> Iterator[tuple[int, Grade]]:
        """Yield the grades that were missing, with their numbers, as they are done."""
        loaded = load(self._opening)
        origin = self._origin.confirmed(loaded.exercise_sha256, loaded.files)
        if origin.run_key != self._origin.run_key:
            self._origin = origin
            origin.store(self._journal)
            if not self._opening.settings.fresh:
                self._look_up()
        missing = [n for n, place in enumerate(self._places) if place == NOWHERE]
        numbers = {self._submissions[number].student: number for number in missing}
        todo = [self._submissions[number] for number in missing]
        folder, accepts = self._opening.settings.submitted, self.decisions.accepts
        for content, grade in loaded.grader.graded(folder, todo, accepts=accepts):
            number = numbers[grade.student]
            key = NO_KEY if grade.flawed else self._key(content)
            self._places[number] = self._journal.append(key, to_json(grade))
            self.sandbox_errors += grade.status == "sandbox_error"
            self.judge_errors += grade.flawed and grade.status != "sandbox_error"
            self.judged_again += grade.reused
            yield number, grade

    def stored(self) -> Iterator[Grade]:
        """Yield the grades that there are, in the order of the ids."""
        for number, place in enumerate(self._places):
            if place != NOWHERE:
                yield self._grade_at(number)

    def _grade_at(self, number: int) -> Grade:
        grade = from_json(self._journal.read(self._places[number]))
        if not self._reused[number]:
            return grade
        student = self._submissions[number].student
        return msgspec.structs.replace(
            grade, student=student, seconds=0.0, reused=bool(grade.submission_sha256)
        )

    def _write(self, name: str) -> None:
        """Write the grades that there are, a JSON object a line.

        A run of some students leaves the lines of the others. Raises CourseError.
        """
        self._journal.sync()
        self.results_path = self._folder / name
        lines: Iterable[bytes] = (to_json_said(grade) + b"\n" for grade in self.stored())
        if self._opening.settings.students and name == RESULTS and self.results_path.is_file():
            lines = self._merged(read_results(self.results_path))
        write_atomically(self.results_path, lines, sync=True)

    def _merged(self, earlier: Iterable[Standing]) -> Iterator[bytes]:
        grades = {one.student: one.grade for one in earlier if one.grade is not None}
        grades |= {grade.student: grade for grade in self.stored()}
        for _, grade in sorted(grades.items()):
            yield to_json_said(grade) + b"\n"

    def close(self) -> None:
        """Drop what no submission needs any more from the journal, and let other graders in.

        A run of some students does not know what the others need.
        """
        with contextlib.suppress(CourseError):
            if not self.missing and not self._opening.settings.students:
                self._journal.shrink((*self._places, *self._origin.places(self._journal)))
        self._stack.close()
