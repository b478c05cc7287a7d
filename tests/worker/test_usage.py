"""Which names of a file's own stand in forward and training where the lab has one is seen."""

from __future__ import annotations

import pytest

from autograder.exercise.plan import Plan
from autograder.protocol.trace import Sighting

from . import module_labs
from .conftest import Run
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, script

Seen = list[tuple[str, str, tuple[str, ...], bool]]


def told(sightings: tuple[Sighting, ...], *kinds: str) -> Seen:
    return [(s.role, s.name, s.instead, s.inside) for s in sightings if s.what in kinds]


def seen(run: Run, source: str, *kinds: str) -> Seen:
    found = run(source).loading
    assert set(found.defined) == {"forward", "criterion", "train_model"}
    return told(found.sightings, *kinds)


def test_a_right_file_shows_nothing(run: Run) -> None:
    assert run(script()).loading.sightings == ()
    assert module_labs.run(module_labs.script()).loading.sightings == ()
    whole = module_labs.run(module_labs.whole(), plan=module_labs.WHOLE)
    assert whole.loading.sightings == ()


# Parameters and models


@pytest.mark.parametrize(
    ("made", "read"),
    [
        ("w1 = torch.tensor(-10.0, requires_grad=True)", "w1"),
        ("w1 = torch.zeros(()).requires_grad_()", "w1"),
        ("w1 = torch.nn.Parameter(torch.zeros(()))", "w1"),
        ("w1 = {'w': torch.tensor(-10.0, requires_grad=True)}", "w1['w']"),
        ("w1 = [torch.tensor(-10.0, requires_grad=True)]", "w1[0]"),
        (
            "class Own: pass\nw1 = Own()\nw1.w = torch.tensor(-10.0, requires_grad=True)",
            "w1.w",
        ),
    ],
)
def test_a_parameter_of_another_name_is_seen_where_it_is_used(
    run: Run, made: str, read: str
) -> None:
    source = script(
        top=f"{GLOBALS}{made}\n",
        forward=FORWARD.replace("w *", f"{read} *"),
        train=TRAIN.replace("w.", f"{read}."),
    )
    assert seen(run, source, "parameter") == [
        ("forward", "w1", ("w",), False),
        ("train_model", "w1", ("w",), False),
    ]


@pytest.mark.parametrize(
    "top",
    ["v = w\n", "parameters = [w]\n", "parameters = {'w': w}\n", "other = torch.ones(3)\n"],
)
def test_the_lab_s_parameter_under_another_name_is_the_lab_s(run: Run, top: str) -> None:
    name = {"v": "v", "p": "list(parameters)[0]", "o": "w"}[top[0]]
    if "{" in top:
        name = "parameters['w']"
    source = script(top=GLOBALS + top, forward=FORWARD.replace("w *", f"{name} *"))
    assert seen(run, source, "parameter") == []


def test_a_parameter_that_training_makes_for_itself_is_its_own(run: Run) -> None:
    train = (
        TRAIN.replace("    for", "    v = torch.tensor(-10.0, requires_grad=True)\n    for", 1)
        .replace("w.", "v.")
        .replace("forward(X)", "v * X")
    )
    assert seen(run, script(train=train), "parameter") == [("train_model", "v", ("w",), True)]


def test_a_module_that_is_trained_in_place_of_parameters_is_seen(run: Run) -> None:
    source = script(
        top=f"{GLOBALS}line = torch.nn.Linear(1, 1)\n",
        train=TRAIN.replace("forward(X)", "line(X)").replace("w.", "line.weight."),
    )
    assert seen(run, source, "model", "parameter") == [("train_model", "line", ("w",), False)]


def test_a_model_of_another_name_is_seen() -> None:
    source = module_labs.script().replace("model", "net_1").replace("train_net_1", "train_model")
    found = module_labs.run(source).loading
    assert told(found.sightings, "model") == [("train_model", "net_1", ("model",), False)]


def test_a_model_that_is_handed_over_is_the_lab_s() -> None:
    train = module_labs.training().replace("(epochs)", "(epochs, m=model)").replace("model(", "m(")
    source = module_labs.script(train=train.replace("train_m(", "train_model("))
    assert told(module_labs.run(source).loading.sightings, "model") == []


def test_what_an_update_moves_in_place_of_a_parameter_is_seen(run: Run) -> None:
    source = script(
        top=f"{GLOBALS}v = torch.tensor(-10.0)\n", train=TRAIN.replace("w.data =", "v.data =")
    )
    assert seen(run, source, "moved") == [("train_model", "v", ("w",), False)]
    inside = script(train=TRAIN.replace("w.data =", "new ="))
    assert seen(run, inside, "moved") == []


