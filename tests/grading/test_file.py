"""Temporary files of writers that were killed go; those of living ones stay."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.grading.file import remove_temporaries, write_atomically


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    dead = tmp_path / f".results.jsonl-{gone.pid}-00112233"
    alive = tmp_path / f".results.jsonl-{os.getpid()}-00112233"
    others = tmp_path / ".not-ours-at-all"
    for path in (dead, alive, others):
        path.write_text("half")
    remove_temporaries(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([alive, others])


def test_an_interrupted_write_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    write_atomically(path, b"old")

    def interrupted():
        yield b"half of the new one"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, interrupted(), sync=True)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_temporary_file_lies_where_it_is_told_to(tmp_path: Path) -> None:
    seen = []

    def chunks():
        seen.extend(entry.name for entry in (tmp_path / "beside").iterdir())
        yield b"all"

    (tmp_path / "beside").mkdir()
    write_atomically(tmp_path / "deep" / "file", chunks(), beside=tmp_path / "beside")
    assert len(seen) == 1
    assert seen[0].startswith(f".file-{os.getpid()}-")
    assert (tmp_path / "deep" / "file").read_bytes() == b"all"
    assert list((tmp_path / "beside").iterdir()) == []
