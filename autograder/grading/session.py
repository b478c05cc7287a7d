"""One run of ``autograder grade``: ordered grades out, everything stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from autograder.grading.grade import Grade, Grader, to_json
from autograder.grading.lab import load_lab
from autograder.grading.opening import Opening
from autograder.grading.store import Store


class Session:
    """Grades what an opening describes."""

    def __init__(self, opening: Opening) -> None:
        settings = opening.settings
        self._opening = opening
        self._submissions = opening.submissions
        self.total = len(opening.submissions)
        self.level = opening.engine.level
        self.sandbox_errors = 0
        self.reused = 0
        self.results_path = Path()
        lab = load_lab(opening.course, settings.assignment)
        self._store = Store(opening.out, lab.name)
        self._grader = Grader(
            lab,
            opening.engine,
            settings.policy(),
            self._store,
            output_bytes=settings.output_bytes,
            fresh=settings.fresh,
        )

    def grades(self) -> Iterator[Grade]:
        """Yield the grades in the order of the students' ids; store them even when cut short."""
        waiting: dict[str, Grade] = {}
        lines: dict[str, bytes] = {}
        order = iter([submission.student for submission in self._submissions])
        turn = next(order, None)
        try:
            for grade in self._grader.grade(self._opening.settings.submitted, self._submissions):
                waiting[grade.student] = grade
                lines[grade.student] = to_json(grade)
                self.sandbox_errors += grade.status == "sandbox_error"
                self.reused += grade.reused
                while turn in waiting:
                    yield waiting.pop(turn)
                    turn = next(order, None)
        finally:
            if lines:
                students = (s.student for s in self._submissions if s.student in lines)
                self.results_path = self._store.write_results(
                    (lines[student] for student in students), whole=len(lines) == self.total
                )
