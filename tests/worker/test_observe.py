"""Probes and scenarios: every right way is recorded alike, and what breaks costs only itself."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import numpy as np
import pytest

from autograder.protocol.array import unpack
from autograder.protocol.codec import encode
from autograder.protocol.job import Budget
from autograder.protocol.trace import Failure
from autograder.worker.console import ECHO_BYTES, meter_output
from autograder.worker.fault import describe
from autograder.worker.observe import PLOT_NOTE

from .conftest import Run
from .observation import CRITERION, FORWARD, GLOBALS, Observation, assert_same_training, script

SHORT = Budget(cells_seconds=0.5, call_seconds=0.2)
LOOP = """\
def train_model(iterations):
    {first}
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        {record}
        loss.backward()
        {update}
"""
UPDATE = "w.data = w.data - lr * w.grad.data; w.grad.data.zero_()"


def training(first: str = "pass", record: str = "LOSS.append(loss.item())", update: str = UPDATE):
    """Return a submission whose training loop has these lines."""
    return script(train=LOOP.format(first=first, record=record, update=update))


@pytest.fixture
def reference(run: Run) -> Observation:
    """A right submission, observed."""
    return run(script())


def test_a_right_submission_is_observed_without_failure(reference: Observation) -> None:
    assert reference.done
    assert reference.failures() == []
    assert reference.loading.failures == ()
    assert set(reference.loading.defined) == {"forward", "criterion", "train_model"}
    assert reference.ends()["public-1"] == pytest.approx([-3.5], abs=0.5)


def test_steps_and_gradients_of_the_loop_are_recorded(reference: Observation) -> None:
    (call,) = reference.scenarios["public-1"].calls
    visited = unpack(call.visited)
    assert visited.shape == (4, 1)
    assert visited[0, 0] == -10.0
    fresh, buffers = unpack(call.fresh["w"]), unpack(call.buffers["w"])
    np.testing.assert_array_equal(fresh, buffers)
    np.testing.assert_allclose(np.diff(visited, axis=0), -0.1 * fresh[:3], rtol=1e-4)


def test_buffers_show_gradients_that_add_up(run: Run) -> None:
    (call,) = run(training(update="w.data = w.data - lr * w.grad.data")).scenarios["public-1"].calls
    fresh, buffers = unpack(call.fresh["w"]), unpack(call.buffers["w"])
    np.testing.assert_allclose(buffers, np.cumsum(fresh, axis=0), rtol=1e-5)


@pytest.mark.parametrize(
    "source",
    [
        training(first="global LOSS", record="LOSS = LOSS + [loss.item()]"),
        training(
            first="global w",
            update="w = torch.tensor((w - lr * w.grad).item(), requires_grad=True)",
        ),
        training(update="w.data -= lr * w.grad; w.grad = None"),
        training(
            first="w.grad = None",
            update="torch.no_grad().__enter__(); w.sub_(lr * w.grad); torch.set_grad_enabled(True);"
            " w.grad = None",
        ),
        script(
            train="optimizer = torch.optim.SGD([w], lr=lr)\n"
            + LOOP.format(
                first="pass",
                record="LOSS.append(loss.item())",
                update="optimizer.step(); optimizer.zero_grad()",
            )
        ),
        script(
            train="def train_model(iterations, rate=None):"
            + LOOP.partition(":")[2].format(
                first="pass", record="LOSS.append(loss.item())", update=UPDATE
            )
        ),
        script() + "\ntrain_model(4)\n",
        script() + "\nimport sys\nsys.exit()\n",
    ],
    ids=[
        "rebound LOSS",
        "recreated leaf",
        "in place",
        "no_grad",
        "module-level optimizer",
        "parameter with default",
        "trains at import",
        "exits at the end",
    ],
)
def test_every_right_way_leaves_the_same_parameters_and_losses(
    run: Run, reference: Observation, source: str
) -> None:
    assert_same_training(run(source), reference)


def test_an_optimizer_with_a_rate_of_its_own_keeps_it(run: Run, reference: Observation) -> None:
    step = LOOP.format(
        first="pass", record="pass", update="optimizer.step(); optimizer.zero_grad()"
    )
    found = run(script(train="optimizer = torch.optim.SGD([w], lr=0.05)\n" + step))
    assert found.failures() == []
    assert found.ends()["other-rate"] != pytest.approx(reference.ends()["other-rate"], rel=1e-3)
    half = run(training(update=UPDATE.replace("lr", "0.05")))
    for name, ends in half.ends().items():
        assert found.ends()[name] == pytest.approx(ends, rel=1e-5)


def test_an_optimizer_s_memory_is_emptied_before_each_scenario(run: Run) -> None:
    step = LOOP.format(
        first="pass", record="pass", update="optimizer.step(); optimizer.zero_grad()"
    )
    build = "optimizer = torch.optim.SGD([w], lr=lr, momentum=0.9)\n"
    warm = run(script(train=build + step) + "\ntrain_model(20)\n")
    assert warm.ends() == run(script(train=build + step)).ends()


def test_a_function_that_needs_more_arguments_is_named_with_its_signature(run: Run) -> None:
    found = run(script(train="def train_model(iterations, model, loader):\n    pass\n"))
    failures = found.failures()
    assert len(failures) == len(found.scenarios)
    assert {failure.kind for failure in failures} == {"signature"}
    assert "def train_model(iterations, model, loader): missing" in failures[0].text
    assert "'model'" in failures[0].text


def test_a_missing_function_costs_only_its_own_probes(run: Run) -> None:
    found = run(script(criterion=""))
    assert {f.kind for f in found.probe_failures("criterion") if f} == {"missing"}
    assert found.probe_failures("forward") == [None] * 3
    assert found.scenarios["isolated"].failure is None


@pytest.mark.parametrize(
    ("body", "kind", "cause", "text"),
    [
        ("pass", "result", "nothing-returned", ""),
        ("return 3", "result", "number-returned", ""),
        ("return [x]", "result", "object-returned", ""),
        ("return x.expand(1000, *x.shape)", "result", "too-many-returned", ""),
        ("raise NotImplementedError", "not_implemented", "", "NotImplementedError"),
        ("return v * x", "exception", "unknown-name", "NameError: name 'v' is not defined"),
        ("exit()", "exit", "", "SystemExit: None"),
    ],
)
def test_a_forward_that_gives_nothing_to_use_says_why(
    run: Run, body: str, kind: str, cause: str, text: str
) -> None:
    failures = run(script(forward=f"def forward(x):\n    {body}\n")).probe_failures("forward")
    assert [(f.kind, f.cause, f.text) for f in failures if f] == [(kind, cause, text)] * 3


def test_a_result_cut_off_from_the_graph_has_no_gradients(run: Run) -> None:
    found = run(script(forward="def forward(x):\n    return w.data * x\n"))
    assert found.probes["forward-public-5"].value is not None
    assert found.probes["forward-public-5"].gradients is None


@pytest.mark.parametrize(
    ("entry", "kind"),
    [
        ("loss.item()", "n"),
        ("loss.detach()", "t"),
        ("loss", "g"),
        ("str(loss)", "x"),
        ("None", "x"),
        ("True", "x"),
        ("[loss.item()]", "x"),
        ("__import__('numpy').float32(loss.item())", "n"),
        ("float('nan')", "n"),
    ],
)
def test_the_kind_of_every_loss_is_recorded(run: Run, entry: str, kind: str) -> None:
    found = run(training(record=f"LOSS.append({entry})"))
    record = found.scenarios["public-1"].calls[0].losses
    assert record is not None
    assert record.kinds == kind * 4


def test_a_loss_list_that_is_none_any_more_is_recorded_as_such(run: Run) -> None:
    found = run(training(first="global LOSS", record="LOSS = loss.item()"))
    assert found.failures() == []
    assert found.scenarios["public-1"].calls[0].losses is None


def test_a_loop_that_hides_its_steps_is_run_at_every_length(run: Run) -> None:
    train = """\
