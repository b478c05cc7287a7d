"""Wrong ways that no known mistake explains: the grade tells the first step that departs."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pytest

from autograder.course.submission import find_submissions
from autograder.grading.grade import Grade, Grader
from autograder.grading.lab import Lab
from autograder.words.catalogue import say

DEPARTURES = {
    "counts_by_chance": "Every step is right, but your loop takes 3 steps where 4 were asked for.",
    "rate_by_chance": "Step 1 is right. From step 2 on, w goes 0.7, 1.3, 0.9 times as far as it "
    "should. backward() computes the right gradients, but your steps are not the learning "
    "rate times the newest gradient.",
    "loss_item_then_backward": "",
    "gradient_not_zeroed": "",
}

ODD = {
    "counts_by_chance": ("range(iterations)", "range(3 if iterations < 5 else iterations + 2)"),
    "rate_by_chance": ("lr * ", "(1, 0.7, 1.3, 0.9, 0.8)[min(len(LOSS) - 1, 4)] * lr * "),
}
"""What is replaced in the reference: by rules that nobody tries."""


@pytest.fixture(scope="module")
def graded(
    slope: Lab, grader_of: Callable[[str], Grader], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Grade]:
    folder = tmp_path_factory.mktemp("departing")
    right = slope.reference_source.decode()
    for name, (old, new) in ODD.items():
        assert old in right
        folder.joinpath(f"{name}.py").write_text(right.replace(old, new), "utf-8")
    for name in DEPARTURES.keys() - ODD.keys():
        shutil.copy(slope.reference_path.parent / "rejected" / f"{name}.py", folder)
    grades = grader_of("slope").grade(folder, find_submissions(folder, "slope"))
    return {grade.student: grade for grade in grades}


@pytest.mark.parametrize("name", DEPARTURES)
def test_a_grade_tells_where_training_departs(name: str, graded: dict[str, Grade]) -> None:
    assert say(graded[name].departure) == DEPARTURES[name]
    if DEPARTURES[name]:
        assert graded[name].diagnosis == ()


def test_what_raised_or_is_named_has_no_departure(graded: dict[str, Grade]) -> None:
    """Without this, empty sentences would prove nothing."""
    assert [found.id for found in graded["gradient_not_zeroed"].diagnosis] == [
        "gradient-not-zeroed"
    ]
    failed = {check.id for check in graded["loss_item_then_backward"].checks if not check.passed}
    assert "final_parameters" in failed
