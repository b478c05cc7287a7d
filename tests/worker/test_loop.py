"""Where time was over: in a loop that need not end, one that always runs as often, or another."""

from __future__ import annotations

import pytest

from autograder.protocol.job import Budget
from autograder.protocol.trace import Failure

from .conftest import Run
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, notebook, script

SHORT = Budget(cells_seconds=0.4, call_seconds=0.15)
BUSY = "for k in range(10**9): pass"


def training_failure(run: Run, head: str, *, top: str = GLOBALS) -> Failure:
    """Return the failure of training whose loop has another head; the body is slow."""
    train = TRAIN.replace("    for _ in range(iterations):", head)
    return failure_of(run, script(top=top, train=train))


def failure_of(run: Run, source: str) -> Failure:
    found = run(source, budget=SHORT)
    assert found.done
    failure = found.scenarios["public-1"].failure
    assert failure is not None
    assert (failure.kind, failure.seconds) == ("time", SHORT.call_seconds)
    return failure


def line_of(source: str, text: str) -> int:
    return next(n for n, line in enumerate(source.splitlines(), start=1) if text in line)


@pytest.mark.parametrize(
    "head",
    [
        "    while True:",
        "    i = 0\n    while i < iterations:",
        "    loss = criterion(forward(X), Y)\n    while loss.item() > 1e-12:",
        "    import itertools\n    for _ in itertools.count():",
        "    from itertools import count, cycle\n    for _ in cycle([1]):",
        "    for _ in iter(int, 1):",
        "    LOSS.append(1.0)\n    for _ in LOSS:",
    ],
)
def test_a_loop_that_need_not_end_is_told_at_its_own_line(run: Run, head: str) -> None:
    failure = training_failure(run, head)
    assert failure.loop == "while"
    source = script(train=TRAIN.replace("    for _ in range(iterations):", head))
    assert failure.line == line_of(source, head.splitlines()[-1])


@pytest.mark.parametrize(
    "head",
    [
        "    for _ in range(10**9):",
        "    for _ in range(EPOCHS):",
        "    for _ in list(range(10**6)):",
        "    for _ in range(10**8):\n      for x in X:",
    ],
)
def test_a_loop_that_always_runs_as_often_is_told(run: Run, head: str) -> None:
    failure = training_failure(run, head, top=f"{GLOBALS}EPOCHS = 10**9\n")
    assert failure.loop == "fixed"


@pytest.mark.parametrize(
    "head",
    [
        "    for _ in range(10**8 * iterations):",
        f"    for _ in range(iterations):\n        {BUSY}",
        "    for _ in range(10**8):\n        if _ == 10**7 * iterations: break",
    ],
)
def test_any_other_loop_is_only_a_loop(run: Run, head: str) -> None:
    assert training_failure(run, head).loop == "for"


def test_an_endless_loop_inside_decides_over_the_loop_around_it(run: Run) -> None:
    inside = "    for _ in range(iterations):\n        while w is not None: pass"
    failure = training_failure(run, inside)
    assert failure.loop == "while"
    source = script(train=TRAIN.replace("    for _ in range(iterations):", inside))
    assert failure.line == line_of(source, "while w")


def test_an_endless_loop_around_decides_over_a_loop_inside(run: Run) -> None:
    around = "    while True:\n        for k in range(1000): pass"
    failure = training_failure(run, around)
    source = script(train=TRAIN.replace("    for _ in range(iterations):", around))
    assert (failure.loop, failure.line) == ("while", line_of(source, "while True"))


def test_a_loop_of_a_function_that_is_called_counts(run: Run) -> None:
    failure = failure_of(run, script(top=f"{GLOBALS}def wait():\n    while True: pass\n", train=TRAIN.replace("loss.backward()", "wait()")))  # fmt: skip
    assert failure.loop == "while"


def test_a_single_op_that_is_slow_is_no_loop(run: Run) -> None:
    slow = "def train_model(n):\n    sum(1 for _ in range(10**9))\n"
    failure = failure_of(run, script(train=slow))
    assert (failure.loop, failure.line) == ("", line_of(script(train=slow), "sum(1"))


def test_forward_is_asked_for_no_number_of_times(run: Run) -> None:
    slow = f"def forward(x):\n    {BUSY}\n    return w * x\n"
    found = run(script(forward=slow), budget=SHORT)
    (failure, *_) = found.probe_failures("forward")
    assert failure is not None
    assert (failure.kind, failure.loop) == ("time", "for")


def test_a_cell_s_loop_is_told_with_the_cell_s_own_limit(run: Run) -> None:
    endless = "while True: pass"
    cells = (GLOBALS, endless, FORWARD, CRITERION, f"{BUSY}\n{TRAIN}")
    found = run(notebook(*cells), filename="slope.ipynb", budget=SHORT).loading
    first, second = found.failures
    assert (first.loop, first.cell, first.line, first.seconds) == ("while", 2, 1, 0.4)
    assert (second.loop, second.cell, second.seconds) == ("for", 5, 0.1)
    assert second.binds == ("train_model",)


def test_what_ran_out_of_time_leaves_the_same_record_each_time(run: Run) -> None:
    source = script(train=TRAIN.replace("for _ in range(iterations)", "while True"))
    assert run(source, budget=SHORT).sent == run(source, budget=SHORT).sent
