"""A course folder, and a function that makes an archive of it."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

MakeZip = Callable[..., Path]


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course folder with a lab named slope; nothing of it is loaded."""
    folder = tmp_path / "course"
    (folder / "reference" / "slope").mkdir(parents=True)
    (folder / "reference" / "slope" / "exercise.py").write_text("", "utf-8")
    return folder


@pytest.fixture
def make_zip(tmp_path: Path) -> MakeZip:
    """Return a function from paths and contents to an archive."""

    def make(files: dict[str, str | bytes], name: str = "archive.zip") -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, content in files.items():
                archive.writestr(inner, content)
        return path

    return make