# The rate


@pytest.mark.parametrize(
    "update",
    [
        "w.data = w.data - {rate} * w.grad.data",
        "w.data -= {rate} * w.grad",
        "w.data.sub_({rate} * w.grad)",
        "w.data.sub_(w.grad, alpha={rate})",
        "w.data.add_(-{rate} * w.grad)",
        "step = {rate} * w.grad; w.data = w.data - step",
    ],
)
def test_a_rate_of_another_name_is_seen_in_all_ways_of_updating(run: Run, update: str) -> None:
    line = "w.data = w.data - lr * w.grad.data"
    for rate, top, wanted in (
        ("lr", "", []),
        ("alpha", "alpha = 0.1\n", [("train_model", "alpha", ("lr",), False)]),
        ("ETA", "ETA = torch.tensor(0.1)\n", [("train_model", "ETA", ("lr",), False)]),
        ("0.1", "", [("train_model", "", ("lr",), False)]),
    ):
        train = TRAIN.replace(line, update.format(rate=rate))
        source = script(top=GLOBALS + top, train=train)
        assert seen(run, source, "rate", "number") == wanted


@pytest.mark.parametrize(
    ("argument", "first", "rate", "wanted"),
    [
        ("", "alpha = 0.1", "alpha", [("train_model", "alpha", ("lr",), True)]),
        ("", "lr = 0.1", "lr", [("train_model", "lr", ("lr",), True)]),
        (", alpha=0.1", "pass", "alpha", [("train_model", "alpha", ("lr",), True)]),
        (", lr=0.1", "pass", "lr", []),
        (", learning_rate=0.1", "pass", "learning_rate", []),
    ],
)
def test_a_rate_of_the_function_s_own_is_seen(
    run: Run, argument: str, first: str, rate: str, wanted: Seen
) -> None:
    train = TRAIN.replace("(iterations)", f"(iterations{argument})", 1).replace("lr *", f"{rate} *")
    train = train.replace("    for", f"    {first}\n    for", 1)
    assert seen(run, script(train=train), "rate", "number") == wanted


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        ("torch.optim.SGD([w], lr=lr)", []),
        ("torch.optim.SGD([w], lr=0.1)", [("train_model", "", ("lr",), False)]),
        ("torch.optim.SGD([w], alpha)", [("train_model", "alpha", ("lr",), False)]),
    ],
)
def test_the_rate_of_an_optimizer_made_in_training_is_seen(
    run: Run, made: str, wanted: Seen
) -> None:
    train = (
        f"alpha = 0.1\ndef train_model(n):\n    optimizer = {made}\n    for _ in range(n):\n"
        "        optimizer.zero_grad()\n        loss = criterion(forward(X), Y)\n"
        "        LOSS.append(loss.item())\n        loss.backward()\n        optimizer.step()\n"
    )
    assert seen(run, script(train=train), "rate", "number") == wanted


# The loss list


@pytest.mark.parametrize(
    ("top", "record", "wanted"),
    [
        ("", "LOSS.append(loss.item())", []),
        ("", "LOSS.append(loss.item()); ws = []; ws.append(w.item())", []),
        ("losses = []", "losses.append(loss.item())", "losses"),
        ("losses = [0.0] * 99", "losses[_] = loss.item()", "losses"),
        ("h = {'loss': []}", "h['loss'].append(loss.item())", "h"),
        ("class H: losses = []\nh = H()", "h.losses.append(loss.item())", "h.losses"),
        ("ws, ls = [], []", "ws.append(w.item()); ls.append(loss.item())", "ls"),
        ("losses = []", "global losses; losses = losses + [loss.item()]", "losses"),
        ("losses = []", "global losses; losses += [loss.item()]", "losses"),
        (
            "import numpy as np\nlosses = np.array([])",
            "global losses; losses = np.append(losses, loss.item())",
            "losses",
        ),
    ],
)
def test_another_list_that_losses_go_to_is_seen(
    run: Run, top: str, record: str, wanted: str | list[str]
) -> None:
    train = TRAIN.replace("LOSS.append(loss.item())", record)
    found = seen(run, script(top=f"{GLOBALS}{top}\n", train=train), "list")
    assert found == ([("train_model", wanted, ("LOSS",), False)] if wanted else [])


