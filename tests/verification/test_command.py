"""``autograder verify`` and ``pytest reference/`` say the same, and fail where a claim does."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from tests.cli.inside import run_inside
from tests.shared import learn, one_engine, with_one_variant

from .conftest import ROOT, small_course

PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-p",
    "autograder.pytest_plugin",
    "-p",
    "no:cacheprovider",
)


SHOWN = """\
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    print(*(item.nodeid for item in items), sep="\\n")
"""


def finished(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory: pytest.TempPathFactory, bank: Path) -> Course:
    """A course one of whose accepted files is wrong; the lab's mistakes are known.

    Its conftest.py shows what pytest collects before it chooses.
    """
    course = small_course(tmp_path_factory.mktemp("spoiled"))
    learn(course.graded, bank)
    with_one_variant(course.root)  # as the bank has
    (course.root / "conftest.py").write_text(SHOWN, "utf-8")
    folder = course.exercise("slope").parent
    (folder / "accepted" / "wrong.py").write_bytes(
        (folder / "rejected" / "criterion_sum.py").read_bytes()
    )
    return course


def test_what_does_not_hold_is_told_and_exits_with_1(
    spoiled: Course, tmp_path: Path, standard: LocalEngine
) -> None:
    junit = tmp_path / "proof.xml"
    told = ("--json", "--junit", str(junit))
    with one_engine(standard):
        done = run_inside("verify", "slope", "--quick", *told, folder=spoiled.root)
    assert done.code == 1, done.stderr
    (line,) = done.stdout.splitlines()
    proof = json.loads(line)
    (refuted,) = (item for item in proof["items"] if item["outcome"] == "refuted")
    assert refuted["name"] == "wrong.py"
    assert refuted["message"].startswith("criterion: ")
    assert f"✘ slope accepted wrong.py: {refuted['message']}\n" in done.stderr  # in one line
    (suite,) = ET.parse(junit).getroot()
    assert suite.attrib["failures"] == "1"
    assert suite.attrib["tests"] == str(len(proof["items"]))


def test_a_sound_lab_exits_with_0_and_shows_a_table(spoiled: Course, standard: LocalEngine) -> None:
    (spoiled.exercise("slope").parent / "accepted" / "wrong.py").rename(spoiled.root / "away.py")
    try:
        with one_engine(standard):
            done = run_inside("verify", "--quick", folder=spoiled.root)
    finally:
        (spoiled.root / "away.py").rename(spoiled.exercise("slope").parent / "accepted/wrong.py")
    assert done.code == 0, done.stderr
    assert "distances in tolerances" in done.stdout


def test_an_unknown_lab_is_an_error(spoiled: Course) -> None:
    done = run_inside("verify", "slpoe", folder=spoiled.root)
    assert done.code == 1
    assert "use one of: slope" in done.stderr
    assert done.stdout == ""


def test_pytest_collects_each_claim_and_fails_where_one_does(spoiled: Course) -> None:
    done = finished(*PYTEST, "-q", "-s", "reference", "-k", "accepted", cwd=spoiled.root)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "FAILED reference/slope/exercise.py::accepted[wrong.py]" in done.stdout
    assert "wrong.py: criterion" in done.stdout
    assert "1 failed, 3 passed" in done.stdout
    for name in (
        *("reference[full marks]", "stub[slope.ipynb]", "accepted[optimizer_sgd.py]"),
        *("rejected[criterion_sum.py]", "mutant[train_model:gradient-not-zeroed-1]"),
        *("planted[optimizer_sgd.py]", "margin[gradient_zeroing]", "build[slope]"),
    ):
        assert f"exercise.py::{name}" in done.stdout


def test_pytest_leaves_other_files_of_that_name_alone(tmp_path: Path) -> None:
    other = tmp_path / "reference" / "law" / "exercise.py"
    other.parent.mkdir(parents=True)
    other.write_text("raise RuntimeError\n", "utf-8")
    done = finished(*PYTEST, "reference", cwd=tmp_path)
    assert done.returncode == 5, "no tests collected"
