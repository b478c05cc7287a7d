"""Grading a folder: what is reused, what a fault of ours costs, what a spec change needs."""

from __future__ import annotations

import dataclasses
import io
import json
import zipfile
from pathlib import Path

import msgspec
import pytest

from autograder.course import submission as submissions
from autograder.course.submission import Submission, find_submissions
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.grading import content as content_module
from autograder.grading.cache import Store
from autograder.grading.content import Content, read_content
from autograder.grading.grade import Grade, Grader, to_json
from autograder.grading.lab import Lab
from autograder.judge.judge import Judge
from autograder.protocol.codec import decode_job
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy
from autograder.words.catalogue import say
from autograder.words.text import verbatim

HALVED = b"""
import torch

def forward(x):
    return w * x

def criterion(yhat, y):
    return 0.5 * torch.mean((yhat - y) ** 2)
"""


class Forbidden:
    """An engine that must not be asked to run anything."""

    level = "namespaces"

    def run(self, jobs):
        assert list(jobs) == []
        return iter(())


def grade(lab: Lab, engine, policy: Policy, folder: Path, out: Path, **options) -> list[Grade]:
    grader = Grader(lab, engine, policy, Store(out, lab.name), diagnose=False, **options)
    return list(grader.grade(folder, find_submissions(folder, lab.name)))


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "student-01.py").write_bytes(HALVED)
    return folder


