"""A folder goes, whatever a program made of it, and nothing else does."""

from __future__ import annotations

import os
from pathlib import Path

from autograder.sandbox.scratch import remove_tree


def test_a_folder_of_everything_goes(tmp_path: Path) -> None:
    folder = tmp_path / "child"
    (folder / "work" / "deeper").mkdir(parents=True)
    (folder / "work" / "file").write_text("x")
    os.mkfifo(folder / "pipe")
    (folder / "none").mkdir(mode=0)
    (folder / "work" / "deeper").chmod(0)
    remove_tree(str(folder))
    assert list(tmp_path.iterdir()) == []


def test_depth_is_no_refuge(tmp_path: Path) -> None:
    folder = tmp_path / "child"
    folder.mkdir()
    at = os.open(folder, os.O_RDONLY)
    for _ in range(3000):  # longer than a path may be, deeper than Python recurses
        os.mkdir("x" * 100, dir_fd=at)
        deeper = os.open("x" * 100, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = deeper
    os.close(at)
    remove_tree(str(folder))
    assert list(tmp_path.iterdir()) == []


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o750)
    (outside / "kept").write_text("x")
    folder = tmp_path / "child"
    folder.mkdir()
    (folder / "to-folder").symlink_to(outside)
    (folder / "to-file").symlink_to(outside / "kept")
    remove_tree(str(folder))
    assert [path.name for path in tmp_path.iterdir()] == ["outside"]
    assert (outside / "kept").read_text() == "x"
    assert outside.stat().st_mode & 0o777 == 0o750


def test_a_folder_that_is_gone_is_no_error(tmp_path: Path) -> None:
    remove_tree(str(tmp_path / "never"))
