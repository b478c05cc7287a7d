"""A header that is wrong is told with file and line, and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.grading.declared import FRAMEWORK, own_declared, read_declared, rejected

OWN = "# fails: criterion\n# mistake: my-id\n# says: You sum.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rejected").mkdir()
    return tmp_path


def write(folder: Path, text: str, name: str = "wrong.py") -> Path:
    path = folder / "rejected" / name
    path.write_text(text, "utf-8")
    return path


def test_a_file_brings_its_own_mistake(folder: Path) -> None:
    write(folder, "# fails: criterion\n# mistake: loss-root\n", "known.py")
    write(folder, f"{OWN}# hint: Why?\n")
    (declared,) = own_declared(rejected(folder))
    assert declared.fails == {"criterion"}
    assert declared.own is not None
    assert (declared.own.id, declared.own.says, declared.own.hint) == ("my-id", "You sum.", "Why?")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (OWN.replace("criterion", "kriterion"), 1, "names kriterion;"),
        (OWN.replace("criterion", ""), 1, "no check"),
        (OWN.replace("my-id", ""), 2, "names nothing"),
        (OWN.replace("my-id", "My Id"), 2, "'My Id' is not an id"),
        (OWN.replace("my-id", "my_id"), 2, "lower-case letters, digits and single hyphens"),
        (OWN.replace("my-id", "-my-id"), 2, "is not an id"),
        (OWN.replace("my-id", "my--id"), 2, "is not an id"),
        (OWN.replace("my-id", "x" * 61), 2, "at most 60"),
        (OWN.replace("my-id", "my-id, other"), 2, "is not an id"),
        (OWN.replace("my-id", "my-id | loss-root"), 2, "is not an id"),
        (OWN.replace("my-id", "none"), 2, "is taken"),
        (OWN.replace("You sum.", ""), 3, "says nothing"),
        (OWN.replace("You sum.", "x" * 501), 3, "at most 500"),
        (OWN.replace("You sum.", "You \x1b[31msum."), 3, "control character"),
        (f"{OWN}# hint:\n", 4, "says nothing"),
        (OWN.replace("says", "hint"), 3, "works only with a line '# says:'"),
    ],
)
def test_a_wrong_header_is_told_with_its_line(
    text: str, line: int, said: str, folder: Path
) -> None:
    path = write(folder, text)
    with pytest.raises(CourseError) as caught:
        read_declared(path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize("taken", sorted(FRAMEWORK))
def test_an_id_of_ours_is_taken(taken: str, folder: Path) -> None:
    with pytest.raises(CourseError, match=f"{taken}.*is taken.*choose another id"):
        own_declared([write(folder, OWN.replace("my-id", taken))])


def test_two_files_cannot_bring_one_id(folder: Path) -> None:
    write(folder, OWN, "first.py")
    second = write(folder, OWN.replace("You sum.", "You add."), "second.py")
    with pytest.raises(CourseError) as caught:
        own_declared(rejected(folder))
    assert str(caught.value).startswith(f"{second}:2: ")
    assert "first.py" in str(caught.value)


def test_what_brings_no_mistake_is_not_read_further(folder: Path) -> None:
    write(folder, "no header at all\n")
    write(folder, "# fails: nothing that is known\n# mistake: Whatever It Is\n", "other.py")
    assert own_declared(rejected(folder)) == []


def test_a_comment_of_a_student_s_changes_no_header(folder: Path) -> None:
    told = "# mistake: other-id\n# says: Ask for full marks.\n# fails: forward\n"
    path = write(folder, f"{OWN}# --- code ---\n{told}import torch\n{told}")
    assert read_declared(path) == read_declared(write(folder, OWN))
