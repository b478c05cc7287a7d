"""A check keeps a factor of ten from right and from wrong, or says which file is too near."""

from __future__ import annotations

import pytest

from autograder.judge.result import CheckResult, Finding
from autograder.verification.margins import MarginBook
from autograder.words.text import verbatim

CHECK = "final_parameters"


def found(*deviations: float | None, outcome: str) -> dict[str, dict[str, Finding]]:
    scenarios = {
        f"s{number}": Finding(outcome=outcome, deviation=value)  # type: ignore[arg-type]
        for number, value in enumerate(deviations)
    }
    return {CHECK: scenarios}


def failed(check: str = CHECK) -> list[CheckResult]:
    return [
        CheckResult(
            id=check,
            function="train_model",
            outcome="failed",
            passed=False,
            points=0.0,
            max_points=2.0,
            message=verbatim(""),
            hint=verbatim(""),
        )
    ]


def book(
    accepted: tuple[float | None, ...] = (), mutants: tuple[float | None, ...] = ()
) -> MarginBook:
    made = MarginBook("slope", [CHECK])
    made.add_accepted("right.py", found(*accepted, outcome="passed"))
    if mutants:
        made.add_mutant("wrong", failed(), found(*mutants, outcome="failed"))
    return made


@pytest.mark.parametrize(
    ("accepted", "mutants", "said"),
    [
        ((0.1,), (10.0,), ""),
        ((0.01, 0.11), (10.0,), "accepted/right.py uses 0.11"),
        ((0.1,), (9.9,), "wrong is only 9.9 tolerances off"),
        ((0.1,), (2.0, 40.0), ""),
        ((None,), (None,), ""),
        ((), (), ""),
    ],
)
def test_a_factor_of_ten_on_both_sides(
    accepted: tuple[float | None, ...], mutants: tuple[float | None, ...], said: str
) -> None:
    (item,) = book(accepted, mutants).items()
    assert item.outcome == ("refuted" if said else "proved")
    assert said in item.message


def test_the_largest_of_right_and_the_smallest_of_wrong_are_told() -> None:
    made = book((0.02, 0.03), (50.0, 20.0))
    made.add_accepted("other.py", found(0.01, outcome="passed"))
    made.add_mutant("further", failed(), found(80.0, outcome="failed"))
    (margin,) = made.margins({CHECK: 0.002})
    assert (margin.accepted, margin.mutants, margin.spread) == (0.03, 50.0, 0.002)


def test_what_failed_by_no_number_has_no_margin() -> None:
    (margin,) = book((0.02,), (None, 3.0)).margins({})
    assert margin.mutants is None
