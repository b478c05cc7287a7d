"""One grader a folder; the kernel opens the lock of one that was killed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.grading.cache import Lock

HOLD = """
import sys
from pathlib import Path
from autograder.grading.cache import Lock
lock = Lock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_grader_is_told_who_the_first_is(tmp_path: Path) -> None:
    told = pytest.raises(CourseError, match=rf"process {os.getpid()} is grading .* --out")
    with contextlib.closing(Lock(tmp_path)), told:
        Lock(tmp_path)


def test_two_folders_do_not_wait_for_each_other(tmp_path: Path) -> None:
    with contextlib.closing(Lock(tmp_path / "slope")), contextlib.closing(Lock(tmp_path / "line")):
        assert (tmp_path / "line" / "lock").is_file()


def test_a_closed_lock_lets_others_in(tmp_path: Path) -> None:
    Lock(tmp_path).close()
    Lock(tmp_path).close()


def test_a_killed_grader_leaves_no_lock(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(CourseError, match=rf"process {holder.pid} is grading"):
            Lock(tmp_path)
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        Lock(tmp_path).close()


def test_a_lock_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "slope").write_text("a file where the folder should be")
    with pytest.raises(CourseError, match=r"slope/lock: cannot be written"):
        Lock(tmp_path / "slope")
