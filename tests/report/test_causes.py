"""How training departs is told wherever the student reads, as named mistakes are."""

from __future__ import annotations

import json

import msgspec
import pytest

from autograder.gradebook.record import words_of
from autograder.grading.record import Grade
from autograder.judge.result import Diagnosis, causes_of
from autograder.lms.gradescope import results_json
from autograder.nbgrader_bridge.engine import cell_output
from autograder.notebook.card import Card, as_html, as_text
from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.summary import summarise

from .conftest import make_grade, standing

DEPARTURE = "Every step is right, but your loop takes 54 steps where 1000 were asked for."
GRADE = msgspec.structs.replace(
    make_grade("student-01", "final_parameters"), departure=DEPARTURE, notes=()
)


def card_of(grade: Grade) -> Card:
    return Card(results=grade.checks, diagnosis=grade.diagnosis, departure=grade.departure)


SHOWN = {
    "feedback.html": lambda g: student_page("One", standing("student-01", g), g, ()),
    "feedback.md": lambda g: feedback_markdown("One", standing("student-01", g), g).replace(
        "\\", ""
    ),
    "report": lambda g: class_page(
        "One", "slope", summarise([standing("student-01", g)]), [standing("student-01", g)], {}
    ),
    "gradebook's cells and comments": lambda g: " ".join(words_of(g).values()),
    "Gradescope": lambda g: json.loads(results_json(standing("student-01", g)))["output"],
    "nbgrader's cells": lambda g: cell_output(g, g.checks, notes=False)["data"]["text/html"],
    "check in a terminal": lambda g: as_text(card_of(g)),
    "check in a notebook": lambda g: as_html(card_of(g)),
}


@pytest.mark.parametrize("place", SHOWN)
def test_how_training_departs_is_told_once(place: str) -> None:
    shown = SHOWN[place](GRADE)
    assert shown.count(DEPARTURE) == 1
    assert DEPARTURE not in SHOWN[place](msgspec.structs.replace(GRADE, departure=""))


@pytest.mark.parametrize("place", SHOWN)
def test_two_mistakes_of_one_function_are_both_told(place: str) -> None:
    two = tuple(Diagnosis(id=i, function="train_model", message=f"So {i}.") for i in ("a", "b"))
    shown = SHOWN[place](msgspec.structs.replace(GRADE, diagnosis=two, departure=""))
    assert "So a." in shown
    assert "So b." in shown


def test_what_is_said_twice_is_told_once() -> None:
    two = tuple(Diagnosis(id=i, function="forward", message="The same.") for i in ("a", "b"))
    assert causes_of(two, "") == (("forward", "The same."),)
