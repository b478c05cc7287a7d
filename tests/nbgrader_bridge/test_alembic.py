"""nbgrader runs the alembic of the environment that it is in, whatever PATH begins with."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from autograder.nbgrader_bridge.config import find_alembic


@pytest.mark.parametrize("others", [False, True], ids=["none on PATH", "another's first on PATH"])
def test_the_environments_own_alembic_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, others: bool
) -> None:
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder in (here, elsewhere):
        folder.mkdir()
        (folder / "alembic").write_text("#!/bin/sh\n")
        (folder / "alembic").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    monkeypatch.setenv("PATH", str(elsewhere) if others else str(tmp_path))
    find_alembic()
    assert shutil.which("alembic") == str(here / "alembic")
    once = os.environ["PATH"]
    find_alembic()
    assert os.environ["PATH"] == once
