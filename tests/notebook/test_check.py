"""check() says what is right and what is not, in place and words, and leaves no trace of itself."""

from __future__ import annotations

import random
import shutil
import signal
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from autograder.notebook import public, versions
from autograder.notebook.check import check
from autograder.protocol.job import Budget

ROOT = Path(__file__).resolve().parents[2]
SETUP = """\
import torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X + 0.1 * torch.randn(X.size())
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
"""
FORWARD = "def forward(x):\n    return w * x\n"
CRITERION = "def criterion(yhat, y):\n    return torch.mean((yhat - y) ** 2)\n"
TRAIN = """\
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
"""
MODULE = """\
import torch
from torch import nn
X = torch.linspace(0, 1, 100)
y = X + 0.1 * torch.randn(100)
class LinearRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(1))
        self.bias = nn.Parameter(torch.randn(1))
    def forward(self, x):
        return self.weight * x + self.bias
model = LinearRegression()
loss_fn = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.5)
def train_model(epochs):
    for _ in range(epochs):
        loss = loss_fn(model(X), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
train_model(3)
"""


@pytest.fixture(autouse=True)
def lab_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where slope's notebook lies."""
    monkeypatch.chdir(ROOT / "assignments" / "slope")


def notebook(*cells: str) -> dict[str, Any]:
    """Return the namespace of a notebook whose cells were run."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(cell, namespace)
    return namespace


def right() -> dict[str, Any]:
    return notebook(SETUP, FORWARD, CRITERION, TRAIN)


def test_right_functions_earn_all_points(capsys: pytest.CaptureFixture[str]) -> None:
    assert check(namespace=right()) == 10.0
    assert "✘" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "points"), [("forward", 2), ("criterion", 2), ("train_model", 6), ("loss_recorded", 1)]
)
def test_a_function_or_a_check_can_be_asked_for(name: str, points: float) -> None:
    assert check(name, namespace=right()) == points


def test_it_looks_at_the_namespace_of_its_caller() -> None:
    namespace = right()
    exec("from autograder import check\npoints = check('forward')", namespace)
    assert namespace["points"] == 2.0


def test_an_unwritten_function_is_named_kindly(capsys: pytest.CaptureFixture[str]) -> None:
    stub = "def forward(x):\n    raise NotImplementedError('Write your code here')\n"
    assert check("forward", namespace=notebook(SETUP, stub)) == 0.0
    shown = capsys.readouterr().out
    assert "forward is not written yet" in shown
    assert "Traceback" not in shown


def test_a_wrong_value_is_told_with_the_right_one(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = "def forward(x):\n    return w + x\n"
    assert check("forward", namespace=notebook(SETUP, wrong)) == 0.0
    assert "is right" in capsys.readouterr().out


def test_an_exception_is_placed_by_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    broken = "def forward(x):\n    a = 1\n    return x / nothing\n"
    check("forward", namespace=notebook(SETUP, broken))
    assert "line 3" in capsys.readouterr().out


def test_gradients_that_pile_up_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    piling = TRAIN.replace("        w.grad.data.zero_()\n", "")
    check("gradient_zeroing", namespace=notebook(SETUP, FORWARD, CRITERION, piling))
    assert "sum of the gradients" in capsys.readouterr().out


def test_training_is_judged_alone_where_forward_is_wrong() -> None:
    wrong = "def forward(x):\n    return w * x + 1\n"
    namespace = notebook(SETUP, wrong, CRITERION, TRAIN)
    assert (check("forward", namespace=namespace), check("train_model", namespace=namespace)) == (
        0,
        6,
    )


def test_an_endless_loop_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(public, "BUDGET", Budget(call_seconds=0.2))
    endless = "def train_model(iterations):\n    while True:\n        pass\n"
    assert check("train_model", namespace=notebook(SETUP, FORWARD, CRITERION, endless)) == 0.0
    assert (
        "train_model took too long: it was stopped after 0.2 s of computing"
        in capsys.readouterr().out
    )


def test_what_functions_print_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    loud = "def forward(x):\n    print('loud')\n    return w * x\n"
    check("forward", namespace=notebook(SETUP, loud))
    assert "loud" not in capsys.readouterr().out


def test_globals_are_left_as_they_were() -> None:
    namespace = notebook(
        SETUP, FORWARD, CRITERION, TRAIN, "train_model(2)\nloss = forward(X).sum()"
    )
    exec("loss.backward()", namespace)
    w, losses, X = namespace["w"], namespace["LOSS"], namespace["X"]
    before = (w.item(), w.grad.item(), list(losses), X.clone(), set(namespace))
    values = dict(namespace)
    check(namespace=namespace)
    assert {n: v for n, v in namespace.items() if v is not values.get(n)} == {}
    assert (w.item(), w.grad.item(), list(losses)) == before[:3]
    assert torch.equal(X, before[3])
    assert set(namespace) == before[4]


def test_a_model_and_its_optimizer_are_left_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "assignments" / "module")
    namespace = notebook(MODULE)
    model, optimizer = namespace["model"].eval(), namespace["optimizer"]
    values = [p.detach().clone() for p in model.parameters()]
    gradients = [p.grad.clone() for p in model.parameters()]
    momentum = [optimizer.state[p]["momentum_buffer"].clone() for p in model.parameters()]
    check(namespace=namespace)
    for parameter, value, gradient, buffer in zip(
        model.parameters(), values, gradients, momentum, strict=True
    ):
        assert torch.equal(parameter, value)
        assert torch.equal(parameter.grad, gradient)
        assert torch.equal(optimizer.state[parameter]["momentum_buffer"], buffer)
    assert optimizer.param_groups[0]["lr"] == 0.3
    assert not model.training
    assert "forward" not in vars(model)
    assert namespace["optimizer"] is optimizer


def test_random_states_and_figures_are_left_as_they_were() -> None:
    namespace = right()
    states = (torch.get_rng_state(), np.random.get_state()[1].tolist(), random.getstate())
    figures = plt.get_fignums()
    check(namespace=namespace)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert (np.random.get_state()[1].tolist(), random.getstate()) == states[1:]
    assert plt.get_fignums() == figures


def test_the_value_reads_as_a_number_and_shows_as_a_card() -> None:
    points = check("forward", namespace=right())
    assert (repr(points), float(points)) == ("2.0", 2.0)
    assert "not the grade" in points._repr_html_()


def test_what_a_student_wrote_is_escaped_in_the_card() -> None:
    hostile = "def forward(x):\n    raise ValueError('<script>alert(1)</script>')\n"
    card = check("forward", namespace=notebook(SETUP, hostile))._repr_html_()
    assert "<script>" not in card
    assert "&lt;script&gt;" in card


def test_an_unknown_name_is_answered_with_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert check("foward", namespace=right()) == 0.0
    shown = capsys.readouterr().out
    assert "train_model" in shown
    assert "Did you mean 'forward'?" in shown


def test_without_expected_numbers_it_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert check("forward", namespace=right()) == 0.0
    assert "copy the lab's expected.json, which comes with" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "download the file again"),
        ('{"format": 1}', "download the file again"),
        ("[]", "download the file"),
    ],
)
def test_broken_expected_numbers_are_named(
    content: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "expected.json").write_text(content)
    monkeypatch.chdir(tmp_path)
    assert check("forward", namespace=right()) == 0.0
    assert told in capsys.readouterr().out


def test_numbers_made_for_another_version_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "assignments" / "slope" / "expected.json").read_text()
    (tmp_path / "expected.json").write_text(text.replace('"format": 1', '"format": 2'))
    monkeypatch.chdir(tmp_path)
    assert check("forward", namespace=right()) == 0.0
    assert "another version" in capsys.readouterr().out


def test_a_submission_folder_finds_the_course_numbers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course, work = (
        tmp_path / "assignments" / "slope",
        tmp_path / "submitted" / "student-01" / "slope",
    )
    course.mkdir(parents=True)
    work.mkdir(parents=True)
    shutil.copy(ROOT / "assignments" / "slope" / "expected.json", course)
    monkeypatch.chdir(work)
    assert check("forward", namespace=right()) == 2.0


def test_another_torch_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versions.torch, "__version__", "1.0.0")
    check("forward", namespace=right())
    assert "torch 1.0.0 is installed here" in capsys.readouterr().out


def test_training_is_shown_beside_what_was_expected() -> None:
    piling = TRAIN.replace("        w.grad.data.zero_()\n", "")
    points = check("train_model", namespace=notebook(SETUP, FORWARD, CRITERION, piling))
    assert points._repr_html_().count("<svg ") == 2
    assert "yours" in points._repr_html_()
    assert "expected" in points._repr_html_()
    assert "<svg " not in check("forward", namespace=right())._repr_html_()


def test_the_card_brings_its_style_and_takes_no_names_of_the_page() -> None:
    card = check(namespace=right())._repr_html_()
    assert not any(word in card for word in ("class=", " id=", "<style", "<script", "url("))
    assert "currentColor" in card  # the page's own, light or dark


def test_labs_without_a_loss_list_show_the_loss_over_all_data(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT / "assignments" / "module")
    card = check("train_model", namespace=notebook(MODULE))._repr_html_()
    assert "The loss over all data after each step" in card
    assert card.count("<svg ") == 2


def test_figures_made_by_student_code_are_not_left_open() -> None:
    drawing = (
        "def forward(x):\n"
        "    import matplotlib.pyplot as plt\n"
        "    plt.figure()\n"
        "    plt.plot([1, 2])\n"
        "    return w * x\n"
    )
    mine = plt.figure()
    figures = plt.get_fignums()
    assert check("forward", namespace=notebook(SETUP, drawing)) == 2.0
    assert plt.get_fignums() == figures
    assert mine.axes == []
    plt.close(mine)


def test_lists_in_dicts_and_in_objects_are_left_as_they_were() -> None:
    keeping = "history = {'loss': [1.0]}\nclass Log:\n    pass\nlog = Log()\nlog.seen = []\n"
    train = TRAIN.replace(
        "loss.backward()",
        "history['loss'].append(loss.item()); log.seen.append(1); log.n = 1\n"
        "        loss.backward()",
    )
    namespace = notebook(SETUP, FORWARD, CRITERION, keeping, train)
    assert check("train_model", namespace=namespace) == 6.0
    assert namespace["history"] == {"loss": [1.0]}
    assert vars(namespace["log"]) == {"seen": []}


def test_signal_handlers_are_left_as_they_were() -> None:
    names = [name for name in ("SIGALRM", "SIGPROF") if hasattr(signal, name)]
    before = [signal.getsignal(getattr(signal, name)) for name in names]
    check(namespace=right())
    assert [signal.getsignal(getattr(signal, name)) for name in names] == before


def test_the_user_s_interrupt_ends_the_check() -> None:
    struck = "def train_model(iterations):\n    LOSS.append(1)\n    raise KeyboardInterrupt\n"
    namespace = notebook(SETUP, FORWARD, CRITERION, struck)
    with pytest.raises(KeyboardInterrupt):
        check("train_model", namespace=namespace)
    assert namespace["LOSS"] == []


def test_so_many_seconds_are_enough_in_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(public, "TOTAL_SECONDS", 0.0)
    assert check(namespace=right()) == 0.0
    assert "Not checked: the tests before this one" in capsys.readouterr().out


def test_code_that_cannot_be_called_for_all_points_at_once_is_judged_all_the_same() -> None:
    picky = "def criterion(yhat, y):\n    assert yhat.sum().item() != 123\n"
    namespace = notebook(SETUP, FORWARD, picky + "    return torch.mean((yhat - y) ** 2)\n", TRAIN)
    assert check(namespace=namespace) == 10.0
    namespace = notebook(SETUP, FORWARD, CRITERION, "kept = w\n", TRAIN)
    exec("def forward(x):\n    return kept * x\n", namespace)  # not by the global's name
    assert check("train_model", namespace=namespace) == 6.0


def test_vs_code_says_which_notebook_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    namespace = right()
    namespace["__vsc_ipynb_file__"] = str(ROOT / "assignments" / "slope" / "slope.ipynb")
    assert check("forward", namespace=namespace) == 2.0


def test_what_no_evidence_tells_is_said_to_be_no_mistake(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT / "assignments" / "minibatch")
    source = ROOT / "reference" / "minibatch" / "accepted" / "gradient_by_formula.py"
    check("gradient_zeroing", namespace=notebook(source.read_text()))
    shown = capsys.readouterr().out
    assert "? gradient_zeroing" in shown
    assert "may still be right" in shown
