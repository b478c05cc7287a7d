"""Figures of the labs' sources come out of the references' own code.

Sources: ``minibatch`` follows "PyTorch build-in functions" (Juma Shafara, DATAIDEA, 2024), which
prints parameters before and after training; ``wide_slope`` and ``wide_line`` follow "Training a
Linear Regression Model in PyTorch" (MachineLearningMastery.com), which prints two tables;
``module`` follows "Build a Simple Linear Regression Machine Learning Model with PyTorch" (2024).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import autograder
from autograder.course.folder import Course
from autograder.grading.lab import load_lab
from autograder.protocol.array import unpack
from autograder.worker.inert import INERT, InertModule

ROOT = Path(__file__).resolve().parents[2]
Values = NDArray[np.float64]


@pytest.fixture
def inert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a reference's script check nothing and draw nothing."""
    monkeypatch.setitem(sys.modules, "autograder.plots", InertModule("autograder.plots"))
    monkeypatch.setattr(autograder, "check", INERT, raising=False)
    monkeypatch.setitem(mpl.rcParams, "backend", "template")


def run_reference(lab: str, until: str) -> dict[str, Any]:
    """Run a reference's script up to a heading and return its globals."""
    path = ROOT / "reference" / lab / f"{lab}.py"
    source, heading, _ = path.read_text("utf-8").partition(f"# ## {until}")
    assert heading, f"{path} has no heading {until!r}"
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with torch.random.fork_rng():
        exec(compile(source, str(path), "exec"), namespace)
    return namespace


# minibatch: the outputs of the source's cells, as they are printed there

INITIAL = """\
[Parameter containing:
tensor([[0.3636]], requires_grad=True), Parameter containing:
tensor([0.4957], requires_grad=True)]"""
FINAL = "OrderedDict([('linear.weight', tensor([[0.9932]])), ('linear.bias', tensor([-1.0174]))])"


def test_minibatch_prints_the_parameters_of_its_source(
    inert: None, capsys: pytest.CaptureFixture[str]
) -> None:
    namespace = run_reference("minibatch", "Practice")
    assert capsys.readouterr().out == f"{INITIAL}\n{FINAL}\n"
    found = {name: value.item() for name, value in namespace["model"].state_dict().items()}
    assert found == {
        "linear.weight": pytest.approx(0.9932, abs=5e-5),
        "linear.bias": pytest.approx(-1.0174, abs=5e-5),
    }


def test_minibatch_takes_two_hundred_and_forty_steps_in_public_where_its_page_takes_600() -> None:
    plan = load_lab(Course(ROOT), "minibatch").plan
    (own,) = [planned.scenario for planned in plan.scenarios if planned.public]
    assert own.calls == (4,)
    assert own.situation.data["x"].shape == (60, 1)
    assert plan.exercise.batch_size == 1


# wide_slope and wide_line: the two tables of the source, rows of (loss, w) and (loss, w, b)

SLOPE = np.array(
    [
        (207.40255737304688, -1.6875505447387695),
        (92.3563003540039, -7.231954097747803),
        (41.173553466796875, -3.5338361263275146),
        (18.402894973754883, -6.000481128692627),
        (8.272472381591797, -4.355228900909424),
        (3.7655599117279053, -5.452612400054932),
        (1.7604843378067017, -4.7206573486328125),
        (0.8684477210044861, -5.208871364593506),
        (0.471589595079422, -4.883232593536377),
        (0.2950323224067688, -5.100433826446533),
        (0.21648380160331726, -4.955560684204102),
        (0.1815381944179535, -5.052190780639648),
        (0.16599132120609283, -4.987738609313965),
        (0.15907476842403412, -5.030728340148926),
        (0.15599775314331055, -5.002054214477539),
        (0.15462875366210938, -5.021179676055908),
        (0.15401971340179443, -5.008423328399658),
        (0.15374873578548431, -5.016931533813477),
        (0.15362821519374847, -5.011256694793701),
        (0.15357455611228943, -5.015041828155518),
    ]
)
LINE = np.array(
    [
        (598.0744018554688, -1.8875503540039062, -16.046640396118164),
        (344.6290283203125, -7.2590203285217285, -12.802828788757324),
        (203.6309051513672, -3.6438119411468506, -10.261493682861328),
        (122.82559204101562, -6.029742240905762, -8.19227409362793),
        (75.30597686767578, -4.4176344871521, -6.560757637023926),
        (46.759193420410156, -5.476595401763916, -5.2394232749938965),
        (29.318675994873047, -4.757054805755615, -4.19294548034668),
        (18.525297164916992, -5.2265238761901855, -3.3485677242279053),
        (11.781207084655762, -4.90494441986084, -2.677760124206543),
        (7.537606239318848, -5.112729549407959, -2.1378984451293945),
        (4.853880405426025, -4.968738555908203, -1.7080869674682617),
        (3.1505300998687744, -5.060482025146484, -1.3627978563308716),
        (2.0666630268096924, -4.99583625793457, -1.0874838829040527),
        (1.3757448196411133, -5.0362019538879395, -0.8665863275527954),
        (0.9347621202468872, -5.007069110870361, -0.6902718544006348),
        (0.6530535817146301, -5.024737358093262, -0.5489290356636047),
        (0.4729837477207184, -5.011539459228516, -0.43603143095970154),
        (0.3578317165374756, -5.0192131996154785, -0.34558138251304626),
        (0.28417202830314636, -5.013190746307373, -0.27329811453819275),
        (0.23704445362091064, -5.01648473739624, -0.2154112160205841),
    ]
)
RATE, W, B = 0.1, -10.0, -20.0
INPUTS: Values = torch.arange(-5, 5, 0.1).double().numpy()


