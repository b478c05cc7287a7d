"""Process checks: what a call does besides returning the right value."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Function, Object, call, construct, fixture
from autograder.exercise.plan import make_plan
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import Loading, ScriptRecord, StepRecord
from autograder.words.catalogue import say
from autograder.worker import effects
from tests.parts import BUDGET, check, grader, lab, lost, trace_of


def rows(source: Any) -> Any:
    return torch.randn(6, 3, generator=source.torch)


def scores(source: Any) -> Any:
    return source.numpy.normal(size=(6, 3))


def sized(source: Any, size: int) -> Any:
    return source.numpy.normal(size=(size, 3))


ROWS = "def norms(x):\n    return (x * x).sum(axis=1)"
LOOPS = {
    "for": "def norms(x):\n    out = []\n    for r in x:\n        out.append((r * r).sum())\n    return np.array(out)",
    "comprehension": "def norms(x):\n    return np.array([(r * r).sum() for r in x])",
    "generator": "def norms(x):\n    return np.array(list((r * r).sum() for r in x))",
    "map": "def norms(x):\n    return np.array(list(map(lambda r: (r * r).sum(), x)))",
    "vectorize": "def norms(x):\n    f = np.vectorize(lambda r: (r * r).sum(), signature='(n)->()')\n    return f(x)",
    "along an axis": "def norms(x):\n    return np.apply_along_axis(lambda r: (r * r).sum(), 1, x)",
    "while": "def norms(x):\n    out, i = np.zeros(len(x)), 0\n    while i < len(x): out[i] = (x[i] ** 2).sum(); i += 1\n    return out",
    "recursion": "def norms(x):\n    if len(x) == 0: return np.zeros(0)\n    return np.append(norms(x[:-1]), (x[-1] ** 2).sum())",
    "in a helper": "def one(x, i):\n    return (x[i] ** 2).sum()\ndef norms(x):\n    return np.fromiter((one(x, i) for i in range(len(x))), float)",
}  # fmt: skip
NO_LOOPS = {
    "einsum": "def norms(x):\n    return np.einsum('ij,ij->i', x, x)",
    "over three columns": "def norms(x):\n    total = 0\n    for j in range(x.shape[1]):\n        total = total + x[:, j] ** 2\n    return total",
    "many lines": "def norms(x):\n" + "    x = x + 0\n" * 60 + "    return (x * x).sum(axis=1)",
    "halving": "def norms(x):\n    n = len(x)\n    while n > 1:\n        n = n // 2\n    return (x * x).sum(axis=1)",
    "square roots": "def norms(x):\n    return np.linalg.norm(x, axis=1) ** 2",
}  # fmt: skip
COUNTED = Function("norms", draw=scores, points=2, no_loops=1, sizes=sized)


@pytest.mark.parametrize("name", LOOPS)
def test_a_loop_of_any_sort_is_seen(name: str) -> None:
    grade = grader(lab(COUNTED), ROWS)
    verdict = grade(LOOPS[name])
    assert lost(verdict) == {"norms-no_loops"}
    assert check(verdict, "norms-no_loops").message.code == "one-by-one"


@pytest.mark.parametrize("name", NO_LOOPS)
def test_what_does_not_grow_is_no_loop(name: str) -> None:
    assert lost(grader(lab(COUNTED), ROWS)(NO_LOOPS[name])) == set()


def test_values_count_at_every_size() -> None:
    grade = grader(lab(COUNTED), ROWS)
    evades = ROWS.replace("    return", "    if len(x) > 8:\n        return x[:, 0]\n    return")
    assert lost(grade(evades)) == {"norms", "norms-no_loops"}


def test_points_for_loops_need_a_size() -> None:
    with pytest.raises(SpecError, match="no_loops needs sizes="):
        lab(Function("norms", draw=scores, points=2, no_loops=1))


NORM = "def norms(x):\n    return x.pow(2).sum(1).sqrt()"
TORCH = "def norms(x):\n    return {}"
FORBIDDEN = {
    "torch.norm": "torch.norm(x, dim=1)",
    "a method": "x.norm(dim=1)",
    "linalg": "torch.linalg.norm(x, dim=1)",
    "getattr": "getattr(torch, 'no' + 'rm')(x, dim=1)",
    "another name": "(lambda f: f(x, dim=1))(torch.norm)",
    "in a map": "torch.stack(list(map(torch.norm, x)))",
    "a layer": "nn.PairwiseDistance(eps=0.0)(x, torch.zeros_like(x))",
    "functional": "nn.functional.pairwise_distance(x, torch.zeros_like(x), eps=0.0)",
}


@pytest.mark.parametrize("name", FORBIDDEN)
def test_forbidden_functions_are_seen_whatever_they_are_called(name: str) -> None:
    part = Function("norms", draw=rows, points=2, forbids=("torch.norm", "nn.*"))
    verdict = grader(lab(part), NORM)(TORCH.format(FORBIDDEN[name]))
    assert lost(verdict) == {"norms-forbids"}
    pattern = "nn.*" if name in ("a layer", "functional") else "torch.norm"
    assert pattern in say(check(verdict, "norms-forbids").message)


@pytest.mark.parametrize(
    "formula",
    [
        "(x ** 2).sum(dim=1) ** 0.5  # torch.norm(x)",
        "torch.sqrt(torch.einsum('ij,ij->i', x, x))",
        "(lambda norm: norm)(x.mul(x).sum(-1).sqrt())",
    ],
)
def test_what_is_not_called_is_not_forbidden(formula: str) -> None:
    part = Function("norms", draw=rows, points=2, forbids=("torch.norm", "nn.*"))
    assert lost(grader(lab(part), NORM)(TORCH.format(formula))) == set()


def test_functions_of_numpy_and_built_in_ones_can_be_forbidden() -> None:
    part = Function(
        "order",
        draw=lambda s: s.numpy.normal(size=6),
        points=1,
        forbids=("np.sort", "sorted", "np.linalg.*"),
    )
    source = "def order(x):\n    x = list(x)\n    for i in range(len(x)):\n        j = i + int(np.argmin(x[i:]))\n        x[i], x[j] = x[j], x[i]\n    return np.array(x)"
    grade = grader(lab(part), source)
    for formula in ("np.sort(x)", "np.array(sorted(x))"):
        assert lost(grade(f"def order(x):\n    return {formula}")) == {"order-forbids"}
    norm = source.replace("    x = list(x)", "    np.linalg.norm(x)\n    x = list(x)")
    assert lost(grade(norm)) == {"order-forbids"}


def test_a_module_of_ones_own_is_not_forbidden_by_nn() -> None:
    source = """
