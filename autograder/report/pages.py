"""Fill in the templates. Jinja2 escapes whatever is not one of our own SVG pictures."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from autograder.grading.record import Grade
from autograder.grading.standing import Standing
from autograder.judge.review import reason_of
from autograder.report.summary import Summary

CLASS, STUDENT = "class.html.j2", "student.html.j2"
FEW = 3  # students that share a mistake: named on its button
MARKS = {"passed": "✔", "failed": "✘", "skipped": "-", "error": "!"}


@functools.cache
def environment() -> Environment:
    """Return the templates, with escaping on for all of them."""
    made = Environment(
        loader=PackageLoader("autograder.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["points"] = points
    made.globals["mark"] = MARKS
    return made


def points(value: float | None) -> str:
    """Return points as people write them."""
    return "-" if value is None else f"{value:g}"


def class_page(
    title: str,
    lab: str,
    summary: Summary,
    standings: Sequence[Standing],
    pictures: Mapping[str, str],
) -> str:
    """Return the class report. ``pictures`` has SVG by mistake; each shows nobody's name."""
    return (
        environment()
        .get_template(CLASS)
        .render(
            title=title,
            lab=lab,
            summary=summary,
            few=FEW,
            timed=any(one.submitted is not None for one in standings),
            pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704  # our own SVG
            students=Markup(_embedded([_row(one) for one in standings])),  # noqa: S704  # escaped there
        )
    )


def student_page(
    title: str, standing: Standing, grade: Grade, pictures: Sequence[tuple[str, str]]
) -> str:
    """Return one student's feedback. ``pictures`` are pairs of a caption and SVG."""
    return (
        environment()
        .get_template(STUDENT)
        .render(
            title=title,
            standing=standing,
            grade=grade,
            causes=grade.causes,
            pictures=[(caption, Markup(svg)) for caption, svg in pictures],  # noqa: S704  # our own SVG
        )
    )


def _embedded(rows: list[dict[str, Any]]) -> str:
    """Return JSON that can stand in a ``<script>``: nothing in it ends the element."""
    text = json.dumps(rows, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _row(one: Standing) -> dict[str, Any]:
    """Return what the page shows of a student, in short keys: there may be thousands."""
    grade = one.grade
    row: dict[str, Any] = {
        "i": one.student,
        "n": " ".join(part for part in (one.first_name, one.last_name) if part),
        "s": None if one.missing else one.score,
        "m": one.max_score,
        "t": grade.status if grade and not one.missing else "missing",
        "w": one.submitted.strftime("%Y-%m-%d %H:%M") if one.submitted else "",
        "p": one.penalty,
        "r": one.raw_score,
        "c": [],
        "d": [],
        "v": [reason_of(code) for code in one.review],
        "b": f"{one.later.status}: {one.later.message}" if one.later else "",
    }
    if grade is not None and not one.missing:
        row["c"] = [
            [c.id, c.outcome[0], c.points, c.max_points, c.message, c.hint] for c in grade.checks
        ]
        row["d"] = [[found.id, found.message] for found in grade.diagnosis]
        row["f"] = grade.departure
        row["e"] = grade.message
        row["o"] = list(grade.notes)
        row["l"] = [grade.isolation, grade.submission_sha256[:12], grade.exercise_sha256[:12]]
        row["x"] = round(grade.seconds, 2)
    return row
