"""How training departs is told wherever the student reads, as named mistakes are."""

from __future__ import annotations

import html
import json

import msgspec
import pytest

from autograder.gradebook.record import words_of
from autograder.grading.record import Grade
from autograder.judge.grouping import grouped, paragraphs
from autograder.judge.result import CheckResult, Diagnosis
from autograder.lms.results import results_json
from autograder.nbgrader_bridge.engine import cell_output
from autograder.notebook.card import Card, as_html, as_text
from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.summary import summarise
from autograder.words.text import NOTHING, text, verbatim

from .conftest import make_grade, standing

DEPARTURE = "Every step is right, but your loop takes 54 steps where 1000 were asked for."
GRADE = msgspec.structs.replace(
    make_grade("student-01", "final_parameters"), departure=verbatim(DEPARTURE), notes=()
)


def card_of(grade: Grade) -> Card:
    return Card(
        results=grade.checks,
        diagnosis=grade.diagnosis,
        departure=grade.departure,
        notes=grade.notes,
    )


SHOWN = {
    "feedback.html": lambda g: student_page("One", standing("student-01", g), g, ()),
    "feedback.md": lambda g: feedback_markdown("One", standing("student-01", g), g),
    "report": lambda g: class_page(
        "One", "slope", summarise([standing("student-01", g)]), [standing("student-01", g)], {}
    ),
    "gradebook's cells and comments": lambda g: " ".join(words_of(g).values()),
    "Gradescope": lambda g: " ".join(
        (found := json.loads(results_json(standing("student-01", g))))["output"].splitlines()
        + [one["output"] for one in found["tests"]]
    ),
    "nbgrader's cells": lambda g: cell_output(g, g.checks, notes=False)["data"]["text/html"],
    "check in a terminal": lambda g: as_text(card_of(g)),
    "check in a notebook": lambda g: as_html(card_of(g)),
}


@pytest.mark.parametrize("place", SHOWN)
def test_how_training_departs_is_told_once(place: str) -> None:
    shown = SHOWN[place](GRADE)
    assert shown.count(DEPARTURE) == 1
    assert DEPARTURE not in SHOWN[place](msgspec.structs.replace(GRADE, departure=verbatim("")))


@pytest.mark.parametrize("place", SHOWN)
def test_two_mistakes_of_one_function_are_both_told(place: str) -> None:
    two = tuple(
        Diagnosis(id=i, function="train_model", message=verbatim(f"So {i}.")) for i in ("a", "b")
    )
    shown = SHOWN[place](msgspec.structs.replace(GRADE, diagnosis=two, departure=verbatim("")))
    assert "So a." in shown
    assert "So b." in shown


TRACEBACK = "line 3: train_model raised NameError: name 'foo' is not defined"


def check(name: str, message: str, *, function: str = "train_model") -> CheckResult:
    return CheckResult(
        id=name,
        function=function,
        outcome="failed",
        passed=False,
        points=0.0,
        max_points=2.0,
        message=verbatim(message),
        hint=verbatim("Run it by itself."),
    )


RAISING = msgspec.structs.replace(
    GRADE,
    checks=tuple(check(name, TRACEBACK) for name in ("one", "two", "three", "four")),
    departure=verbatim(""),
)


@pytest.mark.parametrize("place", [place for place in SHOWN if place != "report"])
def test_a_traceback_stands_once_however_many_checks_it_costs(place: str) -> None:
    shown = html.unescape(SHOWN[place](RAISING))
    assert shown.count(TRACEBACK) == 1
    assert shown.count("Run it by itself.") == 1


def test_what_is_said_twice_is_told_once() -> None:
    two = [Diagnosis(id=i, function="forward", message=verbatim("The same.")) for i in ("a", "b")]
    (group,) = grouped([check("forward", "x", function="forward")], two)
    assert group.causes == (verbatim("The same."),)


def test_one_cause_of_two_functions_stands_once_with_all_that_it_costs() -> None:
    same = verbatim("forward is not defined.")
    named = [
        Diagnosis(id="name-missing", function=f, message=same) for f in ("forward", "train_model")
    ]
    lost = [check("forward", "no", function="forward"), check("final_parameters", "no")]
    (group,) = grouped(lost, named)
    assert group.causes == (same,)
    assert [one.id for one in group.checks] == ["forward", "final_parameters"]


def test_a_check_that_says_no_more_than_the_cause_says_nothing() -> None:
    found = Diagnosis(id="gradient-not-zeroed", function="train_model", message=verbatim("Sums."))
    lost = check("gradient_zeroing", "")
    lost = msgspec.structs.replace(lost, message=text("steps-not-fresh"))
    (group,) = grouped([lost], [found])
    assert [cost.message for cost in group.costs] == [NOTHING]
    (alone,) = grouped([lost], [])
    assert [cost.message for cost in alone.costs] == [text("steps-not-fresh")]


def test_what_stands_in_another_cell_is_not_said_again() -> None:
    (group,) = RAISING.groups
    assert list(paragraphs(group, {"two"})) == ["✘ two 0/2: see one"]


def test_comments_have_no_escapes_and_no_list_marks() -> None:
    lost = msgspec.structs.replace(check("a", "call backward() * 2 - x_1"), outcome="skipped")
    shown = feedback_markdown(
        "One", standing("student-01", GRADE), msgspec.structs.replace(GRADE, checks=(lost,))
    )
    assert "call backward() * 2 - x_1" in shown
    assert "\\" not in shown
    assert not any(line.lstrip().startswith(("-", "*", "#", "+")) for line in shown.splitlines())


@pytest.mark.parametrize("place", ["feedback.html", "feedback.md", "check in a terminal"])
def test_an_error_of_a_function_is_no_note_again(place: str) -> None:
    at = text("place-line", line=3)
    words = {"text": "NameError: name 'foo' is not defined"}
    told = text("at-place", place=at, said=text("failed-raised", role="train_model", **words))
    note = text("at-place", place=at, said=text("cell-raised", **words))
    lost = msgspec.structs.replace(check("one", ""), message=told)
    grade = msgspec.structs.replace(GRADE, checks=(lost,), notes=(note,), departure=NOTHING)
    assert html.unescape(SHOWN[place](grade)).count(words["text"]) == 1
