"""Check cells are worth what the spec gives their checks."""

from __future__ import annotations

import pytest

from autograder.assignment.build import make_draft
from autograder.assignment.points import checks_of_cells
from autograder.course.folder import Course
from autograder.errors import CourseError

from .conftest import Edit

CHECKS = (
    "forward", "criterion", "loss_recorded", "loss_decreases", "final_parameters",
    "gradient_zeroing",
)  # fmt: skip
CELLS = ("check-forward", "check-criterion", "check-train_model")
TRAIN = '"grade_id": "check-train_model", "locked": true, "points": 6'


def test_a_function_s_cell_stands_for_its_checks() -> None:
    found = checks_of_cells(CHECKS, CELLS)
    assert found == {
        "check-forward": ("forward",),
        "check-criterion": ("criterion",),
        "check-train_model": CHECKS[2:],
    }


def test_a_check_with_a_cell_of_its_own_is_not_counted_twice() -> None:
    found = checks_of_cells(CHECKS, (*CELLS, "check-gradient_zeroing"))
    assert found["check-gradient_zeroing"] == ("gradient_zeroing",)
    assert found["check-train_model"] == CHECKS[2:5]


@pytest.mark.parametrize("name", ["check-backward", "train_model", "check-", "forward"])
def test_a_graded_cell_of_another_name_is_refused(name: str) -> None:
    with pytest.raises(CourseError, match=f"^{name}: a graded cell must be one of check-criterion"):
        checks_of_cells(CHECKS, (*CELLS, name))


def test_a_check_without_a_cell_is_refused() -> None:
    with pytest.raises(
        CourseError, match="for loss_recorded; add a locked, graded cell check-train_model"
    ):
        checks_of_cells(CHECKS, CELLS[:2])


def test_other_points_than_the_spec_s_are_told_with_cell_and_both_numbers(
    copy: Course, edit: Edit
) -> None:
    path = edit((TRAIN, TRAIN.replace("6", "5")))
    with pytest.raises(CourseError) as raised:
        make_draft(copy, "slope")
    said = str(raised.value)
    assert said.startswith(f"{path}: cell 14 (check-train_model): is worth 5 points")
    assert "6 (loss_recorded 1, loss_decreases 1, final_parameters 2, gradient_zeroing 2)" in said


def test_an_unlocked_check_cell_is_refused(copy: Course, edit: Edit) -> None:
    edit((TRAIN, TRAIN.replace("true", "false")))
    with pytest.raises(CourseError, match=r"\(check-train_model\): a check cell must be a locked"):
        make_draft(copy, "slope")


def test_every_lab_of_this_repository_agrees_with_its_spec(course: Course) -> None:
    for lab in course.lab_names():
        make_draft(course, lab)