def train_model(n):
    for _ in range(n):
        g = torch.mean(2 * X * (w.data * X - Y))
        w.data = w.data - lr * g
"""
    found = run(script(train=train))
    record = found.scenarios["public-1"]
    assert record.prefixes is not None
    ends = unpack(record.prefixes)
    assert ends.shape == (4, 1)
    assert ends[-1, 0] == found.ends()["public-1"][0]
    assert len(np.unique(ends)) == 4


@pytest.mark.parametrize(
    "plot",
    [
        "show_plot()",
        "gradient_plot().draw(w)",
        "plt.plot(X.numpy(), forward(X).numpy())",
        "my_plot(w)",
    ],
)
def test_a_plot_that_breaks_inside_the_loop_costs_nothing(
    run: Run, reference: Observation, plot: str
) -> None:
    top = GLOBALS + (
        "import matplotlib.pyplot as plt\n"
        "def show_plot():\n    raise OSError('no display')\n"
        "def my_plot(w):\n    return w.no_such_attribute\n"
    )
    source = script(
        top=top,
        train=LOOP.format(
            first="pass", record="LOSS.append(loss.item())", update=f"{UPDATE}; {plot}"
        ),
    )
    found = run(source)
    assert_same_training(found, reference)
    notes = [note for record in found.scenarios.values() for note in record.notes]
    assert all(note == PLOT_NOTE for note in notes)


def test_an_endless_loop_in_training_costs_only_training(run: Run) -> None:
    found = run(script(train="def train_model(n):\n    while True:\n        pass\n"), budget=SHORT)
    assert found.done
    assert found.probe_failures("forward") == [None] * 3
    assert found.probe_failures("criterion") == [None] * 3
    assert {record.failure.kind for record in found.scenarios.values() if record.failure} == {
        "time"
    }
    assert len(found.failures()) == len(found.scenarios)


def test_a_function_that_ran_out_of_time_is_not_called_again(run: Run) -> None:
    forward = "calls = []\ndef forward(x):\n    calls.append(1)\n    while True: pass\n"
    found = run(script(forward=forward) + "\nassert not calls\n", budget=SHORT)
    assert [f.kind for f in found.probe_failures("forward") if f] == ["time"] * 3
    in_probes, in_training = 1, 1
    calls = vars(sys.modules["__main__"])["calls"]
    assert len(calls) == in_probes + in_training


def test_a_flood_of_output_is_dropped_and_training_goes_on(
    run: Run, reference: Observation, tmp_path
) -> None:
    with (tmp_path / "printed").open("wb") as printed:
        meter_output(50_000, printed.fileno())
        found = run(training(first="for _ in range(100): print('x' * 1000)"))
    assert_same_training(found, reference)
    assert (tmp_path / "printed").stat().st_size == ECHO_BYTES


HOSTILE = """\
class Silent(Exception):
    def __str__(self):
        raise self
