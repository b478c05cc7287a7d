"""nbgrader itself, from release to feedback, on a course of seven."""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from autograder.assignment.build import make_draft, produce
from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.exercise.published import decode_published, load_published
from tests.cli.inside import run_inside
from tests.nbgrader_bridge.inside import Finished, run_nbgrader
from tests.shared import (
    learn,
    mutants_kept,
    no_mistakes_published,
    one_engine,
    with_one_variant,
)

pytestmark = pytest.mark.timeout(1800)  # for nbgrader's commands, one after the other
ROOT = Path(__file__).resolve().parents[2]
CELLS = ("check-forward", "check-criterion", "check-train_model")
DESERVED = {
    "student-01": 10.0,
    "student-02": 5.0,
    "student-03": 0.0,
    "student-04": 0.0,
    "student-05": 8.0,
    "student-07": 0.0,
    "student-08": 10.0,
}
UNSEEN = "student-06"  # handed in a script, which nbgrader does not see


class Runs(NamedTuple):
    """A course after all commands, what they said, and our own grades."""

    root: Path
    released: dict[str, bytes]
    autograde: Finished
    feedback: Finished
    validate: Finished
    grades: dict[str, dict[str, float]]
    kernels_while_grading: bool


def make_course(root: Path, *, weak: bool) -> None:
    """Make a course of one lab, with the repository's own nbgrader_config.py."""
    shutil.copytree(ROOT / "reference" / "slope", root / "reference" / "slope")
    text = (ROOT / "nbgrader_config.py").read_text("utf-8")
    more = "\nc.GradeInSandbox.allow_weak_isolation = True\n" if weak else ""
    (root / "nbgrader_config.py").write_text(text + more, "utf-8")
    (root / "assignments" / "slope").mkdir(parents=True)
    with_one_variant(root)
    (root / "assignments" / "slope" / "old.txt").write_text("of an earlier release", "utf-8")


def solved(course: Course, stub: NotebookNode) -> NotebookNode:
    """Return the students' notebook with the right solutions."""
    source = make_draft(course, "slope").source.notebook
    right = {cell.id: cell.source for cell in source.cells}
    notebook = copy.deepcopy(stub)
    for cell in notebook.cells:
        cell.source = right[cell.id]
    return notebook


def hostile(right: NotebookNode, marker: Path) -> NotebookNode:
    """Return a notebook with a wrong criterion that does what it can for more points."""
    notebook = copy.deepcopy(right)
    cells = {cell.id: cell for cell in notebook.cells}
    cells["criterion"].source = "def criterion(yhat, y):\n    return ((yhat - y) ** 2).sum()"
    forged = new_output("execute_result", data={"text/plain": "1000.0"}, execution_count=1)
    for name in CELLS:
        cells[name].outputs = [forged]
        cells[name].metadata.nbgrader.points = 1000
    twin = copy.deepcopy(cells["check-forward"])
    twin.id, twin.metadata.nbgrader.schema_version = "twin", 99
    notebook.cells.remove(cells["check-train_model"])
    attack = f"import os\nos.environ['OWNED'] = '1'\nopen({str(marker)!r}, 'w').close()"
    notebook.cells = [new_code_cell(attack, outputs=[forged]), *notebook.cells, twin]
    notebook.metadata.kernelspec = {"name": "other", "display_name": "<b>other</b>"}
    return notebook


def hand_in(root: Path, stub: NotebookNode) -> None:
    """Lay the submissions into submitted/."""

    def write(student: str, text: str) -> Path:
        path = root / "submitted" / student / "slope" / "slope.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
        return path

    right = solved(Course(root), stub)
    wrong = copy.deepcopy(right)
    (train,) = (cell for cell in wrong.cells if cell.id == "train_model")
    assert "    w.grad = None" in train.source
    train.source = train.source.replace("w.grad = None", "pass")
    first = write("student-01", nbformat.writes(right))
    write("student-02", nbformat.writes(wrong))
    write("student-03", nbformat.writes(stub))
    write("student-04", "{ not json")
    write("student-05", nbformat.writes(hostile(right, root / "touched")))
    write("student-06", "").with_suffix(".py").write_bytes(
        (root / "reference/slope/slope.py").read_bytes()
    )
    (root / "submitted/student-06/slope/slope.ipynb").unlink()
    worked = write("student-08", nbformat.writes(stub)).with_suffix(".py")  # beside the page
    worked.write_bytes((root / "reference/slope/slope.py").read_bytes())
    linked = write("student-07", "")
    linked.unlink()
    linked.symlink_to(first)
    linked.with_name("notes.txt").symlink_to(root / "reference" / "slope" / "exercise.py")


