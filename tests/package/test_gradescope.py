"""Gradescope's tree, run as root in a bare container: what it writes, and what nobody finds."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from autograder.package.bundle import Bundle
from autograder.package.gradescope import write_zip
from autograder.sandbox.message import Level

from .container import run_contained
from .spy import SOURCE, spy

ROOT = Path(__file__).resolve().parents[2]
METADATA = {
    "id": 1,
    "assignment": {"total_points": "20.0", "title": "Slope"},
    "users": [{"email": "student-01@example.org", "id": 2, "name": "student-01"}],
    "previous_submissions": [{"score": 3.0, "results": {"output": "CANARY-of-earlier-results"}}],
}


@pytest.fixture(scope="module")
def unpacked(bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The zip's files, as Gradescope unpacks them."""
    place = tmp_path_factory.mktemp("zip")
    write_zip(bundle, place / "autograder.zip")
    with zipfile.ZipFile(place / "autograder.zip") as archive:
        archive.extractall(place / "source")
    return place / "source"


def tree_of(unpacked: Path, place: Path, name: str, content: str) -> Path:
    """Lay out /autograder as the documentation has it, open to everybody."""
    tree = place / "autograder"
    tree.mkdir()
    subprocess.run(["cp", "-r", unpacked, tree / "source"], check=True)
    (tree / "submission").mkdir()
    (tree / "results").mkdir()
    (tree / "submission" / name).write_text(content)
    (tree / "submission_metadata.json").write_text(json.dumps(METADATA))
    (tree / "results" / "left.txt").write_text("true_slope_of_results")
    (tree / "run_autograder").write_bytes((tree / "source" / "run_autograder").read_bytes())
    subprocess.run(["chmod", "-R", "a+rwX", tree], check=True)
    (tree / "run_autograder").chmod(0o755)
    return tree


def run(tree: Path, installed: Path, level: Level, place: Path) -> tuple[dict[str, Any], str]:
    done = run_contained(
        tree, "/autograder", installed, level, "/autograder/run_autograder", new=place / "new"
    )
    assert not done.stderr, done.stderr
    return json.loads((tree / "results" / "results.json").read_text()), done.stdout


@pytest.mark.parametrize(
    "level",
    [
        "uid",  # at which nothing else runs by default
        pytest.param("landlock", marks=pytest.mark.thorough),
        pytest.param("namespaces", marks=pytest.mark.thorough),
    ],
)
def test_a_submission_that_looks_for_what_is_hidden_finds_nothing(
    unpacked: Path, installed: Path, tmp_path: Path, level: Level
) -> None:
    tree = tree_of(unpacked, tmp_path, "slope.py", spy(SOURCE))
    found, log = run(tree, installed, level, tmp_path)
    assert found["score"] == 10, (found, log)
    assert found["extra_data"]["isolation"] == level
    assert ("level uid" in found["output"]) is (level == "uid")
    assert "total to 10" in log  # the assignment says 20 points


@pytest.mark.thorough
def test_the_same_submission_loses_points_where_something_is_open(
    unpacked: Path, installed: Path, tmp_path: Path
) -> None:
    tree = tree_of(unpacked, tmp_path, "slope.py", spy(SOURCE))
    (tree / "submission" / "open.txt").write_text("CANARY-of-earlier-results")
    found, _ = run(tree, installed, "uid", tmp_path)
    assert found["score"] < 10
