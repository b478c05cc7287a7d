"""check() judges as grade does, without the objective, and names what is wrong at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.exercise.published import Published, load_published
from autograder.notebook import public
from autograder.notebook.pictures import LOSSES, PATH
from autograder.notebook.public import Judged, judge_live
from autograder.protocol.array import unpack
from autograder.words.catalogue import say
from tests.notebook.test_check import CRITERION, FORWARD, SETUP, TRAIN, notebook
from tests.shared import TRAINED

ROOT = Path(__file__).resolve().parents[2]
LABS = sorted(path.parent.name for path in ROOT.glob("assignments/*/expected.json"))
SLOPE = load_published(ROOT / "assignments" / "slope" / "expected.json")
ALL = list(SLOPE.points)


def judged(
    *, forward: str = FORWARD, criterion: str = CRITERION, train: str = TRAIN, says: str = "mistake"
) -> Judged:
    lab: Published = msgspec.structs.replace(SLOPE, says=says)
    return judge_live(lab, notebook(SETUP, forward, criterion, train), ALL)


def outcomes(found: Judged) -> dict[str, str]:
    return {result.id: result.outcome for result in found.results}


HALF = CRITERION.replace("** 2)", "** 2) / 2")


@pytest.mark.parametrize(
    ("forward", "criterion", "loss"),
    [
        (FORWARD, HALF, "2 * criterion(forward(X), Y)"),
        (FORWARD, CRITERION.replace("torch.mean", "torch.sum"), "criterion(forward(X), Y) / 60"),
        ("def forward(x):\n    return -w * x\n", CRITERION, "criterion(-forward(X), Y)"),
        ("def forward(x):\n    pass\n", CRITERION, "criterion(w * X, Y)"),
        (FORWARD, "def criterion(yhat, y):\n    pass\n", "torch.mean((forward(X) - Y) ** 2)"),
    ],
)
def test_training_that_makes_up_for_a_function_is_right(
    forward: str, criterion: str, loss: str
) -> None:
    train = TRAIN.replace("criterion(forward(X), Y)", loss)
    found = outcomes(judged(forward=forward, criterion=criterion, train=train))
    wrong = {name for name, outcome in found.items() if outcome != "passed"}
    assert wrong in ({"forward"}, {"criterion"})


def test_what_cannot_be_told_without_an_objective_is_not_called_wrong() -> None:
    """Losses along another way, of a loss that is not the lab's: the grade alone knows them."""
    train = TRAIN.replace("criterion(forward(X), Y)", "3 * criterion(forward(X), Y)")
    train = train.replace("loss.item()", "loss.item() * 2 / 3")
    found = judged(criterion=HALF, train=train)
    assert outcomes(found)["criterion"] == "failed"
    recorded = next(one for one in found.results if one.id == "loss_recorded")
    assert recorded.outcome == "skipped"
    assert "cannot be checked here" in say(recorded.message)


PLAIN = """\
def train_model(iterations):
    {head}
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        {body}
"""


def trained(head: str, *body: str) -> str:
    return PLAIN.format(head=head, body="\n        ".join(body))


FIRST_ERRORS = {
    "assigned without global": (
        trained("pass", "loss.backward()", "w -= lr * w.grad", "w.grad.zero_()"),
        "shadowed-parameter",
    ),
    "bound without global": (
        trained(
            "pass",
            "loss.backward()",
            "with torch.no_grad():",
            "    w = w - lr * w.grad",
            "w.grad.zero_()",
        ),
        "shadowed-parameter",
    ),
    "changed in place": (
        trained("global w", "loss.backward()", "w -= lr * w.grad", "w.grad.zero_()"),
        "leaf-changed-in-place",
    ),
    "bound to a new tensor": (
        trained(
            "global w",
            "loss.backward()",
            "with torch.no_grad():",
            "    w = w - lr * w.grad",
            "w.grad.zero_()",
        ),
        "parameter-reassigned",
    ),
    "emptied before there is a gradient": (
        trained("pass", "w.grad.zero_()", "loss.backward()", "w.data -= lr * w.grad"),
        "zeroed-before-first-backward",
    ),
}


@pytest.mark.parametrize("error", FIRST_ERRORS)
def test_the_commonest_first_errors_are_named_at_once(error: str) -> None:
    train, mistake = FIRST_ERRORS[error]
    assert [one.id for one in judged(train=train).diagnosis] == [mistake]


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("        w.grad.data.zero_()\n", "", "gradient-not-zeroed"),
        ("w.data - lr", "w.data + lr", "wrong-update-sign"),
        ("w.data - lr * w.grad.data", "w.data", "no-update"),
    ],
)
def test_a_planted_mistake_is_named(old: str, new: str, mistake: str) -> None:
    assert mistake in {one.id for one in judged(train=TRAIN.replace(old, new)).diagnosis}