def test_judging_again_runs_no_student_code(
    slope: Lab, confined: LocalEngine, policy: Policy, submitted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (first,) = grade(slope, confined, policy, submitted, out)
    exercise = dataclasses.replace(
        slope.plan.exercise, points={**slope.plan.exercise.points, "forward": 5}
    )
    plan = dataclasses.replace(slope.plan, exercise=exercise)
    dearer = dataclasses.replace(slope, plan=plan)
    (second,) = grade(dearer, Forbidden(), policy, submitted, out)
    assert (first.score, first.reused) == (2.0, False)
    assert (second.score, second.max_score, second.reused) == (5.0, 13.0, True)


def test_fresh_observes_again_and_leaves_the_same_bytes(
    slope: Lab, engine: LocalEngine, policy: Policy, submitted: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    def traces() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in out.rglob("*.trace")}

    grade(slope, engine, policy, submitted, out)
    before = traces()
    (again,) = grade(slope, engine, policy, submitted, out, fresh=True)
    assert not again.reused
    assert traces() == before
    assert len(before) == 2


def test_a_wrong_reference_is_refused(
    slope: Lab, engine: LocalEngine, policy: Policy, submitted: Path, tmp_path: Path
) -> None:
    spoiled = tmp_path / "slope.py"
    source = slope.reference_source.replace(b"torch.mean", b"torch.sum")
    assert source != slope.reference_source
    spoiled.write_bytes(source)
    lab = dataclasses.replace(slope, reference_path=spoiled, reference_source=source)
    with pytest.raises(CourseError, match=r"slope\.py: the reference does not earn full marks"):
        grade(lab, engine, policy, submitted, tmp_path / "out")


def test_a_fault_of_the_judge_costs_no_point_and_no_other_submission(
    slope: Lab,
    engine: LocalEngine,
    policy: Policy,
    submitted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (submitted / "student-02.py").write_bytes(slope.reference_source)
    judge = Judge.judge
    calls = []

    def break_once(self, trace, **how):
        calls.append(trace)
        if len(calls) == 2:
            raise ZeroDivisionError
        return judge(self, trace, **how)

    monkeypatch.setattr(Judge, "judge", break_once)
    grades = grade(slope, engine, policy, submitted, tmp_path / "out")
    statuses = sorted(one.status for one in grades)
    assert statuses == ["graded", "sandbox_error"]
    (broken,) = [one for one in grades if one.status == "sandbox_error"]
    assert broken.score is None


class Kills:
    """An engine that has the system kill each child whose source says so, some times over."""

    def __init__(self, inner: LocalEngine, times: int) -> None:
        self.level = inner.level
        self.ran = 0
        self._inner = inner
        self._times = times

    def run(self, jobs):
        payloads = {}
        for number, report in self._inner.run(self._noted(jobs, payloads)):
            self.ran += 1
            if b"# killed" in payloads[number] and self._times:
                self._times -= 1
                yield number, msgspec.structs.replace(report, reason="exit", code=-9, frames=b"")
            else:
                yield number, report

    def _noted(self, jobs, payloads):
        for work in jobs:
            payloads[work.number] = work.payload
            yield work


@pytest.mark.parametrize(("times", "status"), [(1, "graded"), (2, "crashed")])
def test_a_child_that_someone_killed_is_run_once_more(
    times: int, status: str, slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "student-01.py").write_bytes(slope.reference_source + b"\n# killed\n")
    (found,) = grade(slope, Kills(engine, times), policy, folder, tmp_path / "out")
    assert found.status == status
    assert found.score == (10.0 if status == "graded" else 0.0)


def test_equal_files_are_run_once(
    slope: Lab, engine: LocalEngine, policy: Policy, submitted: Path, tmp_path: Path
) -> None:
    for number in range(2, 6):
        (submitted / f"student-0{number}.py").write_bytes(HALVED)
    counting = Kills(engine, 0)
    grades = grade(slope, counting, policy, submitted, tmp_path / "out")
    assert counting.ran == 2, "the reference and one of them"
    assert [one.student for one in grades] == [f"student-0{number}" for number in range(1, 6)]
    assert [one.reused for one in grades] == [False, True, True, True, True]
    assert {one.score for one in grades} == {2.0}


def test_right_files_that_behave_alike_are_judged_once(
    slope: Lab,
    engine: LocalEngine,
    policy: Policy,
    submitted: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(2, 5):
        source = slope.reference_source + b"\n# mine %d\n" % number
        (submitted / f"student-0{number}.py").write_bytes(source)
    judge, judged = Judge.judge, []

    def counting(self, trace, **how):
        judged.append(trace)
        return judge(self, trace, **how)

    monkeypatch.setattr(Judge, "judge", counting)
    grades = grade(slope, engine, policy, submitted, tmp_path / "out")
    assert sorted(one.score for one in grades) == [2.0, 10.0, 10.0, 10.0]
    assert len({one.trace for one in grades}) == 4, "each has a trace of its own"
    assert len(judged) == 3, "the reference, what is wrong, and one of those that are right"


def test_a_file_that_goes_while_others_run_is_ours(
    slope: Lab, engine: LocalEngine, policy: Policy, submitted: Path, tmp_path: Path
) -> None:
    grader = Grader(slope, engine, policy, Store(tmp_path / "out", "slope"), diagnose=False)
    listed = find_submissions(submitted, "slope")
    (submitted / "student-01.py").unlink()
    (found,) = grader.grade(submitted, listed)
    assert (found.status, found.score) == ("sandbox_error", None)
    assert "No such file" in say(found.message)


def test_json_cannot_be_taken_for_html(slope: Lab, policy: Policy, tmp_path: Path) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    (folder / "<script>alert(1).txt").write_text("x")
    grader = Grader(slope, Forbidden(), policy, Store(tmp_path, "slope"))
    (submission,) = find_submissions(folder, "slope")
    line = to_json(
        grader._ungradable(Content(submission=submission, problem=verbatim("a <b> & c")))
    )
    assert b"<" not in line
    assert b"&" not in line


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def notebook_of(lab: str, source: bytes) -> bytes:
    cell = {"cell_type": "code", "metadata": {}, "source": source.decode(), "outputs": []}
    metadata = {"autograder": {"lab": lab}}
    return json.dumps({"cells": [cell], "metadata": metadata, "nbformat": 4}).encode()


@pytest.mark.parametrize("fresh", [False, True])
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_files_that_were_worked_in_the_better_counts(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path, swapped: bool, fresh: bool
) -> None:
    right, wrong = slope.reference_source, slope.reference_source.replace(b"2)", b"3)")
    assert right != wrong
    names = ("a.py", "b.py") if swapped else ("b.py", "a.py")
    files = {
        f"student-01/slope/{name}": data for name, data in zip(names, (right, wrong), strict=True)
    }
    folder = write(tmp_path / "in", files)
    (found,) = grade(slope, engine, policy, folder, tmp_path / "out", fresh=fresh)
    assert (found.score, found.file) == (10.0, names[0])
    assert found.review == ("several-worked",)
    assert any("both were run" in say(note) for note in found.notes)
    assert Store(tmp_path / "out", "slope").read_trace(found.trace).loading.file == names[0]
    if not fresh:
        (again,) = grade(slope, Forbidden(), policy, folder, tmp_path / "out")
        same = {"reused": False, "seconds": found.seconds, "isolation": found.isolation}
        assert msgspec.structs.replace(again, **same) == found


def test_modules_that_were_handed_in_are_imported(
    slope: Lab, confined: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    """Inside the wall, from a folder and from a zip."""
    source = slope.reference_source
    moved = b"def scaled(x):\n    return w_of() * x\n\ndef w_of():\n    import __main__\n    return __main__.w\n"
    own = source.replace(b"w * x", b"own_tools.scaled(x)").replace(
        b"import torch\n", b"import torch\nimport own_tools\nfrom helpers import more\n", 1
    )
    files = {"hw/slope.py": own, "hw/own_tools.py": moved, "hw/helpers/__init__.py": b"more = 1"}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    folder = write(tmp_path / "in", {f"a/slope/{name}": data for name, data in files.items()})
    write(folder, {"b/slope/hw.zip": stream.getvalue(), "c/slope/slope.py": own})
    grades = grade(slope, confined, policy, folder, tmp_path / "out")
    a, b, c = sorted(grades, key=lambda one: one.student)
    assert (a.score, b.score) == (10.0, 10.0)
    assert c.score < 10.0, "the claim needs the module"
    assert (a.file, b.file) == ("hw/slope.py", "hw.zip/hw/slope.py")


def test_another_lab_s_file_earns_nothing_until_a_person_accepts_it(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    assert "line" in slope.labs
    files = {
        "full/slope/slope.ipynb": notebook_of("line", slope.reference_source),
        "part/slope/slope.ipynb": notebook_of("line", HALVED),
        "named/slope/line.py": HALVED,
        "none/slope/line.py": b"x = 1",
    }
    folder = write(tmp_path / "in", files)
    grades = {one.student: one for one in grade(slope, engine, policy, folder, tmp_path / "out")}
    for student, one in grades.items():
        assert (one.status, one.score, one.max_score, one.checks) == ("not_gradable", 0.0, 10.0, ())
        assert "belongs to lab line, not to slope" in say(one.message)
        assert one.review == ("other-lab-full-marks" if student == "full" else "other-lab",)
    grader = Grader(slope, engine, policy, Store(tmp_path / "out", "slope"), diagnose=False)
    submissions = find_submissions(folder, "slope")
    found = grader.graded(
        folder, submissions, accepts=lambda student, _: student in ("full", "part")
    )
    scores = {one.student: (one.status, one.score, one.review) for _, one in found}
    assert scores["full"] == ("graded", 10.0, ())
    assert scores["part"] == ("graded", 2.0, ())
    assert scores["named"] == ("not_gradable", 0.0, ("other-lab",))


def test_what_cannot_be_used_is_named_by_the_child_not_by_the_grader(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path
) -> None:
    folder = write(tmp_path / "in", {"student-01/slope/report.pdf": b"%PDF-1.7"})
    (found,) = grade(slope, engine, policy, folder, tmp_path / "out")
    assert (found.status, found.score, found.handed_in) == ("not_gradable", 0.0, True)
    assert say(found.message) == "report.pdf: a PDF; submit slope.ipynb or slope.py"
    assert found.notes == ()


def test_text_of_the_released_page_is_never_taken_for_a_student_s(slope: Lab) -> None:
    assert len(slope.page) > 3
    assert slope.job((), Budget()).page == slope.page


def test_a_file_that_is_too_large_costs_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (content_module, submissions):
        monkeypatch.setattr(module, "FILE_BYTES", 10)
    folder = write(tmp_path, {"a/slope/a.py": b"x" * 6, "a/slope/b.py": b"x" * 6})
    write(tmp_path, {"a/slope/c.py": b"x" * 11, "b/slope/a.py": b"x" * 11})
    a, b = (read_content(folder, one) for one in find_submissions(folder, "slope"))
    assert a.names == (("a.py", None),)
    assert [note.code for note in a.notes] == ["files-larger", "file-larger"]
    assert "larger than" in say(b.problem)


class Listening:
    """An engine that notes how plots are to be treated in each job."""

    def __init__(self, engine: LocalEngine) -> None:
        self._engine = engine
        self.level = engine.level
        self.plots: list[str] = []

    def run(self, works):
        works = list(works)
        self.plots += [decode_job(work.payload).plots for work in works]
        return self._engine.run(works)


@pytest.mark.parametrize("plots", ["inert", "real"])
def test_plots_are_drawn_at_once_where_that_is_asked_for(
    slope: Lab, engine: LocalEngine, policy: Policy, tmp_path: Path, plots: str
) -> None:
    folder = tmp_path / "submitted"
    folder.mkdir()
    plotting = b"import matplotlib.pyplot as plt\nplt.plot([1, 2])\n" + slope.reference_source
    (folder / "student-01.py").write_bytes(plotting)
    listening = Listening(engine)
    out = tmp_path / "out"
    lab = dataclasses.replace(slope, plots=plots)
    (found,) = grade(lab, listening, policy, folder, out)
    assert found.score == found.max_score
    assert set(listening.plots) == {plots}


def test_a_file_is_read_once_to_be_graded(
    slope: Lab, engine, policy: Policy, submitted: Path, tmp_path: Path, monkeypatch
) -> None:
    read: list[str] = []

    def counting(folder: Path, submission: Submission) -> Content:
        read.append(submission.student)
        return read_content(folder, submission)

    monkeypatch.setattr("autograder.grading.grade.read_content", counting)
    for _ in ("run", "stored"):
        (found,) = grade(slope, engine, policy, submitted, tmp_path / "out")
        assert found.score == 2.0
    assert read == ["student-01", "student-01"]