class Huge(Exception):
    def __str__(self):
        return 'x' * 5_000_000
class NoText(Exception):
    def __str__(self):
        return 3
class Half(Exception):
    def __str__(self):
        return '\\ud800\\udfff'
class Text(str):
    def __str__(self):
        raise OSError
    def __getitem__(self, key):
        return 3
class Subclass(Exception):
    def __str__(self):
        return Text('text')
class Base(BaseException):
    pass
class Meta(type):
    @property
    def __name__(cls):
        raise OSError
class Nameless(Exception, metaclass=Meta):
    pass
class Numbered(Exception, metaclass=type('M', (type,), {'__name__': 3})):
    pass
class Traceless(Exception):
    __traceback__ = property(lambda self: 3)
class Class(Exception):
    __class__ = property(lambda self: 1 / 0)
wrong_line = SyntaxError('no', ('<script>', 'three', 1, 'x'))
wrong_file = SyntaxError('no', (3, 4, 1, 'x'))
wrong_text = SyntaxError(b'bytes')
huge_line = SyntaxError('no', ('<script>', 10**30, 1, 'x'))
silent_file = SyntaxError('no', (Silent(), 4, 1, 'x'))
"""
RAISED = ["Silent", "Huge", "NoText", "Half", "Subclass", "Base", "Nameless", "Numbered"]
RAISED += ["Traceless", "Class", "wrong_line", "wrong_file", "wrong_text", "KeyboardInterrupt"]
RAISED += ["huge_line", "silent_file"]
RAISED += ["GeneratorExit", "StopIteration", "RecursionError", "MemoryError"]


def described(error: str) -> Failure:
    """Raise a hostile exception and describe it; pytest itself must never meet it."""
    namespace: dict[str, Any] = {}
    exec(compile(HOSTILE, "<script>", "exec"), namespace)
    broken = ""
    try:
        exec(compile(f"\nraise {error}", "<script>", "exec"), namespace)
    except BaseException as caught:  # the point of the test
        try:
            return describe(caught)
        except BaseException as ours:
            broken = f"describe raised {type(ours).__name__}: {ours}"
    pytest.fail(broken, pytrace=False)


@pytest.mark.parametrize("error", RAISED)
def test_a_hostile_exception_is_one_failure_that_can_travel(error: str) -> None:
    failure = described(error)
    assert len(failure.text) < 500
    assert msgspec.msgpack.decode(encode(failure), type=Failure) == failure


@pytest.mark.parametrize("error", ["Silent", "Huge", "Half", "Base", "KeyboardInterrupt"])
def test_hostile_exceptions_cost_only_the_function_that_raises_them(run: Run, error: str) -> None:
    found = run(script(top=GLOBALS + HOSTILE, train=f"def train_model(n):\n    raise {error}\n"))
    assert found.done
    assert found.loading.failures == ()
    assert found.probe_failures("forward") == [None] * 3
    assert {f.kind for f in found.failures()} == {"exception"}
    assert len(found.failures()) == len(found.scenarios)


@pytest.mark.parametrize(
    "source",
    [
        script(),
        training(update="w.data = w.data - lr * w.grad.data"),
        training(first="raise ValueError(object())"),
        script(train="def train_model(n, model, optimizer=object()):\n    pass\n"),
        script(forward="def forward(x):\n    return w * x * torch.rand(1)\n"),
        script(
            train="import random\n"
            + LOOP.format(
                first="random.random()", record="LOSS.append(random.random())", update=UPDATE
            )
        ),
        "1 / 0\n",
        "def forward(:\n",
    ],
    ids=[
        "right",
        "wrong",
        "address raised",
        "address in signature",
        "random",
        "random losses",
        "raises",
        "broken",
    ],
)
def test_a_second_run_leaves_the_same_bytes(run: Run, source: str) -> None:
    first = run(source)
    keep = [object() for _ in range(1000)]  # so that addresses differ
    assert run(source).sent == first.sent
    assert keep


def test_an_unreadable_file_is_one_frame(run: Run) -> None:
    found = run(b"\0", filename="slope.py")
    assert found.loading.unreadable is not None
    assert found.loading.unreadable.kind == "unreadable"
    assert (found.probes, found.scenarios) == ({}, {})


def test_isolated_scenarios_train_without_the_student_s_functions(
    run: Run, reference: Observation
) -> None:
    wrong = run(
        script(forward=FORWARD.replace("w * x", "w + x"), criterion=CRITERION.replace("** 2", ""))
    )
    assert wrong.ends()["isolated"] == reference.ends()["isolated"]
    assert wrong.ends()["public-1"] != reference.ends()["public-1"]


def test_no_scenario_sees_what_another_left(run: Run, reference: Observation) -> None:
    dirt = (
        "    w.grad = torch.ones(())\n"
        "    globals().update(forward=None, criterion=None, lr=9.0, X=None, LOSS=[3.0])\n"
        "    torch.set_grad_enabled(False)\n"
    )
    found = run(training() + dirt)
    single = {name: ends for name, ends in reference.ends().items() if len(ends) == 1}
    assert len(single) > 4
    assert {name: found.ends()[name] for name in single} == single
