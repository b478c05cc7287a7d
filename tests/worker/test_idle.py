"""What looks as if it moved a parameter and does not is seen in the text of a file."""

from __future__ import annotations

import pytest

from . import module_labs
from .conftest import Look
from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, script

UPDATE = "w.data = w.data - lr * w.grad.data"
KINDS = {
    "still",
    "dropped",
    "compared",
    "uncalled",
    "commented",
    "unread",
    "copied",
    "remade",
    "returns",
    "hidden",
    "global",
    "default",
}


def seen(look: Look, source: str) -> set[tuple[str, str, int | None]]:
    found = look(source).sightings
    return {(one.what, one.name, one.line) for one in found if one.what in KINDS}


@pytest.mark.parametrize(
    ("update", "wanted"),
    [
        ("w.data - lr * w.grad.data", ("dropped", "")),
        ("w.data.sub(lr * w.grad)", ("dropped", "")),
        ("torch.sub(w.data, lr * w.grad)", ("dropped", "")),
        ("w.data == w.data - lr * w.grad.data", ("compared", "w")),
        ("optimizer.step", ("uncalled", "optimizer.step")),
        (f"# {UPDATE}", ("commented", "")),
        (f"#{UPDATE}", ("commented", "")),
        ("new = w.data - lr * w.grad.data", ("unread", "new")),
        ("for p in [w]: p = p - lr * p.grad", ("unread", "p")),
    ],
)
def test_an_update_without_effect_is_seen_with_its_line(
    look: Look, update: str, wanted: tuple[str, str]
) -> None:
    source = script(train=TRAIN.replace(UPDATE, update))
    line = source.split("\n").index(f"        {update}") + 1
    assert (*wanted, line) in seen(look, source)


@pytest.mark.parametrize(
    "update",
    [
        UPDATE,
        "w.data -= lr * w.grad",
        "w.data.sub_(lr * w.grad)",
        "new = w.data - lr * w.grad.data; w.data = new",
        "# lr is 0.1 here\n        w.data -= lr * w.grad",
        "# w.grad is not None from here on\n        w.data -= lr * w.grad",
    ],
)
def test_an_update_that_moves_is_not_taken_for_one_that_does_not(look: Look, update: str) -> None:
    found = {what for what, _, _ in seen(look, script(train=TRAIN.replace(UPDATE, update)))}
    assert found <= {"commented"} if "not None" in update else not found


def test_a_loop_without_any_update_is_seen(look: Look) -> None:
    found = {what for what, _, _ in seen(look, script(train=TRAIN.replace(UPDATE, "pass")))}
    assert found == {"still"}


@pytest.mark.parametrize(
    ("old", "new", "wanted"),
    [
        ("w.grad.data.zero_()", "w.grad.zero_", ("uncalled", "w.grad.zero_")),
        ("loss.backward()", "loss.backward", ("uncalled", "loss.backward")),
        (
            "LOSS.append(loss.item())",
            "loss = torch.tensor(loss.item(), requires_grad=True)",
            ("remade", "loss"),
        ),
        ("w.grad.data.zero_()", "return LOSS", ("returns", "returns")),
        ("w.grad.data.zero_()", "break", ("returns", "breaks")),
        ("w.grad.data.zero_()", "old = w.detach().clone()", ("copied", "old")),
    ],
)
def test_what_ends_or_cuts_the_training_is_seen(
    look: Look, old: str, new: str, wanted: tuple[str, str]
) -> None:
    source = script(train=TRAIN.replace(old, new))
    assert wanted in {(what, name) for what, name, _ in seen(look, source)}


def test_an_argument_that_hides_a_function_is_seen_where_that_is_called(look: Look) -> None:
    hidden = TRAIN.replace("iterations", "range")
    assert ("hidden", "range") in {
        (what, name) for what, name, _ in seen(look, script(train=hidden))
    }
    unused = TRAIN.replace("iterations", "iter")
    assert not seen(look, script(train=unused))


def test_data_from_outside_are_seen_where_an_argument_has_them(look: Look) -> None:
    forward = FORWARD.replace("w * x", "w * X")
    criterion = CRITERION.replace("- y)", "- Y)")
    assert ("global", "X", 2 + GLOBALS.count("\n") + 1) in seen(look, script(forward=forward))
    assert ("global", "Y") in {
        (what, name) for what, name, _ in seen(look, script(criterion=criterion))
    }


def test_a_parameter_that_is_an_argument_of_forward_is_seen(look: Look) -> None:
    forward = FORWARD.replace("(x)", "(x, w=torch.tensor(1.0, requires_grad=True))")
    assert ("default", "w") in {
        (what, name) for what, name, _ in seen(look, script(forward=forward))
    }


def test_a_loss_that_is_a_class_is_seen() -> None:
    source = module_labs.script().replace("nn.MSELoss()", "nn.MSELoss")
    found = module_labs.run(source).loading.sightings
    assert ("uncalled", "criterion", "MSELoss") in [(s.what, s.role, s.name) for s in found]


def test_a_class_of_losses_that_is_called_with_data_is_seen(look: Look) -> None:
    wrong = "def criterion(yhat, y):\n    return torch.nn.MSELoss(yhat, y)\n"
    right = "def criterion(yhat, y):\n    return torch.nn.MSELoss()(yhat, y)\n"
    found = {one.name for one in look(script(criterion=wrong)).sightings if one.what == "given"}
    assert found == {"MSELoss"}
    assert not [one for one in look(script(criterion=right)).sightings if one.what == "given"]
