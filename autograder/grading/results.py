"""Read a run's ``results.jsonl`` back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.grading.decision import load_decisions
from autograder.grading.record import from_json
from autograder.grading.standing import Standing
from autograder.judge.review import CHECK_ERROR

RESULTS = "results.jsonl"


def read_results(path: Path) -> list[Standing]:
    """Return a standing for each grade of a run, without overrides and penalties.

    What was decided about them lies beside the file. Raises CourseError naming the line that
    cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}") from error
    decisions = load_decisions(path.parent)
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            grade = from_json(line)
        except msgspec.MsgspecError as error:
            problem = f"line {number} is no grade ({error}); run 'autograder grade' again"
            raise CourseError(f"{path}: {problem}") from error
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
