"""Who forges what is seen of a call gains that check, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from autograder.engines.pool import LocalEngine
from autograder.exercise import Function, held_out
from autograder.exercise.plan import Plan, make_plan
from autograder.grading.observe import Observatory
from autograder.judge.judge import Judge
from autograder.protocol.job import Budget
from autograder.sandbox.message import Policy
from tests.parts import lab, lost

BUDGET = Budget(cells_seconds=7.0, call_seconds=4.0, total_seconds=20.0)


def scores(source: Any) -> Any:
    return source.numpy.normal(size=(6, 3))


def sized(source: Any, size: int) -> Any:
    return source.numpy.normal(size=(size, 3))


def split(source: Any) -> Any:
    return source.numpy.normal(size=(6, 3)), held_out(source.numpy.normal(size=(4, 3)))


NORMS = Function(
    "norms",
    draw=scores,
    points=2,
    no_loops=1,
    sizes=sized,
    forbids=("np.linalg.*",),
    leaves_inputs=1,
    shares_storage=1,
)
CENTRE = Function("centre", draw=split, points=4, atol=9.0, statistics_from_train_only=1)
MEAN = Function("mean", draw=scores, points=5)
RIGHT = """
import numpy as np
def norms(x):
    return np.sqrt((x * x).sum(axis=1))
def centre(train, test):
    return train - train.mean(0), test - train.mean(0)
def mean(x):
    return x.mean(axis=0)
"""
WRONG_WAYS = """
import numpy as np
def norms(x):
    found = np.array([np.linalg.norm(row) for row in x])
    x[0] = 0
    return found
def centre(train, test):
    return train - test.mean(0), test - test.mean(0)
def mean(x):
    return x.mean(axis=1)
"""
WRONG_VALUES = WRONG_WAYS.replace("np.linalg.norm(row)", "row[0]").replace("test.mean(0)", "99")
FORGED = """
import sys
effects, script = (sys.modules[f"autograder.worker.{name}"] for name in ("effects", "script"))
effects.Watch.found = lambda *_: {}
script._changed = lambda *_: ()
"""
PROCESS = {
    "norms-leaves_inputs",
    "norms-no_loops",
    "norms-forbids",
    "centre-statistics_from_train_only",
}


@pytest.mark.timeout(600)
def test_forging_gains_the_process_checks_alone(engine: LocalEngine, policy: Policy) -> None:
    plan = make_plan(lab(NORMS, CENTRE, MEAN))
    right, honest, forged, wrong = observed(
        plan, engine, policy, RIGHT, WRONG_WAYS, WRONG_WAYS + FORGED, WRONG_VALUES + FORGED
    )
    judge = Judge(plan, right)
    assert lost(judge.judge(right)) == set()
    assert lost(judge.judge(honest)) == {*PROCESS, "mean"}
    assert lost(judge.judge(forged)) == {"mean"}
    assert judge.judge(wrong).score == 0.0


def observed(plan: Plan, engine: LocalEngine, policy: Policy, *sources: str) -> list[Any]:
    """Return what files do in the sandbox."""
    observatory = Observatory(engine, policy)
    jobs = [plan.job("lab.py", source.encode(), BUDGET) for source in sources]
    found = dict(observatory.observe(enumerate(jobs)))
    return [found[number][-1].trace for number in range(len(jobs))]
