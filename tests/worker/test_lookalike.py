"""Where a function of the lab's is missing, what the file has instead is seen, and where."""

from __future__ import annotations

import pytest

from autograder.protocol.trace import Sighting

from . import module_labs
from .conftest import Run
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, script

LOOP = "for _ in range(4):\n" + "\n".join(
    line.removeprefix("    ") for line in TRAIN.splitlines()[2:]
)


def seen(run: Run, source: str, role: str) -> list[tuple[str, str, int | None]]:
    found = run(source).loading
    assert role not in found.defined
    return [(s.what, s.name, s.line) for s in found.sightings if s.role == role and not s.instead]


def line_of(source: str, text: str) -> int:
    return next(n for n, line in enumerate(source.splitlines(), start=1) if text in line)


@pytest.mark.parametrize("name", ["gradient_descent", "descend", "optimise_it", "обучение", "f"])
def test_a_function_that_trains_is_seen_under_any_name(run: Run, name: str) -> None:
    source = script(train=TRAIN.replace("train_model", name))
    assert seen(run, source, "train_model") == [("function", name, line_of(source, f"def {name}("))]


STEP = "def step():\n    loss = criterion(forward(X), Y)\n    loss.backward()\n    w.data -= lr * w.grad\n"


@pytest.mark.parametrize(
    "train",
    [
        TRAIN.replace("loss.backward()", "w.grad = torch.autograd.grad(loss, w)[0]"),
        (
            "optimizer = torch.optim.SGD([w], lr=lr)\n"
            "def train_model(n):\n    for _ in range(n):\n        optimizer.step()\n"
        ),
        "def train_model(n):\n    i = 0\n    while i < n:\n        w.data.sub_(lr)\n        i += 1\n",
        (
            "def train_model(n):\n    global w\n    for _ in range(n):\n"
            "        w = w.detach() - lr * (2 * (w.detach() * X - Y) * X).mean()\n"
        ),
        f"{STEP}def train_model(n):\n    for _ in range(n):\n        step()\n",
    ],
    ids=["autograd", "optimizer", "in place", "by hand", "helper"],
)
def test_all_ways_of_training_are_seen(run: Run, train: str) -> None:
    source = script(train=train.replace("train_model", "go"))
    assert seen(run, source, "train_model") == [("function", "go", line_of(source, "def go"))]


@pytest.mark.parametrize("loop", [LOOP, f"{STEP}for _ in range(4):\n    step()\n"])
def test_training_outside_of_any_function_is_seen(run: Run, loop: str) -> None:
    source = script(train=loop)
    assert seen(run, source, "train_model") == [("loop", "", line_of(source, "for _"))]


def test_loops_that_do_not_train_are_not_taken_for_training(run: Run) -> None:
    source = script(train="def show(n):\n    for i in range(n):\n        print(i)\nshow(2)\n")
    assert seen(run, source, "train_model") == []


@pytest.mark.parametrize(
    "forward",
    [
        "def predict(x):\n    return w * x\n",
        "def predict(x):\n    yhat = torch.mul(w, x)\n    return yhat\n",
        "def predict(x, w):\n    return w * x\n",
        "predict = lambda x: w * x\n",
    ],
)
def test_a_function_that_predicts_is_seen(run: Run, forward: str) -> None:
    source = script(forward=forward)
    assert seen(run, source, "forward") == [("function", "predict", line_of(source, "predict"))]


def test_what_draws_the_data_is_not_taken_for_a_prediction(run: Run) -> None:
    source = script(forward="def f(x):\n    return -3 * x\ndef show(x):\n    plt.plot(w * x)\n")
    assert seen(run, source, "forward") == []


@pytest.mark.parametrize(
    "criterion",
    [
        "def mse(yhat, y):\n    return torch.mean((yhat - y) ** 2)\n",
        "def mse(yhat, y):\n    return ((yhat - y) ** 2).sum() / len(y)\n",
        "def mse(yhat, y):\n    return torch.nn.functional.mse_loss(yhat, y)\n",
        (
            "def mse(a, b):\n    s = 0\n    for i in range(len(a)):\n        s += (a[i] - b[i]) ** 2\n"
            "    return s / len(a)\n"
        ),
    ],
)
def test_a_function_that_measures_a_loss_is_seen(run: Run, criterion: str) -> None:
    source = script(criterion=criterion)
    assert seen(run, source, "criterion") == [("function", "mse", line_of(source, "def mse"))]