@pytest.mark.parametrize("count", ["iterations + 1", "iterations - 1", "3", "min(iterations, 2)"])
def test_how_often_a_loop_runs_is_told_as_what_was_seen(count: str) -> None:
    """Why it does so, one situation does not show."""
    found = judged(train=TRAIN.replace("range(iterations)", f"range({count})"))
    assert {one.id for one in found.diagnosis} <= {"other-iteration-count"}
    assert found.diagnosis or say(found.departure).startswith(
        "Every step is right, but your loop takes "
    )


def test_a_sum_is_named_and_other_functions_are_not() -> None:
    found = judged(criterion=CRITERION.replace("torch.mean", "torch.sum"))
    assert {(one.function, one.id) for one in found.diagnosis} == {
        ("criterion", "loss-sum-not-mean")
    }


def test_right_code_has_no_mistake() -> None:
    found = judged()
    assert (found.diagnosis, say(found.departure)) == ((), "")


def test_a_course_sets_how_much_is_said() -> None:
    wrong = TRAIN.replace("w.data - lr", "w.data + lr")
    where, what, mistake = (judged(train=wrong, says=s) for s in ("where", "what", "mistake"))
    assert (where.diagnosis, what.diagnosis) == ((), ())
    assert mistake.diagnosis
    told = {say(one.message) for one in where.results if one.outcome == "failed"}
    assert told == {"Something in train_model is not right yet."}
    assert not any(say(one.hint) for one in where.results if one.outcome == "failed")
    assert any("w ends at" in say(one.message) for one in what.results)
    assert outcomes(where) == outcomes(what) == outcomes(mistake)


BROKEN_MIDWAY = TRAIN.replace(
    "        loss.backward()\n", "        loss.backward()\n        assert len(LOSS) < 3\n"
)


@pytest.mark.parametrize(
    "functions",
    [
        {},
        {"forward": "def forward(x):\n    return w * x + 1\n"},
        {"criterion": HALF},
        {"train": BROKEN_MIDWAY},
        {"train": TRAIN.replace("w.data - lr", "w.data + lr")},
    ],
    ids=["right", "forward wrong", "criterion wrong", "raises midway", "training wrong"],
)
def test_there_is_always_a_picture_of_the_own_run(functions: dict[str, str]) -> None:
    found = judged(**functions)
    captions = [picture.caption for picture in found.pictures]
    assert captions == [LOSSES, PATH]
    yours = [line for line in found.pictures[0].chart.lines if line.css == "yours"]
    assert len(yours[0].points) >= 2


def test_what_never_trained_has_no_picture() -> None:
    assert (
        judged(train="def train_model(iterations):\n    raise NotImplementedError\n").pictures == []
    )


# what travels


@pytest.mark.parametrize("lab", LABS)
def test_the_numbers_of_mistakes_are_few(lab: str) -> None:
    path = ROOT / "assignments" / lab / "expected.json"
    mistakes = json.dumps(json.loads(path.read_text("utf-8"))["mistakes"])
    assert len(mistakes) <= 200_000
    assert len(load_published(path).mistakes) >= (10 if lab in TRAINED else 0)


@pytest.mark.parametrize("lab", LABS)
def test_nothing_but_ids_numbers_and_errors_travels_of_a_mistake(lab: str) -> None:
    """No source: a mistake is told by what it comes to."""
    content: dict[str, Any] = json.loads((ROOT / "assignments" / lab / "expected.json").read_text())
    assert "def " not in json.dumps(content["mistakes"])
    for surface in load_published(ROOT / "assignments" / lab / "expected.json").surfaces.values():
        assert unpack(surface.losses).ndim == 1


def test_without_published_numbers_the_functions_that_are_right_serve() -> None:
    """Labs that were built by an older version are judged as before."""
    old = msgspec.structs.replace(SLOPE, surfaces={}, mistakes=())
    found = judge_live(old, notebook(SETUP, FORWARD, CRITERION, TRAIN), ALL)
    assert set(outcomes(found).values()) == {"passed"}
    piling = TRAIN.replace("        w.grad.data.zero_()\n", "")
    found = judge_live(old, notebook(SETUP, FORWARD, CRITERION, piling), ALL)
    assert outcomes(found)["gradient_zeroing"] == "failed"


def test_what_is_not_reached_in_time_is_not_called_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "TOTAL_SECONDS", 0.0)
    assert set(outcomes(judged()).values()) == {"skipped"}
