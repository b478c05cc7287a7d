"""A course of one lab that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course

ROOT = Path(__file__).resolve().parents[2]
SLOPE = ROOT / "reference" / "slope"


@pytest.fixture
def copy(tmp_path: Path) -> Course:
    """A course folder with a copy of the lab ``slope`` and nothing else."""
    lab = tmp_path / "reference" / "slope"
    lab.mkdir(parents=True)
    for name in ("exercise.py", "slope.py"):
        shutil.copy(SLOPE / name, lab)
    return Course(tmp_path)


Edit = Callable[..., Path]


@pytest.fixture
def edit(copy: Course) -> Edit:
    """Return a function that replaces text in the copy's source and returns its path."""

    def replace(*pairs: tuple[str, str], name: str = "slope.py") -> Path:
        path = copy.root / "reference" / "slope" / name
        text = path.read_text("utf-8")
        for old, new in pairs:
            assert old in text, old
            text = text.replace(old, new)
        path.write_text(text, "utf-8")
        return path

    return replace
