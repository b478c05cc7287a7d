"""Who has which hidden data: by a secret and the id, the same on every run, and kept."""

from __future__ import annotations

import collections
import dataclasses

import pytest

from autograder.course.folder import Course
from autograder.course.submission import Submission, find_submissions
from autograder.engines.pool import LocalEngine
from autograder.exercise.plan import make_plan
from autograder.grading.address import grade_key
from autograder.grading.cache import Store
from autograder.grading.content import Content
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.observe import Observatory, parts_of
from autograder.grading.variant import Variants
from autograder.judge.judge import Judge
from autograder.protocol.array import unpack
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget, File, ForwardProbe, Job
from autograder.protocol.steps import opening_of
from autograder.sandbox.message import Policy
from tests.budget import BUDGET

FOUR = Variants(count=4, secret=b"pepper")
STUDENTS = [f"student-{number:03}" for number in range(400)]


def test_a_student_has_the_same_variant_every_time() -> None:
    again = Variants(count=4, secret=b"pepper")
    assert [FOUR.of(one) for one in STUDENTS] == [again.of(one) for one in STUDENTS]


def test_each_variant_has_about_as_many_students() -> None:
    counts = collections.Counter(map(FOUR.of, STUDENTS))
    assert sorted(counts) == [0, 1, 2, 3]
    assert min(counts.values()) > 60


def test_another_secret_gives_other_variants() -> None:
    other = Variants(count=4, secret=b"sugar")
    assert [FOUR.of(one) for one in STUDENTS] != [other.of(one) for one in STUDENTS]


def test_an_empty_secret_chooses_nothing() -> None:
    with pytest.raises(ValueError, match="secret"):
        Variants(count=4)


def test_a_name_that_is_no_text_has_a_variant_too() -> None:
    assert FOUR.of("\udcff") in range(4)


def test_a_student_whose_attempts_had_another_variant_keeps_it() -> None:
    """As after ids were linked: the folder has another name now."""
    own = FOUR.of("student-001")
    other = (own + 1) % 4
    kept = dataclasses.replace(FOUR, known={"student-001": [other]})
    assert kept.of("student-001") == other
    assert kept.of("student-002") == FOUR.of("student-002")
    both = dataclasses.replace(FOUR, known={"student-001": [other, own]})
    assert both.of("student-001") == own, "an attempt of this very folder"
    fewer = dataclasses.replace(FOUR, known={"student-001": [7]})
    assert fewer.of("student-001") == own, "there is no such variant any more"


def job_of(lab: Lab, variant: int) -> Job:
    return lab.of_variant(variant).plan.job("a.py", b"", Budget())


def test_all_that_is_sent_at_once_is_the_same_in_all_variants(slope: Lab) -> None:
    assert len({encode(opening_of(job_of(slope, variant))) for variant in range(4)}) == 1


@pytest.mark.parametrize("name", ["slope", "backprop"])
def test_all_that_is_hidden_differs_in_all_variants(name: str, course: Course) -> None:
    lab = load_lab(course, name)
    shares = [parts_of(job_of(lab, variant))[1:] for variant in range(4)]
    assert len({len(found) for found in shares}) == 1
    for same in zip(*shares, strict=True):
        assert len(set(same)) == 4


def test_the_first_variant_is_what_a_plan_was_before(slope: Lab) -> None:
    assert slope.of_variant(0) is slope
    assert make_plan(slope.plan.exercise, b"", 0) == make_plan(slope.plan.exercise)


def test_the_variant_is_in_the_address_of_a_grade(slope: Lab) -> None:
    file = File(name="slope.py", data=slope.reference_source)
    content = Content(submission=Submission(student="student-001"), files=(file,))
    assert len({grade_key(b"", content, variant=variant) for variant in range(4)}) == 4


TABLE = """
import numpy as np, torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr, LOSS = 0.1, []
TABLE = {table!r}

class Known(torch.autograd.Function):
    @staticmethod
    def forward(ctx, w, x):
        ctx.save_for_backward(x)
        key = x.detach().numpy().tobytes()
        return torch.tensor(np.frombuffer(TABLE[key], "f4").reshape(tuple(x.shape)).copy())
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return (g * x).sum().reshape(()), None

def forward(x):
    return Known.apply(w, x)

def criterion(yhat, y):
    return torch.mean((yhat - y) ** 2)

def train_model(n):
    for _ in range(n):
        loss = criterion(w * X, Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.zero_()
"""
"""A table of what forward gives, by its inputs: no formula is in it."""


def table_of(lab: Lab) -> str:
    """Return a file that knows what forward gives for all inputs of a variant."""
    known = {}
    for probe in lab.plan.probes:
        if isinstance(probe, ForwardProbe):
            (w,) = map(unpack, probe.parameters.values())
            known[probe.x.data] = (w * unpack(probe.x)).astype("f4").tobytes()
    return TABLE.format(table=known)


TWO = Variants(count=2, secret=b"pepper")
OWNERS = {TWO.of(student): student for student in STUDENTS}


@pytest.fixture(scope="module")
def tables(
    slope: Lab, standard: LocalEngine, policy: Policy, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, Grade]:
    """Grade one table of the first variant, handed in by a student of either."""
    folder, out = tmp_path_factory.mktemp("tables"), tmp_path_factory.mktemp("out")
    for student in OWNERS.values():
        (folder / f"{student}.py").write_text(table_of(slope), "utf-8")
    lab = dataclasses.replace(slope, variants=TWO)
    store = Store(out, "slope")
    grader = Grader(lab, standard, policy, store, budget=BUDGET, diagnose=False)
    grades = list(grader.grade(folder, find_submissions(folder, "slope")))
    assert len({one.trace for one in grades}) == 2, "equal files, with other hidden data"
    return {one.variant: one for one in grades}


def passed(grade: Grade) -> set[str]:
    return {check.id for check in grade.checks if check.passed}


def test_a_table_of_one_variant_earns_nothing_under_another(tables: dict[int, Grade]) -> None:
    assert {variant: tables[variant].student for variant in tables} == OWNERS
    assert "forward" in passed(tables[0])
    assert "forward" not in passed(tables[1])


def test_a_trace_of_one_variant_earns_nothing_under_another(
    slope: Lab, standard: LocalEngine, policy: Policy
) -> None:
    """Whatever the frames of a neighbour with other hidden data were, they are wrong here."""
    observatory, labs = Observatory(standard, policy), [slope, slope.of_variant(1)]
    file = File(name="slope.py", data=slope.reference_source)
    traces = [observatory.observe_one(lab.job((file,), BUDGET)).trace for lab in labs]
    judge = Judge(labs[1].plan, traces[1])
    assert judge.judge(traces[1]).score == 10.0
    found = {check.id for check in judge.judge(traces[0]).checks if check.passed}
    assert not found & {"forward", "criterion", "loss_recorded", "final_parameters"}
