"""What a lab's spec is made of: its folder, the salt, and whatever else it reads when loaded."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.exercise.loader import load_exercise
from autograder.grading.cache_key import files_digest, lab_digest, watched
from autograder.grading.lab import load_lab


@pytest.fixture
def own_course(course: Course, tmp_path: Path) -> Course:
    """A course with a lab of its own to change."""
    shutil.copytree(course.root / "reference" / "slope", tmp_path / "reference" / "slope")
    return Course(tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        "secret_salt",
        "reference/slope/exercise.py",
        "reference/slope/slope.py",
        "reference/slope/data.csv",
        "reference/slope/deep/er.csv",
    ],
)
def test_a_changed_file_of_the_lab_or_the_salt_changes_the_digest(
    own_course: Course, changed: str
) -> None:
    before = lab_digest(own_course, "slope")
    path = own_course.root / changed
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as stream:
        stream.write(b"# more\n")
    assert lab_digest(own_course, "slope") != before


def test_a_renamed_file_changes_the_digest(own_course: Course) -> None:
    path = own_course.root / "reference" / "slope" / "data.csv"
    path.write_text("1,2")
    before = lab_digest(own_course, "slope")
    path.rename(path.with_name("other.csv"))
    assert lab_digest(own_course, "slope") != before


def test_examples_of_submissions_do_not_count(own_course: Course) -> None:
    before = lab_digest(own_course, "slope")
    (own_course.root / "reference" / "slope" / "accepted" / "one_more.py").write_text("x = 1")
    assert lab_digest(own_course, "slope") == before


def test_what_a_spec_reads_and_imports_elsewhere_is_noted(
    own_course: Course, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, module = tmp_path / "shared.csv", tmp_path / "course_rates.py"
    data.write_text("0.1")
    module.write_text("RATE = 0.1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    spec = own_course.exercise("slope")
    spec.write_text(
        f"from course_rates import RATE\nopen({str(data)!r}).close()\n" + spec.read_text()
    )
    for _ in range(2):  # the second time the module is there compiled
        sys.modules.pop("course_rates", None)
        with watched(own_course, "slope") as files:
            load_exercise(spec)
        assert files == sorted([str(data), str(module)])
    sys.modules.pop("course_rates")


def test_a_spec_of_its_own_reads_nothing_else_but_the_released_page(own_course: Course) -> None:
    with watched(own_course, "slope") as files:
        load_lab(own_course, "slope")
    found = [Path(file).name for file in files if not file.endswith("secret_salt")]
    assert found == ["slope.ipynb"]


def test_nothing_is_noted_afterwards(own_course: Course, tmp_path: Path) -> None:
    with watched(own_course, "slope") as files:
        pass
    (tmp_path / "later").write_text("")
    (tmp_path / "later").read_text()
    assert files == []


def test_a_changed_a_lost_and_a_new_file_change_the_digest(tmp_path: Path) -> None:
    path = tmp_path / "shared.csv"
    digests = [files_digest([str(path)])]
    for text in ("1", "2"):
        path.write_text(text)
        digests.append(files_digest([str(path)]))
    assert len(set(digests)) == 3
    path.unlink()
    assert files_digest([str(path)]) == digests[0]