class Moments(NamedTuple):
    """Means over the source's unseeded targets: all that its two trainings depend on."""

    y: float
    xy: float
    yy: float


def moments() -> Moments:
    """Solve the first row of the one table and the last of the other for the three means.

    In the first step w moves by ``-2 lr mean((w X + b - Y) X)`` and b by ``-2 lr mean(w X + b - Y)``.
    The last loss is ``mean((w X - Y)^2)`` at the w of the row above.
    """
    _, w, b = LINE[0]
    x, xx = INPUTS.mean(), (INPUTS**2).mean()
    y = W * x + B + (b - B) / (2 * RATE)
    xy = W * xx + B * x + (w - W) / (2 * RATE)
    loss, before = SLOPE[-1, 0], SLOPE[-2, 1]
    return Moments(y, xy, loss - before**2 * xx + 2 * before * xy)


def targets(wanted: Moments) -> Values:
    """Return targets with these moments: a line, and a cosine orthogonal to lines for the rest."""
    lines = np.stack([np.ones_like(INPUTS), INPUTS], axis=1)
    intercept_and_slope = np.linalg.solve(lines.T @ lines, len(INPUTS) * np.array(wanted[:2]))
    fitted = lines @ intercept_and_slope
    wave = np.cos(3.0 * INPUTS)
    wave -= lines @ np.linalg.lstsq(lines, wave, rcond=None)[0]
    scale = np.sqrt((wanted.yy - (fitted**2).mean()) / (wave**2).mean())
    return fitted + scale * wave


def table(lab: str, names: tuple[str, ...]) -> Values:
    """Train the reference twenty times for one iteration; return rows of loss and parameters."""
    namespace = run_reference(lab, "Run it")
    columns = torch.from_numpy(targets(moments())).float().view(-1, 1)
    assert columns.shape == namespace["Y"].shape
    np.testing.assert_array_equal(namespace["X"].view(-1).double(), INPUTS)
    namespace["Y"] = columns
    rows = []
    for _ in range(20):
        namespace["train_model"](1)
        rows.append([namespace["loss_list"][-1], *(namespace[name].item() for name in names)])
    return np.array(rows)


def test_the_targets_have_the_moments_of_the_source() -> None:
    wanted, y = moments(), targets(moments())
    found = (y.mean(), (INPUTS * y).mean(), (y**2).mean())
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    noise = y - (-5 * INPUTS)
    assert noise.std() == pytest.approx(0.4, abs=0.05), "the source adds 0.4 times normal noise"


def test_wide_slope_goes_through_the_table_of_its_source(inert: None) -> None:
    found = table("wide_slope", ("w",))
    np.testing.assert_allclose(found[:, 0], SLOPE[:, 0], rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], SLOPE[:, 1], rtol=0, atol=2e-6)


def test_wide_line_goes_through_the_table_of_its_source(inert: None) -> None:
    found = table("wide_line", ("w", "b"))
    np.testing.assert_allclose(found[:, 0], LINE[:, 0], rtol=1e-5)
    np.testing.assert_allclose(found[:, 1], LINE[:, 1], rtol=0, atol=2e-6)
    np.testing.assert_allclose(found[:, 2], LINE[:, 2], rtol=0, atol=4e-6)


def test_each_step_of_wide_slope_lands_on_the_other_side(inert: None) -> None:
    """The distance from the best slope shrinks by 1 - 2 lr mean(X^2) = -0.667, as in the source."""
    factor = 1 - 2 * RATE * (INPUTS**2).mean()
    assert factor == pytest.approx(-0.667, abs=1e-6)
    for rows in (SLOPE[:, 1], table("wide_slope", ("w",))[:, 1]):
        path = np.array([W, *rows[:12]])  # later distances drown in float32's rounding
        best = moments().xy / (INPUTS**2).mean()
        np.testing.assert_allclose((path[1:] - best) / (path[:-1] - best), factor, rtol=1e-3)


# module: the source prints nothing that can be compared; its thousand epochs are meant to fit


def test_a_thousand_epochs_of_module_end_at_the_line_of_least_squares(inert: None) -> None:
    namespace = run_reference("module", "Run it")
    plan = load_lab(Course(ROOT), "module").plan
    data = {name: unpack(array) for name, array in plan.preset.data.items()}
    for name, values in data.items():
        namespace[name] = torch.from_numpy(values).float()
    namespace["train_model"](1000)
    found = [value.item() for value in namespace["model"].state_dict().values()]
    best = np.polyfit(data["X"], data["y"], 1)
    np.testing.assert_allclose(found, best, atol=1e-4)


def test_the_lab_s_own_situation_of_module_is_the_only_long_one() -> None:
    """Where all has converged, mistakes do not show: no scenario goes on until nothing moves."""
    plan = load_lab(Course(ROOT), "module").plan
    lengths = {p.scenario.id: sum(p.scenario.calls) for p in plan.scenarios}
    (own,) = [p.scenario.id for p in plan.scenarios if p.public]
    assert lengths.pop(own) == 240
    assert max(lengths.values()) <= 40
    assert len(lengths) >= 6
