"""``check`` and ``grade`` are one judge: what one passes the other never fails, nor explains else.

``check`` runs each file in this process, as on a student's machine; grades share their traces with
the other suites. By default a sample of each corpus, all of it with ``make thorough``.
"""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.exercise.published import Published, load_published
from autograder.grading.grade import Grade, Grader
from autograder.notebook.file import Help, check_file
from autograder.words.catalogue import say

ROOT = Path(__file__).resolve().parents[2]
LABS = Course(ROOT).lab_names()
EVERY = 60


def _files() -> list[object]:
    found = []
    for lab in LABS:
        for number, path in enumerate(sorted((ROOT / "reference" / lab).glob("*ed/*.py"))):
            name = f"{lab}/{path.parent.name}/{path.stem}"
            marks = [] if number % EVERY == 0 else [pytest.mark.thorough]
            found.append(pytest.param(name, marks=marks))
    return found


@functools.cache
def published(lab: str) -> Published:
    return load_published(ROOT / "assignments" / lab / "expected.json")


@pytest.mark.parametrize("name", _files())
def test_check_agrees_with_grade(
    name: str, grader_of: Callable[[str], Grader], tmp_path: Path
) -> None:
    lab = name.split("/", maxsplit=1)[0]
    folder = tmp_path / "student-01" / lab  # as it was handed in when it was proved
    folder.mkdir(parents=True)
    path = shutil.copy(ROOT / "reference" / f"{name}.py", folder / f"{lab}.py")  # it may write
    (grade,) = grader_of(lab).grade(tmp_path, find_submissions(tmp_path, lab))
    found = check_file(Path(path), published(lab)).help
    assert failed_beside(found, grade) == []
    for function in {one.function for one in found.diagnosis}:
        said, graded = named(found, function), named(grade, function)
        assert not graded or said & graded, f"check names {said}, grade {graded}"


def failed_beside(found: Help, grade: Grade) -> list[str]:
    """Return what check says of checks that fail there and pass the grade."""
    passed = {check.id for check in grade.checks if check.passed}
    return [
        f"{check.id}: {say(check.message)}"
        for check in found.checks
        if check.id in passed and check.outcome in ("failed", "error")
    ]


def named(judged: Help | Grade, function: str) -> set[str]:
    return {one.id for one in judged.diagnosis if one.function == function}
