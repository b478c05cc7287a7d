"""``autograder package``: errors on one line, and a result wherever a place waits for one."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.course.folder import Course
from autograder.package.bundle import Bundle, write_bundle
from tests.cli.inside import run_inside


def test_a_place_gets_a_result_even_where_the_bundle_is_open_to_others(
    bundle: Bundle, tmp_path: Path
) -> None:
    path = tmp_path / "lab.bundle"
    write_bundle(bundle, path)
    path.chmod(0o644)
    command = ("package", "run", str(path), "--place", "gradescope", "--root", str(tmp_path))
    done = run_inside(*command, folder=tmp_path)
    assert done.code == 1
    assert "chmod 600" in done.stdout
    found = json.loads((tmp_path / "results" / "results.json").read_text())
    assert "score" not in found
    assert "not because of your submission" in found["output"]


def test_without_a_place_the_folder_has_to_be_named(bundle: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "lab.bundle"
    write_bundle(bundle, path)
    done = run_inside("package", "run", str(path), folder=tmp_path)
    assert (done.code, done.stdout) == (1, "")
    assert "--submission" in done.stderr


def test_a_lab_that_is_not_there_and_a_folder_that_is_not_are_named_at_once(
    course: Course, tmp_path: Path
) -> None:
    root = ("--course", str(course.root))
    done = run_inside("package", "gradescope", "nope", "--out", "a.zip", *root, folder=tmp_path)
    assert done.code == 1
    assert "nope" in done.stderr
    out = ("--out", "missing/a.zip")
    done = run_inside("package", "gradescope", "slope", *out, *root, folder=tmp_path)
    assert done.code == 1
    assert "missing" in done.stderr
    assert not list(tmp_path.iterdir())
