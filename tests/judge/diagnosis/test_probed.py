"""Where no mutant coincides, values and gradients of the probes still say what is true of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from autograder.judge.diagnosis.functions import read_criterion, read_forward
from autograder.judge.diagnosis.loss_formulas import read_formula
from autograder.judge.diagnosis.pairs import Pair, Reading
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import CriterionProbe, ForwardProbe
from autograder.protocol.trace import ProbeRecord
from autograder.words.catalogue import say

Forward = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
Criterion = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def line(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return w * x + b


def probability(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.sigmoid(w * x + b)


def record(value: torch.Tensor, leaves: dict[str, torch.Tensor]) -> ProbeRecord:
    """Return what the worker records of a value."""
    gradients = None
    if value.requires_grad:
        found = torch.autograd.grad(value.sum(), list(leaves.values()), allow_unused=True)
        gradients = {
            name: pack((torch.zeros_like(leaf) if one is None else one).numpy())
            for (name, leaf), one in zip(leaves.items(), found, strict=True)
        }
    return ProbeRecord(id="p", value=pack(value.detach().double().numpy()), gradients=gradients)


def forward_pairs(observed: Forward, expected: Forward = line) -> list[Pair]:
    source, pairs = torch.Generator().manual_seed(1), []
    for rows in (5, 13, 31):
        values = torch.randn(2, generator=source)
        x = torch.randn((rows, 1), generator=source)
        records = []
        for function in (observed, expected):
            leaves = {n: v.clone().requires_grad_() for n, v in zip("wb", values, strict=True)}
            records.append(record(function(x, **leaves), leaves))
        probe = ForwardProbe(
            id="p",
            parameters={n: pack(v.numpy()) for n, v in zip("wb", values, strict=True)},
            x=pack(x.numpy()),
            cotangent=pack(np.ones((rows, 1))),
        )
        pairs.append(Pair(probe=probe, observed=records[0], expected=records[1]))
    return pairs


def criterion_pairs(observed: Criterion) -> list[Pair]:
    source, pairs = torch.Generator().manual_seed(2), []
    for rows in (5, 13):
        y = torch.randn((rows, 1), generator=source)
        start = torch.randn((rows, 1), generator=source)
        records = []
        for function in (observed, lambda yhat, y: ((yhat - y) ** 2).mean()):
            yhat = start.clone().requires_grad_()
            value = function(yhat, y)
            alone = value if value.numel() == 1 else value.detach()
            records.append(record(alone, {"yhat": yhat}))
        probe = CriterionProbe(id="p", yhat=pack(start.numpy()), y=pack(y.numpy()))
        pairs.append(Pair(probe=probe, observed=records[0], expected=records[1]))
    return pairs


FLAT = "This happens where something is rounded, compared or put into a new tensor on the way."


def told(reading: Reading | None) -> tuple[str, str] | None:
    return (reading.id, say(reading.detail)) if reading else None


@pytest.mark.parametrize("right", [line, probability])
def test_a_right_forward_shows_nothing(right: Forward) -> None:
    assert read_forward(forward_pairs(right, right)) is None


def test_a_parameter_that_should_have_no_gradient_is_not_cut_off() -> None:
    assert read_forward(forward_pairs(lambda x, w, b: w * x, lambda x, w, b: w * x)) is None


@pytest.mark.parametrize(
    ("forward", "detail"),
    [
        (lambda x, w, b: w * x + b.item(), "This applies to b."),
        (lambda x, w, b: w.data * x + b, "This applies to w."),
        (lambda x, w, b: w.item() * x + b.item(), ""),
        (lambda x, w, b: (torch.sin(9 * w * x) + b).detach(), ""),
        (lambda x, w, b: torch.zeros_like(x), ""),
    ],
    ids=["b", "w", "both", "detached and wrong", "one number"],
)
def test_what_no_gradient_reaches_is_cut_off(forward: Forward, detail: str) -> None:
    assert told(read_forward(forward_pairs(forward))) == ("graph-broken", detail)


@pytest.mark.parametrize(
    "forward", [lambda x, w, b: 1 * x - 1, lambda x, w, b: torch.tensor(2.0) * x]
)
def test_one_line_for_all_parameters_ignores_them(forward: Forward) -> None:
    assert told(read_forward(forward_pairs(forward))) == ("forward-ignores-parameters", "")


def test_one_curve_of_a_line_for_all_parameters_ignores_them() -> None:
    pairs = forward_pairs(lambda x, w, b: torch.sigmoid(0.5 * x - 0.2), probability)
    assert told(read_forward(pairs)) == ("forward-ignores-parameters", "")


def test_the_numbers_in_a_shape_that_spreads_are_a_broadcast() -> None:
    flat = forward_pairs(lambda x, w, b: line(x, w, b).reshape(-1))
    assert told(read_forward(flat)) == ("shape-broadcast", "")


@pytest.mark.parametrize(("bend", "right"), [(lambda z: z, line), (torch.sigmoid, probability)])
def test_a_bias_is_missing_or_subtracted_under_a_curve_too(
    bend: Callable[[torch.Tensor], torch.Tensor], right: Forward
) -> None:
    missing = forward_pairs(lambda x, w, b: bend(w * x), right)
    number = forward_pairs(lambda x, w, b: bend(w * x - 1), right)
    subtracted = forward_pairs(lambda x, w, b: bend(w * x - b), right)
    assert told(read_forward(missing)) == ("bias-missing", "")
    assert told(read_forward(number)) == ("bias-missing", "")
    assert told(read_forward(subtracted)) == ("bias-subtracted", "")


@pytest.mark.parametrize(
    "forward",
    [
        lambda x, w, b: (w * x + b).repeat(2, 1),
        lambda x, w, b: w * x + b * float("nan"),
    ],
)
def test_other_formulas_are_not_named(forward: Forward) -> None:
    assert read_forward(forward_pairs(forward)) is None


@pytest.mark.parametrize(
    ("forward", "wanted"),
    [
        (lambda x, w, b: w * x + b + 1, ("forward-shifted", "Each is too large by 1.")),
        (lambda x, w, b: w * x + b - 0.5, ("forward-shifted", "Each is too small by 0.5.")),
        (lambda x, w, b: -(w * x + b), ("forward-scaled", "Its sign is reversed.")),
        (lambda x, w, b: 3 * (w * x + b), ("forward-scaled", "The number is 3.")),
        (lambda x, w, b: torch.round(w * x + b), ("forward-rounded", "")),
    ],
)
def test_one_number_that_all_predictions_are_off_by_is_fitted(
    forward: Forward, wanted: tuple[str, str]
) -> None:
    assert told(read_forward(forward_pairs(forward))) == wanted


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (lambda yhat, y: -((yhat - y) ** 2).mean(), "Its sign is reversed."),
        (
            lambda yhat, y: ((yhat - y) ** 2).mean() / math.log(10),
            "The number is 0.434, as with a logarithm to the base 10.",
        ),
        (lambda yhat, y: ((yhat - y) ** 2).mean() * 3, "The number is 3."),
        (
            lambda yhat, y: ((yhat - y) ** 2).sum() / 60,
            "It divides by 60, however many points there are.",
        ),
    ],
)
def test_one_number_that_all_losses_are_multiplied_by_is_fitted(
    criterion: Criterion, wanted: str
) -> None:
    reading = read_criterion(criterion_pairs(criterion))
    assert reading is not None
    assert say(reading.detail) == wanted


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        (lambda yhat, y: ((yhat.long() - y.long()) ** 2).float().mean(), ""),
        (lambda yhat, y: torch.tensor(((yhat - y) ** 2).mean().item(), requires_grad=True), FLAT),
        (lambda yhat, y: torch.round(((yhat - y) ** 2).mean(), decimals=6), FLAT),
        (lambda yhat, y: torch.zeros(()), ""),
    ],
    ids=["whole numbers", "new tensor", "rounded", "zero"],
)
def test_a_loss_that_no_gradient_leaves_is_told(criterion: Criterion, said: str) -> None:
    assert told(read_criterion(criterion_pairs(criterion))) == ("graph-broken", said)


@pytest.mark.parametrize(
    "criterion",
    [
        lambda yhat, y: (torch.sin(9 * yhat) * y).mean(),
        lambda yhat, y: torch.sin(9 * yhat) * y,  # not one number: its gradient is not asked for
    ],
)
def test_a_loss_with_a_gradient_or_of_many_numbers_is_not_cut_off(criterion: Criterion) -> None:
    assert read_criterion(criterion_pairs(criterion)) is None


@pytest.mark.parametrize(
    "criterion",
    [
        lambda yhat, y: (yhat - y) ** 2,
        lambda yhat, y: torch.mean((yhat - y) ** 2, dim=1),
        lambda yhat, y: torch.nn.functional.mse_loss(yhat, y, reduction="none").flatten(),
    ],
)
def test_a_loss_of_each_point_is_told(criterion: Criterion) -> None:
    wanted = "Your loss is (p - y) ** 2 for each point, without a mean, where p is the"
    assert formula_of(read_criterion(criterion_pairs(criterion))).startswith(wanted)


def test_what_raised_shows_nothing() -> None:
    (first, *rest) = forward_pairs(lambda x, w, b: w.item() * x + b.item())
    silent = Pair(probe=first.probe, observed=ProbeRecord(id="p"), expected=first.expected)
    assert read_forward([silent, *rest]) is None
    assert unpack(rest[0].expected.value).size  # type: ignore[arg-type]


def formula_of(reading: Reading | None) -> str:
    """Return what is told of another formula, nothing where something else is."""
    other = reading is not None and reading.id.endswith("-other-formula")
    return say(reading.detail) if reading is not None and other else ""


@pytest.mark.parametrize(
    ("forward", "wanted"),
    [
        (lambda x, w, b: w * (x - b), "Your prediction computes (x - b) * w."),
        (lambda x, w, b: w * x * b, "Your prediction computes w * x * b."),
        (lambda x, w, b: 2 * w * x + b, "Your prediction computes w * (2 * x) + b."),
        (lambda x, w, b: w**2 * x + b, "Your prediction computes x * w ** 2 + b."),
        (lambda x, w, b: b - w * x, "Your prediction computes b - w * x."),
        (
            lambda x, w, b: torch.tanh(w * x + b),
            "Each prediction is the right one, passed through tanh.",
        ),
        (
            lambda x, w, b: torch.relu(w * x + b),
            "Each prediction is the right one, but negative values become 0, as in a ReLU.",
        ),
        (
            lambda x, w, b: (w * x + b).mean() + 0 * x,
            "Each prediction is the mean of all right ones.",
        ),
        (
            lambda x, w, b: (w * x + b) * (torch.arange(len(x))[:, None] % 2) * 2,
            "Some predictions are 0, and the others are 2 times the right ones, as with dropout.",
        ),
    ],
)
def test_another_formula_of_forward_is_told(forward: Forward, wanted: str) -> None:
    assert formula_of(read_forward(forward_pairs(forward))) == wanted


def test_a_probability_of_another_form_is_told() -> None:
    told = formula_of(
        read_forward(forward_pairs(lambda x, w, b: torch.tanh(w * x + b), probability))
    )
    assert told == "Your prediction computes tanh(w * x + b)."
    other = forward_pairs(lambda x, w, b: 1 - probability(x, w, b), probability)
    assert formula_of(read_forward(other)) == "Each prediction is the right one, subtracted from 1."


@pytest.mark.parametrize("right", [line, probability])
@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        (lambda x: x - x.mean(), "x minus its mean"),
        (lambda x: (x - x.mean()) / x.std(), "x scaled to mean 0 and deviation 1"),
        (lambda x: (x - x.mean()) / x.std(correction=0), "x scaled to mean 0 and deviation 1"),
        (lambda x: x / x.max(), "x divided by its largest number"),
        (lambda x: x[:1].expand_as(x), "the first row of x in every row"),
    ],
)
def test_what_forward_works_on_in_place_of_its_inputs_is_told(
    right: Forward, change: Callable[[torch.Tensor], torch.Tensor], wanted: str
) -> None:
    pairs = forward_pairs(lambda x, w, b: right(change(x), w, b), right)
    assert f"Your prediction is what the model returns with {wanted}." in formula_of(
        read_forward(pairs)
    )


@pytest.mark.parametrize(
    ("forward", "wanted"),
    [
        (lambda x, w, b: w * x + torch.exp(b), "exp(b)"),
        (lambda x, w, b: torch.clamp(w, 0, 1) * x + b, "clamp(w, 0, 1)"),
    ],
)
def test_a_parameter_that_forward_changes_is_told(forward: Forward, wanted: str) -> None:
    told = formula_of(read_forward(forward_pairs(forward)))
    assert f"Your prediction is what the model returns with {wanted}." in told


def test_two_changes_at_once_are_not_told() -> None:
    pairs = forward_pairs(lambda x, w, b: torch.exp(w) * (x - x.mean()) + b)
    assert formula_of(read_forward(pairs)) == ""


def test_one_number_from_a_graph_is_no_cut() -> None:
    pairs = forward_pairs(lambda x, w, b: probability(x, w, b) * 0 + 0.5, probability)
    wanted = "Every prediction tested is 0.5. No gradient reaches the parameters."
    assert formula_of(read_forward(pairs)) == wanted


def test_classes_without_a_graph_are_cut_off_and_told_as_what_they_are() -> None:
    reading = read_forward(forward_pairs(lambda x, w, b: (w * x + b > 0).float()))
    wanted = (
        "graph-broken",
        "Each prediction is the right one, as 1 where it is positive, else 0.",
    )
    assert told(reading) == wanted


def test_what_no_formula_gives_is_not_told() -> None:
    assert read_forward(forward_pairs(lambda x, w, b: w * x + b + torch.sin(7.3 * x + w))) is None


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (
            lambda p, y: ((p - y) ** 3).mean(),
            "Your loss is the mean of (p - y) ** 3, where p is the prediction and y the target.",
        ),
        (
            lambda p, y: ((p + y) ** 2).mean(),
            "Your loss is the mean of (p + y) ** 2, where p is the prediction and y the target.",
        ),
        (
            lambda p, y: ((p - y) ** 2).max(),
            "Your loss is the largest of (p - y) ** 2, where p is the prediction and y the target.",
        ),
        (
            lambda p, y: (p - y).var(),
            "Your loss is the variance of p - y, where p is the prediction and y the target.",
        ),
        (
            lambda p, y: 3 * ((p - y) ** 4).mean(),
            "Your loss is 3 times the mean of (p - y) ** 4, where p is the prediction and y the target.",
        ),
        (
            lambda p, y: ((p - y) ** 2).mean() / len(y),
            "Your loss is the right one, divided by the number of points once more.",
        ),
        (
            lambda p, y: ((p - y) ** 2).sum() / (len(y) - 1),
            "Your loss is the right one, but divided by the number of points minus 1.",
        ),
        (
            lambda p, y: ((p - y) ** 2).mean() + 1,
            "Your loss is always 1 larger than the right one.",
        ),
    ],
)
def test_another_formula_of_the_loss_is_told(criterion: Criterion, wanted: str) -> None:
    assert formula_of(read_criterion(criterion_pairs(criterion))) == wanted


def entropy(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.binary_cross_entropy(p, y)


def probability_pairs(observed: Criterion) -> list[Pair]:
    source, pairs = torch.Generator().manual_seed(3), []
    for rows in (6, 11):
        y = (torch.rand((rows, 1), generator=source) > 0.5).float()
        start = torch.rand((rows, 1), generator=source)
        records = []
        for function in (observed, entropy):
            yhat = start.clone().requires_grad_()
            records.append(record(function(yhat, y), {"yhat": yhat}))
        probe = CriterionProbe(id="p", yhat=pack(start.numpy()), y=pack(y.numpy()))
        pairs.append(Pair(probe=probe, observed=records[0], expected=records[1]))
    return pairs


def logs(one: torch.Tensor, zero: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return -(y * one.log() + (1 - y) * zero.log()).mean()


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (
            lambda p, y: logs(p + 0.01, 1 - p + 0.01, y),
            "-(y * log(p + 0.01) + (1 - y) * log(1 - p + 0.01))",
        ),
        (
            lambda p, y: logs(p + 1e-3, 1 - p, y),
            "-(y * log(p + 0.001) + (1 - y) * log(1 - p))",
        ),
        (
            lambda p, y: logs(p.clamp(0.1, 0.9), 1 - p.clamp(0.1, 0.9), y),
            "-(y * log(q) + (1 - y) * log(1 - q)) with q = clamp(p, 0.1, 1 - 0.1)",
        ),
        (
            lambda p, y: logs(p, 1 - p, 0.9 * y + 0.05),
            "-(t * log(p) + (1 - t) * log(1 - p)) with t = (1 - 0.1) * y + 0.1 / 2",
        ),
        (
            lambda p, y: -(3 * y * p.log() + (1 - y) * (1 - p).log()).mean(),
            "-(3 * y * log(p) + (1 - y) * log(1 - p))",
        ),
    ],
)
def test_a_number_of_the_students_own_in_an_entropy_is_told(
    criterion: Criterion, wanted: str
) -> None:
    told = formula_of(read_criterion(probability_pairs(criterion)))
    assert told == f"Your loss is the mean of {wanted}, where p is the prediction and y the target."


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (
            lambda p, y: torch.nn.functional.huber_loss(p, y, delta=0.5),
            "huber_loss(p, y, delta=0.5)",
        ),
        (lambda p, y: ((p - y).abs() ** 1.5).mean(), "abs(p - y) ** 1.5"),
        (lambda p, y: ((p - 0.5 * y) ** 2).mean(), "(p - 0.5 * y) ** 2"),
        (lambda p, y: ((p - y + 0.3) ** 2).mean(), "(p - y + 0.3) ** 2"),
        (lambda p, y: ((p - y) ** 2 + 0.01).sqrt().mean(), "sqrt((p - y) ** 2 + 0.01)"),
    ],
)
def test_a_number_of_the_students_own_in_a_loss_is_told(criterion: Criterion, wanted: str) -> None:
    told = formula_of(read_criterion(criterion_pairs(criterion)))
    assert told == f"Your loss is the mean of {wanted}, where p is the prediction and y the target."


def test_a_number_that_nobody_writes_is_not_told() -> None:
    assert (
        formula_of(read_criterion(probability_pairs(lambda p, y: logs(p + 0.0137, 1 - p, y)))) == ""
    )
    pairs = criterion_pairs(lambda p, y: ((p - y).abs() ** 1.37).mean())
    assert formula_of(read_criterion(pairs)) == ""


@pytest.mark.parametrize("flat", ["p", "y"])
def test_a_loss_of_all_pairs_is_a_broadcast_whatever_the_loss(flat: str) -> None:
    def criterion(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        p, y = (p.reshape(-1), y) if flat == "p" else (p, y.reshape(-1))
        return -(y * p.log() + (1 - y) * (1 - p).log()).mean()

    assert told(read_criterion(probability_pairs(criterion))) == ("shape-broadcast", "")
    squares = criterion_pairs(lambda p, y: ((p - y.reshape(-1)) ** 2).mean())
    assert told(read_criterion(squares)) == ("shape-broadcast", "")


def test_a_loss_that_is_one_number_from_a_graph_is_no_cut() -> None:
    told = formula_of(read_criterion(criterion_pairs(lambda p, _: p.sum() * 0)))
    assert told == "Your loss is 0, whatever you predict."


def test_right_values_with_gradients_of_another_formula_are_no_formula_of_the_bank() -> None:
    def criterion(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return (
            ((p - y) ** 3).mean().detach()
            + ((p - y) ** 2).mean() * 0.37
            - (((p - y) ** 2).mean() * 0.37).detach()
        )

    assert formula_of(read_criterion(criterion_pairs(criterion))) == ""


def test_formulas_of_a_point_and_its_target_are_not_tried_on_classes() -> None:
    def entropy(yhat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.cross_entropy(yhat, y)

    def steep(yhat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return entropy(3.0 * yhat, y)

    def larger(yhat: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return entropy(yhat, y) + 2.0

    def pairs(observed: Criterion) -> list[Pair]:
        found = []
        for rows in (5, 13, 31):
            yhat = torch.randn((rows, 3), generator=torch.Generator().manual_seed(rows))
            y = torch.arange(rows) % 3
            leaf = yhat.requires_grad_()
            probe = CriterionProbe(id="p", yhat=pack(yhat.detach().numpy()), y=pack(y.numpy()))
            got, want = (record(f(leaf, y), {"yhat": leaf}) for f in (observed, entropy))
            found.append(Pair(probe=probe, observed=got, expected=want))
        return found

    assert read_formula(pairs(steep)) is None
    reading = read_formula(pairs(larger))
    assert reading is not None
    assert reading.detail.code == "loss-always-larger"
