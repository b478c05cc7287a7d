"""A bundle has all that grading takes, and nothing of the reference's code."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError, IsolationError
from autograder.grading.cache import Store
from autograder.package import run
from autograder.package.bundle import Bundle, read_bundle, write_bundle
from autograder.package.compiling import Order, compile_bundle
from autograder.package.run import Outcome, choose_level, grade_one
from autograder.sandbox.detection import Trial
from tests.shared import ROOT


def test_a_bundle_grades_as_the_course_does(never_zeroed: Outcome) -> None:
    assert never_zeroed.score == 5
    grade = never_zeroed.grade
    assert grade is not None
    assert [one.id for one in grade.diagnosis] == ["gradient-not-zeroed"]
    assert never_zeroed.picture.startswith(b"\x89PNG")


def test_no_code_of_the_reference_travels(bundle: Bundle, tmp_path: Path) -> None:
    write_bundle(bundle, tmp_path / "lab.bundle")
    data = (tmp_path / "lab.bundle").read_bytes()
    assert list(bundle.spec) == ["exercise.py"]
    source = (ROOT / "reference/slope/slope.py").read_text("utf-8")
    solved = source.split("### BEGIN SOLUTION")[1:]
    lines = {line.strip() for part in solved for line in part.split("### END")[0].splitlines()}
    told = {line for line in lines if len(line) > 12}
    assert told
    assert not [line for line in told if line.encode() in data]


def test_what_is_read_is_what_was_written(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "lab.bundle"
    write_bundle(bundle, path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_bundle(path) == bundle


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_bundle_that_others_could_open_is_refused(
    bundle: Bundle, tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "lab.bundle"
    write_bundle(bundle, path)
    path.chmod(mode)
    with pytest.raises(CourseError, match="chmod 600"):
        read_bundle(path)


def test_a_damaged_bundle_is_refused(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "lab.bundle"
    write_bundle(bundle, path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CourseError, match="damaged"):
        read_bundle(path)


def test_a_spec_that_needs_what_does_not_travel_is_refused(
    course: Course, standard: LocalEngine, bank: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "reference" / "slope"
    folder.mkdir(parents=True)
    for name in ("slope.py", "exercise.py"):
        shutil.copy(course.root / "reference" / "slope" / name, folder)
    with (folder / "exercise.py").open("a") as stream:
        stream.write(
            "\nfrom pathlib import Path\nPath(__file__).with_name('slope.py').read_text()\n"
        )
    order = Order(course=Course(tmp_path), lab="slope")
    with pytest.raises(CourseError, match="without the reference"):
        compile_bundle(order, standard, Store(bank, "slope"))


def test_a_folder_that_is_not_there_is_our_fault(
    outcome_of: Callable[[Path], Outcome], tmp_path: Path
) -> None:
    found = outcome_of(tmp_path / "nothing")
    assert found.score is None
    assert found.grade is None
    assert found.problem


def test_the_level_uid_is_used_only_where_it_was_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        run,
        "try_level",
        lambda level: Trial(level=level, works=level in ("uid", "none"), detail="refused here"),
    )
    assert choose_level(allow_uid=True) == "uid"
    with pytest.raises(IsolationError, match=r"namespaces: refused here.*--allow-uid"):
        choose_level(allow_uid=False)


def test_where_no_level_works_nothing_is_run_and_nobody_gets_points(
    bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        run, "try_level", lambda level: Trial(level=level, works=False, detail="refused here")
    )
    strict = msgspec.structs.replace(bundle, allow_uid=False)
    found = grade_one(strict, ROOT / "submitted" / "student-05")
    assert (found.score, found.grade, found.isolation) == (None, None, None)
    assert "refused here" in found.problem
