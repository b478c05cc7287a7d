"""Which mistakes a rejected file must be found to hold, and which it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.judge.result import Diagnosis, Remark
from autograder.verification.examples import misnamed, read_declared
from autograder.words.text import verbatim


def named(*ids: str, remarks: tuple[Remark, ...] = ()) -> tuple[Diagnosis, ...]:
    return tuple(
        Diagnosis(id=i, function="train_model", message=verbatim(""), remarks=remarks) for i in ids
    )


def misfit(tmp_path: Path, mistake: str, found: tuple[Diagnosis, ...]) -> str:
    path = tmp_path / "wrong.py"
    path.write_text(f"# fails: criterion\n# mistake: {mistake}\n# why: so\n", "utf-8")
    return misnamed(read_declared(path), found)


@pytest.mark.parametrize(
    ("mistake", "found"),
    [
        ("none", ()),
        ("no-update", named("no-update")),
        ("a | b", named("b")),
        ("a, b", named("a", "b")),
        ("a", named("a", "b", remarks=("several",))),
    ],
)
def test_what_is_named_as_declared_fits(
    mistake: str, found: tuple[Diagnosis, ...], tmp_path: Path
) -> None:
    assert misfit(tmp_path, mistake, found) == ""


@pytest.mark.parametrize(
    ("mistake", "found", "said"),
    [
        ("none", named("a"), "does not declare the mistake a"),
        ("a", (), "but the grade names nothing"),
        ("a", named("b"), "declares the mistake a, but the grade names b"),
        ("a, b", named("a"), "declares the mistake b"),
        ("a | b", named("c"), "declares the mistake a or b"),
        ("a", named("a", "b"), "does not declare the mistake b"),
    ],
)
def test_what_is_named_otherwise_does_not(
    mistake: str, found: tuple[Diagnosis, ...], said: str, tmp_path: Path
) -> None:
    assert said in misfit(tmp_path, mistake, found)


def test_a_file_without_its_lines_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "wrong.py"
    path.write_text("# fails: criterion\n", "utf-8")
    with pytest.raises(CourseError, match="needs the lines"):
        read_declared(path)
