"""A function that ends the process costs what comes of it, and no point of another function."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from autograder.grading.lab import Lab
from autograder.grading.observe import budget_for
from autograder.grading.rest import joined, rest_of
from autograder.protocol.job import ForwardProbe, Job
from autograder.protocol.trace import Loading, ProbeRecord, ScenarioRecord, Trace
from tests.conftest import GradeSources

ENDS = "import os\n    os._exit(1)"
SOURCE = """
import torch
def forward(x):
    {forward}
    return w * x
def criterion(yhat, y):
    {criterion}
    return torch.mean((yhat - y) ** 2)
def train_model(n):
    {train}
    for _ in range(n):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data -= lr * w.grad
        w.grad.zero_()
"""


def ending(where: str, how: str = ENDS) -> str:
    return SOURCE.format(**dict.fromkeys(("forward", "criterion", "train"), "pass") | {where: how})


@pytest.mark.parametrize(
    ("where", "earned"),
    [("train", {"forward", "criterion"}), ("criterion", {"forward"}), ("forward", set())],
)
def test_functions_that_were_not_called_keep_their_points(
    where: str, earned: set[str], grade_sources: GradeSources
) -> None:
    (grade,) = grade_sources([("student-01.py", ending(where))]).values()
    assert grade.status == "crashed"
    assert {check.id for check in grade.checks if check.passed} == earned


@pytest.fixture
def job(slope: Lab) -> Job:
    return slope.plan.job("slope.py", b"", budget_for(slope.plan.exercise.limits))


def stopped(job: Job, *, after: int, ending: str = "crash") -> Trace:
    """Return a trace in which so many of the public things were observed."""
    public = [one.id for one in (*job.probes, *job.scenarios) if one.phase == "public"][:after]
    probes = {one.id for one in job.probes}
    return Trace(
        version=1,
        loading=Loading(),
        probes={name: ProbeRecord(id=name) for name in public if name in probes},
        scenarios={name: ScenarioRecord(id=name) for name in public if name not in probes},
        ending=ending,  # type: ignore[arg-type]
    )


def test_after_training_all_probes_are_left(job: Job) -> None:
    rest = rest_of(job, stopped(job, after=2))
    assert rest is not None
    assert (rest.probes, rest.scenarios) == (job.probes, ())


def test_after_criterion_forward_is_left(job: Job) -> None:
    rest = rest_of(job, stopped(job, after=1))
    assert rest is not None
    assert {type(one) for one in rest.probes} == {ForwardProbe}


@pytest.mark.parametrize(
    ("after", "how"), [(0, "crash"), (3, "crash"), (2, "done"), (2, "sandbox")]
)
def test_else_nothing_is(after: int, how: str, job: Job) -> None:
    """It ended in forward, in something hidden, not at all, or by a fault of ours."""
    assert rest_of(job, stopped(job, after=after, ending=how)) is None


def test_a_lab_without_hidden_probes_has_no_rest(job: Job) -> None:
    public = replace(job, probes=tuple(one for one in job.probes if one.phase == "public"))
    assert rest_of(public, stopped(public, after=2)) is None


def test_what_was_seen_first_stays(job: Job) -> None:
    first = stopped(job, after=2)
    other = {name: ProbeRecord(id=name, gradients={}) for name in ("new", *first.probes)}
    found = joined(first, replace(first, probes=other, ending="done"))
    assert found.probes == {"new": other["new"], **first.probes}
    assert (found.ending, found.scenarios) == ("crash", first.scenarios)