def make_spy(folder: Path) -> Path:
    """Make a kernel named python3 that only leaves a mark; return the mark's path."""
    mark = folder / "kernel-started"
    spec = folder / "kernels" / "python3"
    spec.mkdir(parents=True)
    argv = ["/bin/sh", "-c", f"touch '{mark}'; exit 1", "{connection_file}"]
    content = {"argv": argv, "display_name": "Python 3", "language": "python"}
    (spec / "kernel.json").write_text(json.dumps(content), "utf-8")
    return mark


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Runs:
    """Run every command once, those that run students' code as processes; mistakes are known."""
    root, spy, temporary = (tmp_path_factory.mktemp(name) for name in ("course", "spy", "tmp"))
    weak = standard.level == "none"
    make_course(root, weak=weak)
    learn(root / "graded", bank)
    mark = make_spy(spy)
    own = {"HOME": str(temporary), "TMPDIR": str(temporary), "JUPYTER_PATH": str(spy)}
    variables = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **own}

    def run(*command: str) -> Finished:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
            env=variables,
            cwd=root,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def inside(*arguments: str) -> Finished:
        return run_nbgrader(*arguments, folder=root, engine=standard, variables=own)

    nbgrader = [sys.executable, "-m", "nbgrader"]
    with no_mistakes_published():
        generated = inside("generate_assignment", "slope")
    assert generated.code == 0, generated.err
    folder = root / "assignments" / "slope"
    released = {path.name: path.read_bytes() for path in folder.iterdir()}
    hand_in(root, nbformat.reads(released["slope.ipynb"].decode(), as_version=4))
    autograde = run(*nbgrader, "autograde", "slope")
    feedback = inside("generate_feedback", "slope")
    started = mark.exists()
    validate = run(*nbgrader, "validate", "assignments/slope/slope.ipynb")
    assert mark.exists(), "the spy kernel sees nothing"
    words = ["grade", "submitted", "-a", "slope", "--json", "--fresh"]
    with one_engine(standard), mutants_kept(root / "graded"):
        said = run_inside(*words, *(["--allow-weak-isolation"] if weak else []), folder=root).stdout
    lines = [json.loads(line) for line in said.splitlines()]
    grades = {line["student"]: by_cell(line["checks"]) for line in lines}
    assert {line["student"]: line["score"] for line in lines} == {**DESERVED, UNSEEN: 10.0}
    return Runs(root, released, autograde, feedback, validate, grades, started)


def by_cell(checks: list[dict[str, object]]) -> dict[str, float]:
    """Return the points of each check cell in a line of ``autograder grade --json``."""
    points = dict.fromkeys(CELLS, 0.0)
    for check in checks:
        points[f"check-{check['function']}"] += float(str(check["points"]))
    return points


def gradebook(root: Path) -> dict[str, dict[str, float]]:
    """Return the points in nbgrader's database by student and cell."""
    query = """
        SELECT submitted_assignment.student_id, base_cell.name, grade.auto_score
        FROM grade
        JOIN base_cell ON base_cell.id = grade.cell_id
        JOIN submitted_notebook ON submitted_notebook.id = grade.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    """
    found: dict[str, dict[str, float]] = {}
    connection = sqlite3.connect(root / "gradebook.db")
    try:
        for student, cell, points in connection.execute(query):
            found.setdefault(student, {})[cell] = points
    finally:
        connection.close()
    return found


