"""``autograder grade`` from end to end: what it prints, stores and returns."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from autograder.engines.pool import LocalEngine
from tests.shared import learn, linked_course, mutants_kept, one_engine

from .command import ROOT, Finished, run
from .inside import run_inside

KEYS = {
    "student", "assignment", "status", "score", "max_score", "checks", "diagnosis", "departure",
    "isolation", "seconds", "submission_sha256", "exercise_sha256", "versions", "trace",
}  # fmt: skip
CHECK_KEYS = {
    *("id", "function", "outcome", "passed", "points", "max_points", "message", "hint"),
    *("scenarios", "evidence", "texts"),
}
STATUSES = {
    "student-01": ("graded", 10.0),
    "student-02": ("graded", 5.0),
    "student-03": ("graded", 10.0),
    "student-04": ("not_gradable", 0.0),
    "student-05": ("not_gradable", 0.0),
    "fifo": ("not_gradable", 0.0),
    "student-07": ("not_gradable", 0.0),
    "link": ("not_gradable", 0.0),
}

Lines = list[dict[str, Any]]


class Runs(NamedTuple):
    """The same class graded three times into one folder: at first, again, and with --fresh.

    The first time by a process of its own, as users do, then by ones within this.
    """

    first: Finished
    again: Finished
    fresh: Finished
    stored: list[str]
    traces: list[dict[str, bytes]]
    left: list[str]


def make_class(folder: Path) -> None:
    """Make a folder of submissions, right, wrong and odd."""
    reference = (ROOT / "reference" / "slope" / "slope.py").read_text("utf-8")
    wrong = (ROOT / "reference" / "slope" / "rejected" / "zero_wrong_tensor.py").read_text("utf-8")
    folder.mkdir()
    (folder / "student-01.py").write_text(reference, "utf-8")
    (folder / "student-02.py").write_text(wrong, "utf-8")
    (folder / "student-03" / "slope").mkdir(parents=True)
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": reference}]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (folder / "student-03" / "slope" / "slope.ipynb").write_text(json.dumps(notebook), "utf-8")
    (folder / "student-04.py").write_text("def forward(x:\n", "utf-8")
    (folder / "student-05.py").write_text(reference, "utf-8")
    (folder / "student-05").mkdir()
    (folder / "student-05" / "slope.py").write_text(reference, "utf-8")
    os.mkfifo(folder / "fifo.py")
    (folder / "student-07").mkdir()
    (folder / "link.py").symlink_to(ROOT / "reference" / "slope" / "slope.py")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Runs:
    base = tmp_path_factory.mktemp("grade")
    temporary = base / "tmp"
    temporary.mkdir()
    make_class(base / "class")
    out, course = base / "out", linked_course(base / "course")
    learn(out, bank)
    arguments = ["grade", str(base / "class"), "-a", "slope", "--course", str(course), "--json"]
    arguments += ["--out", str(out)]
    if standard.level == "none":
        arguments.append("--allow-weak-isolation")
    finished, stored, traces = [], [], []
    for more in ([], [], ["--fresh"]):
        if finished:
            with one_engine(standard), mutants_kept(out):
                finished.append(run_inside(*arguments, *more, folder=temporary))
        else:
            finished.append(run(*arguments, temporary=temporary))
        stored.append((out / "slope" / "results.jsonl").read_text("utf-8"))
        traces.append({path.name: path.read_bytes() for path in out.rglob("*.trace")})
    left = [path.name for path in temporary.glob("autograder-*")]
    return Runs(*finished, stored, traces, left)


def lines(finished: Finished) -> Lines:
    """Return the JSON objects on stdout."""
    return [json.loads(line) for line in finished.stdout.splitlines()]


def without(found: Lines, *keys: str) -> Lines:
    """Return the lines without some keys."""
    return [{k: v for k, v in line.items() if k not in keys} for line in found]


def test_exit_code_is_0_when_every_submission_was_processed(runs: Runs) -> None:
    assert [f.code for f in (runs.first, runs.again, runs.fresh)] == [0, 0, 0], runs.first.stderr


def test_stdout_has_one_object_a_submission_and_nothing_else(runs: Runs) -> None:
    assert [line["student"] for line in lines(runs.first)] == sorted(STATUSES)


def test_each_submission_gets_its_status_and_score(runs: Runs) -> None:
    found = {line["student"]: (line["status"], line["score"]) for line in lines(runs.first)}
    assert found == STATUSES


def test_each_line_has_the_documented_keys(runs: Runs) -> None:
    for line in lines(runs.first):
        assert set(line) >= KEYS
        assert line["max_score"] == 10.0
        assert line["assignment"] == "slope"
        assert {"torch", "python", "autograder"} <= set(line["versions"])


def test_each_check_has_the_documented_keys(runs: Runs) -> None:
    for line in lines(runs.first):
        for check in line["checks"]:
            assert set(check) | {"texts"} == CHECK_KEYS
            assert check["passed"] is (check["outcome"] == "passed")
            assert check["points"] == (check["max_points"] if check["passed"] else 0.0)
        if line["checks"]:
            assert line["score"] == sum(check["points"] for check in line["checks"])


@pytest.mark.parametrize(
    ("student", "words"),
    [
        ("fifo", "FIFO"),
        ("link", "link"),
        ("student-05", "'student-05' and 'student-05.py'"),
        ("student-07", "no .ipynb or .py"),
    ],
)
def test_odd_entries_say_what_they_are(student: str, words: str, runs: Runs) -> None:
    (line,) = (line for line in lines(runs.first) if line["student"] == student)
    assert words in line["message"]
    assert line["submission_sha256"] == ""


def test_a_broken_file_says_where(runs: Runs) -> None:
    (line,) = (line for line in lines(runs.first) if line["student"] == "student-04")
    assert "line 1" in line["message"]


def test_results_file_holds_what_was_printed(runs: Runs) -> None:
    printed = [f.stdout for f in (runs.first, runs.again, runs.fresh)]
    assert runs.stored == printed


def test_second_run_reuses_traces_and_says_the_same(runs: Runs) -> None:
    first, again = lines(runs.first), lines(runs.again)
    assert without(again, "seconds", "reused") == without(first, "seconds", "reused")
    observed = {line["student"] for line in again if line["submission_sha256"]}
    assert {line["student"] for line in again if line["reused"]} == observed
    assert not any(line["reused"] and line["student"] != "student-01" for line in first)


def test_fresh_run_observes_again_and_leaves_the_same_traces(runs: Runs) -> None:
    fresh = lines(runs.fresh)
    assert not any(line["reused"] for line in fresh)
    assert without(fresh, "seconds", "reused") == without(lines(runs.first), "seconds", "reused")
    assert runs.traces[2] == runs.traces[0] != {}


def test_stderr_names_the_isolation(runs: Runs) -> None:
    (isolation,) = {line["isolation"] for line in lines(runs.first)}
    assert f"sandbox: {isolation}" in runs.first.stderr


def test_no_temporary_file_is_left(runs: Runs) -> None:
    assert runs.left == []
