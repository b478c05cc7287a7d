"""Several files are written all, or none of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.scaffold.tree import write_tree

TREE = {"a": b"1", "b/c": b"2"}


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by relative path."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.mark.parametrize("there", [True, False])
def test_all_files_are_written_into_a_folder_new_or_there(there: bool, tmp_path: Path) -> None:
    folder = tmp_path / "made"
    if there:
        folder.mkdir()
    write_tree(folder, TREE, beside=tmp_path)
    assert contents(tmp_path) == {"made/a": b"1", "made/b/c": b"2"}
    assert sorted(os.listdir(tmp_path)) == ["made"]


def test_a_private_file_can_be_read_by_its_owner_alone(tmp_path: Path) -> None:
    write_tree(tmp_path / "made", TREE, beside=tmp_path, private=["a"])
    assert (tmp_path / "made" / "a").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "made" / "b" / "c").stat().st_mode & 0o044


def test_where_one_file_cannot_be_placed_none_is(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    (folder / "b").mkdir(parents=True)
    (folder / "b" / "own").write_bytes(b"kept")
    with pytest.raises(CourseError, match=f"{folder}: cannot be written"):
        write_tree(folder, TREE, beside=folder)
    assert contents(tmp_path) == {"made/b/own": b"kept"}
    assert sorted(os.listdir(folder)) == ["b"]


def test_where_the_disk_is_full_nothing_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(CourseError, match="No space left on device; make room there"):
        write_tree(tmp_path / "made", TREE, beside=tmp_path)
    assert contents(tmp_path) == {}
    assert os.listdir(tmp_path) == []