class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.full((3,), 2.0))
    def forward(self, x):
        return x * self.w
"""
    part = Object(
        "Scale",
        script=lambda source: (construct(), call("__call__", rows(source))),
        points=1,
        forbids=("nn.*",),
    )
    grade = grader(lab(part), source)
    assert lost(grade(source)) == set()
    layer = source.replace("x * self.w", "nn.functional.linear(x, torch.diag(self.w))")
    assert lost(grade(layer)) == {"Scale-forbids"}
    held = source.replace("self.w = nn", "self.i = nn.Identity()\n        self.w = nn")
    assert lost(grade(held)) == {"Scale-forbids"}


MODEL = """
import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.layer = nn.Linear(3, 1)
        self.norm = nn.BatchNorm1d(1)
    def forward(self, x):
        return self.norm(self.layer(x))
"""
EVALUATE = """
def evaluate(model, x):
    was = model.training
    model.eval()
    with torch.no_grad():
        out = model(x).mean()
    model.train(was)
    return out
"""
MEASURE = Function(
    "evaluate",
    draw=lambda source: (fixture("net.py:Net"), rows(source)),
    points=2,
    eval_mode=1,
    no_graph=1,
    no_grad=1,
    leaves_parameters=1,
)


def evaluation() -> Any:
    return grader(lab(MEASURE, fixtures={"net.py": MODEL}), EVALUATE)


@pytest.mark.parametrize(
    ("old", "new", "fails"),
    [
        ("    model.train(was)\n", "", {"evaluate-eval_mode"}),
        ("model.train(was)", "model.train(not was)", {"evaluate-eval_mode"}),
        ("with torch.no_grad():", "if True:", {"evaluate-no_graph", "evaluate-no_grad"}),
        ("    with torch.no_grad():\n        out = model(x).mean()", "    out = model(x).mean().detach()", {"evaluate-no_grad"}),
        ("    return out", "    model.layer.bias.data += 1\n    return out", {"evaluate-leaves_parameters"}),
        ("    return out", "    model.train()\n    model(x + 1)\n    return out", {"evaluate-eval_mode", "evaluate-leaves_parameters", "evaluate-no_grad"}),
        ("    return out", "    model.train(was)\n    return out.detach().numpy() * 1 if False else out", set()),
        ("model(x).mean()", "model.forward(x).mean()", set()),
        ("with torch.no_grad():", "with torch.inference_mode():", set()),
    ],
)  # fmt: skip
def test_modes_graphs_and_parameters_are_compared(old: str, new: str, fails: set[str]) -> None:
    assert old in EVALUATE
    assert lost(evaluation()(EVALUATE.replace(old, new))) == fails


def test_forgetting_the_mode_costs_the_value_and_what_rests_on_it() -> None:
    found = lost(evaluation()(EVALUATE.replace("    model.eval()\n", "")))
    assert {"evaluate", "evaluate-eval_mode"} <= found


def test_a_view_is_told_from_a_copy() -> None:
    part = Function("turned", draw=rows, points=1, shares_storage=1)
    grade = grader(lab(part), "def turned(x):\n    return x.T")
    for view in ("x.transpose(0, 1)", "x.permute(1, 0)", "x.mT"):
        assert lost(grade(f"def turned(x):\n    return {view}")) == set()
    for copied in ("x.T.clone()", "x.T.contiguous()", "torch.tensor(x.T.tolist())"):
        assert lost(grade(f"def turned(x):\n    return {copied}")) == {"turned-shares_storage"}


def test_a_copy_is_told_from_a_view_of_numpys() -> None:
    part = Function("first", draw=scores, points=1, shares_storage=1)
    grade = grader(lab(part), "def first(x):\n    return x[0].copy()")
    assert lost(grade("def first(x):\n    return x[0] + 0")) == set()
    assert lost(grade("def first(x):\n    return x[0]")) == {"first-shares_storage"}


def test_a_process_check_earns_nothing_where_values_are_wrong() -> None:
    part = Function("norms", draw=rows, points=2, forbids=("torch.norm",), no_graph=1)
    verdict = grader(lab(part), NORM)("def norms(x):\n    return x[:, 0]")
    assert verdict.score == 0.0
    assert {one.outcome for one in verdict.checks} == {"failed", "skipped"}


def test_who_forges_what_is_seen_gains_that_check_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Function("norms", draw=rows, points=2, forbids=("torch.norm",), no_graph=1)
    grade = grader(lab(part), NORM)
    monkeypatch.setattr(effects.Watch, "found", lambda self, result: {})
    assert lost(grade("def norms(x):\n    return torch.norm(x, dim=1)")) == set()
    forged = grade("def norms(x):\n    return torch.norm(x, dim=0)")
    assert forged.score == 0.0


def test_what_was_not_asked_for_is_not_believed() -> None:
    part = Function("norms", draw=rows, points=2, forbids=("torch.norm",))
    job = make_plan(lab(part)).job("lab.py", b"", BUDGET)
    script = job.scripts[0]
    for said in (
        StepRecord(events=3),
        StepRecord(graph=True),
        StepRecord(moved=("parameters",)),
        StepRecord(called=("torch.sum",)),
        StepRecord(called=2 * ("torch.norm",)),
        StepRecord(shares=("0",)),
    ):
        record = ScriptRecord(id=script.id, phase=script.phase, steps=(said,))
        assert (
            assemble(job, encode_frame(Loading()) + encode_frame(record), ending="done").scripts
            == {}
        )
    told = ScriptRecord(
        id=script.id, phase=script.phase, steps=(StepRecord(called=("torch.norm",)),)
    )
    assert (
        script.id
        in assemble(job, encode_frame(Loading()) + encode_frame(told), ending="done").scripts
    )


def test_nothing_goes_on_being_watched_after_a_call() -> None:
    import sys  # its only use

    part = Function("norms", draw=scores, points=2, no_loops=1, sizes=sized, forbids=("np.sort",))
    before = sys.gettrace(), sys.getprofile()
    trace = trace_of(lab(part), "def norms(x):\n    raise ValueError(len(x))")
    assert (sys.gettrace(), sys.getprofile()) == before
    assert all(one.steps[0].failure for one in trace.scripts.values())
