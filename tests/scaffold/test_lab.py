"""A new lab holds as it is, whole or not at all, and says where to change it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nbformat
import pytest

import autograder
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.sandbox.root import visible_paths
from autograder.scaffold import course as scaffold
from autograder.scaffold import shipped
from autograder.scaffold.course import copy_lab, write_lab
from autograder.scaffold.name import KINDS, Kind
from autograder.scaffold.shipped import shipped_labs
from autograder.verification import examples
from autograder.verification.context import Bench
from autograder.verification.verifier import prove_lab
from tests.shared import ROOT, SOME, some_planted

LEAST_ACCEPTED, LEAST_REJECTED = 4, 6


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "reference").mkdir()
    return Course(tmp_path)


@pytest.mark.parametrize(
    ("kind", "every"),
    [
        ("functions", SOME),
        pytest.param("functions", 1, marks=pytest.mark.thorough),
        ("parts", 1),
        pytest.param("module", 1, marks=pytest.mark.thorough),
    ],
)  # docs/write-a-lab.md, which is followed, begins with a module
def test_a_new_lab_holds_with_mistakes_planted_into_its_reference(
    kind: Kind, every: int, bench: Bench
) -> None:
    lab = f"{kind}_lab"
    with some_planted(every, bench.course.exercise(lab).parent):
        proof = prove_lab(bench, lab, planting=False)
    assert [f"{item.group} {item.name}: {item.message}" for item in proof.refuted] == []
    assert {item.group for item in proof.items} >= {"accepted", "rejected", "mutant", "margin"}


@pytest.mark.thorough
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("salt", ["", "pepper", "sugar", "a fourth"])
def test_a_new_lab_holds_whatever_the_salt_and_wherever_mistakes_are_planted(
    kind: Kind, salt: str, bench: Bench
) -> None:
    path = bench.course.root / "secret_salt"
    before = path.read_bytes()
    path.write_text(salt, "utf-8")
    try:
        proof = prove_lab(bench, f"{kind}_lab", planting=True)
    finally:
        path.write_bytes(before)
    assert [f"{item.group} {item.name}: {item.message}" for item in proof.refuted] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_lab_has_examples_of_both_kinds(kind: Kind, course: Course) -> None:
    write_lab(course, "first", kind)
    assert len(examples.accepted(course, "first")) >= LEAST_ACCEPTED
    points = load_exercise(course.exercise("first")).points
    declared = [examples.read_declared(path, points) for path in examples.rejected(course, "first")]
    assert len(declared) >= LEAST_REJECTED
    assert {c for one in declared for c in one.fails} == set(points)


@pytest.mark.parametrize("kind", KINDS)
def test_places_to_change_are_marked_for_the_author_alone(kind: Kind, scaffolded: Course) -> None:
    lab = f"{kind}_lab"
    folder = scaffolded.exercise(lab).parent
    marked = {
        path.relative_to(folder).parts[0]
        for path in folder.rglob("*.py")
        if "Edit:" in path.read_text("utf-8")
    }
    assert marked == {"exercise.py", f"{lab}.py", "accepted", "rejected"}
    for path in scaffolded.assignment(lab).iterdir():
        assert "Edit:" not in path.read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_the_title_stands_in_spec_and_page_as_it_was_given(kind: Kind, scaffolded: Course) -> None:
    lab, title = f"{kind}_lab", 'Of "lines" and $planes'
    assert load_exercise(scaffolded.exercise(lab)).title == title
    notebook = nbformat.read(scaffolded.assignment(lab) / f"{lab}.ipynb", as_version=4)
    assert notebook.cells[0].source.startswith(f"# {title}\n")


def test_a_copy_is_the_shipped_lab_but_for_its_name(course: Course) -> None:
    origin = ROOT / "reference" / "multiple"
    written = copy_lab(course, "prices", "multiple")
    made = {path.relative_to(course.exercise("prices").parent).as_posix() for path in written}
    assert made - {"prices.py"} == files_of(origin) - {"multiple.py"}
    spec, old = (
        load_exercise(path) for path in (course.exercise("prices"), origin / "exercise.py")
    )
    assert (spec.lab, spec.title, spec.points) == ("prices", old.title, old.points)
    page = (origin / "multiple.py").read_bytes()
    assert course.reference("prices").read_bytes() == page


def test_a_copy_can_have_a_title_of_its_own(course: Course) -> None:
    copy_lab(course, "beans", "softmax", 'More "beans"')
    assert load_exercise(course.exercise("beans")).title == 'More "beans"'
    assert '# # More "beans"\n' in course.reference("beans").read_text("utf-8")


def test_all_labs_come_with_us() -> None:
    here = {path.parent.name for path in ROOT.glob("reference/*/exercise.py")}
    assert set(shipped_labs()) == here


@pytest.mark.parametrize(
    "origin",
    [
        pytest.param(lab, marks=[] if lab in ("attention", "module") else [pytest.mark.thorough])
        for lab in shipped_labs()
    ],
)
def test_a_shipped_lab_can_be_copied(course: Course, origin: str) -> None:
    copy_lab(course, "beans", origin)
    assert load_exercise(course.exercise("beans")).lab == "beans"


def test_only_a_shipped_lab_can_be_copied(course: Course) -> None:
    with pytest.raises(CourseError, match=r"no lab 'beans' comes with us; there are: .*softmax"):
        copy_lab(course, "first", "beans")
    assert os.listdir(course.root / "reference") == []


def test_an_installed_wheel_brings_its_labs_outside_of_what_students_code_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As pip leaves it: packages in lib, data below share, both in the list of the distribution."""
    packages, labs = tmp_path / "lib" / "site-packages", tmp_path / shipped.SHARED
    shutil.copytree(ROOT / "reference" / "slope", labs / "slope")
    info = packages / "torch_autograder-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: torch-autograder\nVersion: 1\n")
    (info / "RECORD").write_text(f"../../{shipped.SHARED}slope/exercise.py,,\n")
    (packages / "autograder").mkdir()
    monkeypatch.setattr(sys, "path", [str(packages)])
    monkeypatch.setattr(autograder, "__file__", str(packages / "autograder" / "__init__.py"))
    assert shipped_labs() == {"slope": (labs / "slope").resolve()}
    assert not any(labs.is_relative_to(path) for path in visible_paths())


def files_of(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize("taken", ["reference/first", "assignments/first"])
def test_what_is_there_already_is_not_touched(taken: str, course: Course) -> None:
    (course.root / taken).mkdir(parents=True)
    with pytest.raises(CourseError, match=f"{taken}: already exists; choose another name"):
        write_lab(course, "first", "functions")
    assert os.listdir(course.root / taken) == []


def test_a_name_that_will_not_do_writes_nothing(course: Course) -> None:
    with pytest.raises(CourseError, match="such as first_lab"):
        write_lab(course, "First Lab", "functions")
    assert os.listdir(course.root / "reference") == []


def test_on_an_error_nothing_of_the_lab_is_there(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the name of a folder: the second of the two cannot be written."""
    monkeypatch.setattr(scaffold, "render", lambda *_: {"lab.py": b"", "a": b"", "a/b": b""})
    with pytest.raises(CourseError, match="reference/first: cannot be written"):
        write_lab(course, "first", "functions")
    assert os.listdir(course.root) == ["reference"]
    assert os.listdir(course.root / "reference") == []
