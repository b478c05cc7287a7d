"""What a killed process left below /tmp goes with the next run, and nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox.client import Zygote
from autograder.sandbox.message import Policy
from autograder.sandbox.scratch import NAME, Scratch, sweep
from autograder.sandbox.selftest import __name__ as entry

HOLDS = """
import sys, time
from autograder.sandbox.scratch import Scratch
made = Scratch()
print(made.path, flush=True)
time.sleep(60)
"""


@pytest.fixture
def held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> subprocess.Popen[str]:
    """A process that holds a folder."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return subprocess.Popen([sys.executable, "-c", HOLDS], stdout=subprocess.PIPE, text=True)


def test_a_folder_goes_once_its_process_is_killed(held: subprocess.Popen[str]) -> None:
    with held:
        assert held.stdout is not None
        path = Path(held.stdout.readline().strip())
        (path / "deep" / "er").mkdir(parents=True)
        sweep()
        assert path.is_dir(), "its process lives"
        os.kill(held.pid, signal.SIGKILL)
    sweep()
    assert not path.exists()


def test_what_has_another_name_or_is_a_link_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    kept = [tmp_path / "autograder-new-x", tmp_path / "autograder-notes", tmp_path / "other"]
    for path in kept:
        path.mkdir()
    (tmp_path / "other" / "file").write_text("kept", "utf-8")
    (tmp_path / f"{NAME}link").symlink_to(tmp_path / "other")
    (tmp_path / f"{NAME}file").write_text("kept", "utf-8")
    sweep()
    assert all(path.is_dir() for path in kept)
    assert (tmp_path / f"{NAME}link" / "file").read_text("utf-8") == "kept"


def test_a_folder_in_use_is_there_until_it_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = Scratch()
    sweep()
    assert Path(made.path).is_dir()
    made.close()
    assert list(tmp_path.iterdir()) == []


def test_a_new_zygote_sweeps(held: subprocess.Popen[str]) -> None:
    with held:
        assert held.stdout is not None
        path = Path(held.stdout.readline().strip())
        os.kill(held.pid, signal.SIGKILL)
    zygote = Zygote("none", Policy(), entry)
    try:
        assert not path.exists()
    finally:
        zygote.close()