def graded_notebook(runs: Runs, student: str) -> NotebookNode:
    """Return the notebook in autograded/."""
    return nbformat.read(runs.root / "autograded" / student / "slope" / "slope.ipynb", as_version=4)


def page(runs: Runs, student: str) -> str:
    """Return a student's feedback."""
    return (runs.root / "feedback" / student / "slope" / "slope.html").read_text("utf-8")


def test_the_release_is_what_build_makes_though_it_was_never_built(runs: Runs) -> None:
    written = produce(make_draft(Course(runs.root), "slope"))
    numbers = runs.released["expected.json"]
    assert runs.released == {**written, "expected.json": numbers}
    published = decode_published(numbers, runs.root)
    built = load_published(Course(ROOT).expected("slope"))
    assert published.source_sha256 == built.source_sha256, "build finds nothing stale"
    assert list(published.expected_scenarios) == list(built.expected_scenarios)


def test_nothing_secret_is_released(runs: Runs) -> None:
    assert set(runs.released) == {"slope.ipynb", "slope.py", "expected.json"}
    assert not any(b"w.sub_(lr" in data for data in runs.released.values())


def test_the_whole_class_is_graded_and_given_feedback(runs: Runs) -> None:
    assert (runs.autograde.code, runs.feedback.code) == (0, 0), runs.autograde.err
    for folder in ("autograded", "feedback"):
        assert {path.name for path in (runs.root / folder).iterdir()} == set(DESERVED)


def test_the_gradebook_says_what_grade_says_cell_by_cell(runs: Runs) -> None:
    expected = {student: runs.grades[student] for student in DESERVED}
    assert gradebook(runs.root) == expected
    assert {student: sum(cells.values()) for student, cells in expected.items()} == DESERVED


def test_grading_starts_no_kernel_and_runs_nothing_outside_the_sandbox(runs: Runs) -> None:
    assert not runs.kernels_while_grading
    assert not (runs.root / "touched").exists()


def test_validate_starts_a_kernel(runs: Runs) -> None:
    assert "Validating" in runs.validate.err


def test_forged_outputs_and_cells_are_gone(runs: Runs) -> None:
    notebook = graded_notebook(runs, "student-05")
    names = [c.metadata.nbgrader.grade_id for c in notebook.cells if "nbgrader" in c.metadata]
    assert sorted(names) == sorted([*CELLS, "forward", "criterion", "train_model"])
    assert "1000" not in nbformat.writes(notebook)
    assert notebook.metadata.kernelspec.name == "python3"


def test_feedback_shows_the_checks_with_reasons_and_hints(runs: Runs) -> None:
    text = page(runs, "student-02")
    assert re.search("✔ (<code>)?loss_recorded(</code>)? 1/1", text)
    assert re.search("✘ (<code>)?gradient_zeroing(</code>)? 0/2", text)
    assert "Hint: What does backward() do" in text
    assert "Score: 5.0 / 10.0" in text


@pytest.mark.parametrize(
    ("student", "words"),
    [("student-04", "a notebook that is cut off"), ("student-07", "a link, not")],
)
def test_feedback_says_why_a_file_was_not_graded(student: str, words: str, runs: Runs) -> None:
    assert words in page(runs, student)
    assert "Score: 0.0 / 10.0" in page(runs, student)


def test_links_give_nothing_away(runs: Runs) -> None:
    assert "w.sub_" not in page(runs, "student-07")
    for folder in ("autograded", "feedback"):
        assert not list((runs.root / folder).rglob("notes.txt"))


def test_a_stub_is_marked_as_no_response(runs: Runs) -> None:
    assert page(runs, "student-03").count("No response.") == 3


def test_traces_are_shared_with_grade(runs: Runs) -> None:
    """The reference, four notebooks that could be run, and a script that only grade sees."""
    assert len(list((runs.root / "graded").rglob("*.trace"))) >= 6


def test_no_process_or_temporary_file_is_left(
    runs: Runs, tmp_path_factory: pytest.TempPathFactory
) -> None:
    base = tmp_path_factory.getbasetemp()
    assert not list(base.glob("tmp*/autograder-*"))