@pytest.mark.parametrize("name", ["LOSS", "history"])
def test_a_list_of_the_function_s_own_is_seen_as_such(run: Run, name: str) -> None:
    train = TRAIN.replace("    for", f"    {name} = []\n    for", 1).replace("LOSS.", f"{name}.")
    found = seen(run, script(train=train), "list")
    assert found == [("train_model", name, ("LOSS",), True)]


# Data


def test_data_of_other_names_are_seen(run: Run) -> None:
    source = script(
        top=f"{GLOBALS}xs, ys = X.clone(), Y.clone()\n",
        train=TRAIN.replace("forward(X), Y", "forward(xs), ys"),
    )
    assert seen(run, source, "data") == [
        ("train_model", "xs", ("X", "Y"), False),
        ("train_model", "ys", ("X", "Y"), False),
    ]


def test_the_lab_s_data_under_another_name_are_the_lab_s(run: Run) -> None:
    source = script(
        top=f"{GLOBALS}xs, ys = X, Y\n", train=TRAIN.replace("forward(X), Y", "forward(xs), ys")
    )
    assert seen(run, source, "data") == []


def test_a_loader_of_another_name_is_seen() -> None:
    data = f"{module_labs.DATA}mine = DataLoader(Points(), batch_size=2)\n"
    source = module_labs.script(data=data, train=module_labs.training(over="mine"))
    found = module_labs.run(source).loading
    assert told(found.sightings, "data") == [("train_model", "mine", ("loader",), False)]


# Loops


@pytest.mark.parametrize(
    ("top", "over", "times"),
    [
        ("", "range(iterations)", None),
        ("", "range(iterations + 1)", None),
        ("", "range(1, iterations)", None),
        ("", "range(1000)", 1000),
        ("", "range(1, 11, 2)", 5),
        ("", "range(10**6)", 10**6),
        ("", "range(2 * EPOCHS)", 200),
        ("", "[1, 2, 3]", 3),
        ("", "X", "unknown"),
        ("", "list(range(7))", "unknown"),
    ],
)
def test_a_loop_that_always_runs_as_often_is_seen(
    run: Run, top: str, over: str, times: int | str | None
) -> None:
    train = TRAIN.replace("range(iterations)", over)
    source = script(top=f"{GLOBALS}EPOCHS = 100\n{top}", train=train)
    found = [s for s in run(source).loading.sightings if s.what == "fixed"]
    if times is None:
        assert found == []
    else:
        (one,) = found
        assert one.times == (times if type(times) is int else None)
        assert source.splitlines()[(one.line or 0) - 1].strip().startswith("for")


@pytest.mark.parametrize(
    "change",
    [
        ("range(iterations):", "range(1000):\n        if _ >= iterations: break"),
        ("range(iterations):", "range(1000):\n        if _ >= iterations: return"),
        ("    for _ in range(iterations)", "    n = 2 * iterations\n    for _ in range(n)"),
        ("    for _ in range(iterations)", "    while len(LOSS) < iterations"),
    ],
)
def test_a_loop_that_heeds_what_is_asked_for_is_not_fixed(
    run: Run, change: tuple[str, str]
) -> None:
    found = run(script(train=TRAIN.replace(*change))).loading
    assert [s.what for s in found.sightings] == []


def test_an_inner_loop_over_data_is_no_fixed_number_of_iterations(plan: Plan, run: Run) -> None:
    train = TRAIN.replace(
        "    for _ in range(iterations):", "    for _ in range(iterations):\n      for x in X:"
    )
    assert "fixed" not in [s.what for s in run(script(train=train)).loading.sightings]


def test_at_most_a_few_names_of_a_kind_are_told(run: Run) -> None:
    many = " + ".join(f"r{n}" for n in range(9))
    top = "".join(f"r{n} = 0.01\n" for n in range(9))
    train = TRAIN.replace("lr *", f"({many}) *")
    assert len(seen(run, script(top=GLOBALS + top, train=train), "rate")) == 3


def test_what_a_function_of_the_file_does_for_training_counts(run: Run) -> None:
    step = "def step(g):\n    w.data = w.data - alpha * g\n"
    source = script(
        top=f"{GLOBALS}alpha = 0.1\n{step}",
        criterion=CRITERION,
        train=TRAIN.replace("w.data = w.data - lr * w.grad.data", "step(w.grad)"),
    )
    assert seen(run, source, "rate") == [("train_model", "alpha", ("lr",), False)]
