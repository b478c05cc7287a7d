"""Read a run's ``results.jsonl`` back."""

from __future__ import annotations

from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.grading.record import from_json
from autograder.grading.standing import Standing


def read_results(path: Path) -> list[Standing]:
    """Return a standing for each grade of a run, without overrides and penalties.

    Raises CourseError naming the line that cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}") from error
    found = []
    for number, line in enumerate(lines, start=1):
        try:
            grade = from_json(line)
        except msgspec.MsgspecError as error:
            problem = f"line {number} is no grade ({error}); run 'autograder grade' again"
            raise CourseError(f"{path}: {problem}") from error
        score = None if grade.undecided else grade.score
        found.append(
            Standing(
                student=grade.student,
                assignment=grade.assignment,
                raw_score=score,
                score=score,
                max_score=grade.max_score,
                grade=grade,
            )
        )
    return found
