"""The listing is what is about to be run, and says which lines do what; it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from autograder.course.folder import Course
from autograder.exercise.plan import Plan
from autograder.grading.lab import load_lab
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import Budget
from autograder.protocol.trace import LISTED_CELLS, LISTED_CHARACTERS, Listing, Part
from autograder.worker import listing
from autograder.worker.candidates import choose
from autograder.worker.listing import listing_of

from .conftest import ROOT, Run
from .observation import FORWARD, GLOBALS, TRAIN, notebook, script


def listed(plan: Plan, source: str, filename: str = "slope.py") -> Listing:
    job = plan.job(filename, source.encode(), Budget())
    return listing_of(choose(job), job)


def lines(found: Listing, part: Part, role: str = "train_model") -> list[str]:
    texts = {cell.number: cell.text.split("\n") for cell in found.cells}
    marks = [mark for mark in found.landmarks if (mark.part, mark.role) == (part, role)]
    return [texts[mark.cell][mark.first - 1].strip() for mark in marks]


def test_it_is_sent_before_the_first_line_runs(run: Run) -> None:
    source = script(top=GLOBALS + "raise SystemExit\n")
    found = run(source).listing
    assert found is not None
    assert (found.file, [cell.text for cell in found.cells]) == ("slope.py", [source])


def test_a_notebook_s_cells_keep_their_numbers(plan: Plan) -> None:
    found = listed(plan, notebook("x = 1", FORWARD, markdown=("# Text",)), "slope.ipynb")
    assert [(cell.number, cell.text) for cell in found.cells] == [(1, "x = 1"), (2, FORWARD)]
    assert lines(found, "return", "forward") == ["return w * x"]
    assert {mark.cell for mark in found.landmarks} == {2}


def test_each_part_of_a_training_has_its_lines(plan: Plan) -> None:
    found = listed(plan, script())
    assert lines(found, "definition") == ["def train_model(iterations):"]
    assert lines(found, "loop") == ["for _ in range(iterations):"]
    assert lines(found, "prediction") == ["loss = criterion(forward(X), Y)"]
    assert lines(found, "record") == ["LOSS.append(loss.item())"]
    assert lines(found, "backward") == ["loss.backward()"]
    assert lines(found, "update") == ["w.data = w.data - lr * w.grad.data"]
    assert lines(found, "zeroing") == ["w.grad.data.zero_()"]
    assert lines(found, "return", "criterion") == ["return torch.mean((yhat - y) ** 2)"]


@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("zeroing", "w.grad = None"),
        ("zeroing", "w.grad.zero_()"),
        ("zeroing", "w.grad *= 0"),
        ("zeroing", "w.grad.fill_(0)"),
        ("zeroing", "w.grad.data = torch.zeros(())"),
        ("zeroing", "optimizer.zero_grad(set_to_none=True)"),
        ("update", "w -= lr * w.grad"),
        ("update", "w.sub_(lr * w.grad)"),
        ("update", "w = (w - lr * w.grad).detach().requires_grad_()"),
        ("update", "w = torch.tensor(w - lr * w.grad, requires_grad=True)"),
        ("update", "optimizer.step()"),
        ("backward", "(g,) = torch.autograd.grad(loss, [w])"),
        ("assignment", "w = torch.tensor(-10.0, requires_grad=True)"),
        ("record", "LOSS += [loss.item()]"),
        ("record", "LOSS[i] = loss.item()"),
    ],
)
def test_other_ways_to_write_a_part_are_known(plan: Plan, part: Part, line: str) -> None:
    train = f"def train_model(n):\n    global w, LOSS\n    for i in range(n):\n        {line}\n"
    found = listed(plan, script(train=train))
    assert lines(found, part) == [line]


def test_what_training_calls_is_a_part_of_it(plan: Plan) -> None:
    train = (
        "def step():\n    w.data -= lr * w.grad\n\n"
        "def unused():\n    w.data += 1.0\n\n"
        "def train_model(n):\n    for _ in range(n):\n        step()\n"
    )
    assert lines(listed(plan, script(train=train)), "update") == [
        "step()",
        "w.data -= lr * w.grad",
    ]


def test_of_two_definitions_the_last_is_meant(plan: Plan) -> None:
    other = FORWARD.replace("w * x", "x * w")
    found = listed(plan, notebook(FORWARD, other), "slope.ipynb")
    assert lines(found, "return", "forward") == ["return x * w"]


def test_a_model_and_an_optimizer_are_found() -> None:
    plan = load_lab(Course(ROOT), "module").plan
    source = (ROOT / "reference" / "module" / "module.py").read_text("utf-8")
    found = listed(plan, source, "module.py")
    assert lines(found, "return", "forward") == ["return self.weight * x + self.bias"]
    assert lines(found, "optimizer") == ["optimizer = torch.optim.SGD(model.parameters(), lr=0.1)"]
    assert lines(found, "update") == ["optimizer.step()"]


@pytest.mark.parametrize(
    "cells",
    [
        ["def forward(x:\n    return"],
        [FORWARD, "def train_model(n):\n    for"],
        ["%matplotlib inline\n!ls", TRAIN],
        ["\udc80 = 1", FORWARD],
        ["(" * 5000, FORWARD],
    ],
)
def test_what_cannot_be_read_is_listed_all_the_same(plan: Plan, cells: Sequence[str]) -> None:
    found = listed(plan, notebook(*cells), "slope.ipynb")
    assert len(found.cells) == len(cells)
    assert encode_frame(found)


def test_a_fault_of_ours_while_reading_costs_no_more_than_the_marks(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(cells: object) -> None:
        raise AttributeError("body")

    monkeypatch.setattr(listing, "read_outline", broken)
    found = listed(plan, script())
    assert (len(found.cells), found.landmarks) == (1, ())


def test_a_listing_is_bounded(plan: Plan) -> None:
    long = listed(plan, f"{FORWARD}# {'x' * LISTED_CHARACTERS}")
    assert (long.cells, long.cut) == ((), True)
    cells = [FORWARD, *[f"x = {n}" for n in range(LISTED_CELLS)]]
    many = listed(plan, notebook(*cells), "slope.ipynb")
    assert (len(many.cells), many.cut) == (LISTED_CELLS, True)
    assert len(encode_frame(long)) < 10_000


def test_no_file_no_listing(run: Run) -> None:
    assert run("", filename="slope.ipynb").listing is None