@pytest.mark.parametrize("loss", ["torch.nn.MSELoss()", "torch.nn.functional.mse_loss"])
def test_a_loss_of_torch_s_under_another_name_is_seen(run: Run, loss: str) -> None:
    source = script(criterion=f"cost = {loss}\n")
    assert seen(run, source, "criterion") == [("object", "cost", line_of(source, "cost ="))]


def test_a_nearly_right_name_is_seen_whatever_it_does(run: Run) -> None:
    source = script(criterion="def criterian(yhat, y):\n    pass\n")
    assert seen(run, source, "criterion") == [
        ("similar", "criterian", line_of(source, "criterian"))
    ]


def indented(text: str) -> str:
    return "\n".join("    " + line for line in text.splitlines()) + "\n"


def test_a_function_inside_of_another_is_seen_as_such(run: Run) -> None:
    source = script(train=f"def main():\n{indented(TRAIN)}main()\n")
    place = line_of(source, "def train_model")
    assert seen(run, source, "train_model") == [("inner", "main.train_model", place)]


def test_a_function_inside_of_a_class_is_seen_as_such(run: Run) -> None:
    method = TRAIN.replace("train_model(iterations", "fit(self, iterations")
    source = script(train=f"class Trainer:\n{indented(method)}")
    assert seen(run, source, "train_model") == [
        ("method", "Trainer.fit", line_of(source, "def fit"))
    ]


@pytest.mark.parametrize(
    ("end", "what"),
    [
        ("train_model = train_model(4)", "rebound"),
        ("train_model = 4", "rebound"),
        ("del train_model", "deleted"),
    ],
)
def test_what_becomes_of_a_name_in_the_end_is_seen(run: Run, end: str, what: str) -> None:
    source = script() + f"\n{end}\n"
    assert seen(run, source, "train_model") == [(what, "train_model", line_of(source, end))]


@pytest.mark.parametrize("head", ["if lr > 1:\n", "try:\n    import not_there\n"])
def test_a_definition_that_was_not_reached_is_seen(run: Run, head: str) -> None:
    tail = "" if head.startswith("if") else "except ImportError:\n    pass\n"
    source = script(train=f"{head}{indented(TRAIN)}{tail}")
    place = line_of(source, "def train_model")
    assert seen(run, source, "train_model") == [("skipped", "train_model", place)]


def test_nothing_is_seen_where_nothing_is(run: Run) -> None:
    assert run("import torch\n").loading.sightings == ()
    assert run(script()).loading.sightings == ()


def test_a_name_that_is_too_long_to_read_is_not_told(run: Run) -> None:
    source = script(train=TRAIN.replace("train_model", "t" * 61))
    assert seen(run, source, "train_model") == []


def test_a_value_that_breaks_when_it_is_looked_at_leaves_all_else_as_it_is(run: Run) -> None:
    hostile = (
        "class Odd(torch.Tensor):\n"
        "    @property\n"
        "    def requires_grad(self): raise SystemError('no')\n"
        "odd = torch.zeros(2).as_subclass(Odd)\n"
    )
    source = script(top=GLOBALS + hostile, train=TRAIN.replace("train_model", "descend"))
    found = run(source.replace("forward(X)", "forward(X + odd[0])"))
    assert found.done
    assert set(found.loading.defined) == {"forward", "criterion"}


def test_a_model_s_class_of_another_name_is_seen() -> None:
    source = module_labs.script().replace("Line", "Net").replace("model", "net_1")
    found = module_labs.run(source.replace("train_net_1", "train_model")).loading
    (seen_class,) = [s for s in found.sightings if s.role == "forward"]
    assert (seen_class.what, seen_class.name) == ("class", "Net")


def test_both_are_there_for_a_file_of_own_names_alone(run: Run) -> None:
    source = GLOBALS + FORWARD.replace("forward", "f") + CRITERION.replace("criterion", "cost")
    source += TRAIN.replace("train_model", "go")
    source = source.replace("forward(X)", "f(X)").replace("criterion(", "cost(")
    found: tuple[Sighting, ...] = run(source).loading.sightings
    assert [(s.role, s.name) for s in found] == [
        ("forward", "f"),
        ("criterion", "cost"),
        ("train_model", "go"),
    ]
