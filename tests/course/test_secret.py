"""A course has a secret that is never empty, and a number of draws of hidden data."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.course.secret import secret_of, variants_of
from autograder.errors import CourseError


def key_of(root: Path) -> Path:
    return root / ".autograder" / "variant_key"


def test_the_instructor_s_own_secret_is_taken(tmp_path: Path) -> None:
    (tmp_path / "secret_salt").write_text("pepper\n")
    assert secret_of(Course(tmp_path)) == b"pepper"
    assert not key_of(tmp_path).exists()


@pytest.mark.parametrize("salt", [None, "", " \n"], ids=["none", "empty", "blank"])
def test_without_one_a_key_is_made_once_that_only_its_owner_reads(
    salt: str | None, tmp_path: Path
) -> None:
    if salt is not None:
        (tmp_path / "secret_salt").write_text(salt)
    found = secret_of(Course(tmp_path))
    assert len(found) >= 32
    assert secret_of(Course(tmp_path)) == found
    assert key_of(tmp_path).stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(key_of(tmp_path).parent)) == [".gitignore", "variant_key"]


def test_each_course_has_a_key_of_its_own(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    assert secret_of(Course(tmp_path / "one")) != secret_of(Course(tmp_path / "other"))


def test_git_does_not_take_the_key(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=60)
    secret_of(Course(tmp_path))
    command = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]
    done = subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert done.stdout == b""


def test_an_empty_key_is_refused(tmp_path: Path) -> None:
    key_of(tmp_path).parent.mkdir()
    key_of(tmp_path).write_text("\n")
    with pytest.raises(CourseError, match=r"variant_key is empty"):
        secret_of(Course(tmp_path))


def test_where_none_can_be_made_it_is_said_what_to_do(tmp_path: Path) -> None:
    (tmp_path / ".autograder").write_text("a file in its place")
    with pytest.raises(CourseError, match=r"secret_salt"):
        secret_of(Course(tmp_path))


def test_settings_say_how_many_draws_there_are(tmp_path: Path) -> None:
    (tmp_path / "autograder.toml").write_text("variants = 6\n")
    assert variants_of(Course(tmp_path)) == 6


@pytest.mark.parametrize(
    "text", ["variants = 0", "variants = 17", "variants = true", "variants = '4'", "other = 1", "="]
)
def test_other_settings_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "autograder.toml").write_text(text)
    with pytest.raises(CourseError, match=r"autograder\.toml"):
        variants_of(Course(tmp_path))
