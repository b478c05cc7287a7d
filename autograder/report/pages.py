"""Fill in the templates. Jinja2 escapes whatever is not one of our own SVG pictures."""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from autograder.grading.record import Grade
from autograder.grading.results import Standing, status_word
from autograder.judge.grouping import MARKS, further
from autograder.judge.review import reason_of
from autograder.report.code import Code
from autograder.report.scene import Figure, Scene
from autograder.report.summary import Summary
from autograder.words.catalogue import language, say
from autograder.words.text import Text

CLASS, STUDENT = "class.html.j2", "student.html.j2"
FILM_WORDS = {
    "fresh": "film-fresh",
    "used": "film-used",
    "infinite": "film-not-finite",
    "loss": "film-loss",
    "noted": "film-noted",
    "before": "film-before",
    "after": "film-after",
    "unseen": "film-unseen",
    "nostep": "film-no-step",
    "step": "film-step-of",
    "departing": "film-step-departs",
    "end": "film-end",
    "yours": "film-yours",
    "expected": "film-expected",
    "play": "film-play",
    "pause": "film-pause",
}
"""What the film's script says, by its own short names; it fills in ``{step}`` and the like."""
FEW = 3  # students that share a mistake: named on its button
SPOKEN = ("flag", "by-hand", "of", "must", "later", "show", "run", "not-read", "change")
"""What the class page's script says."""


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
    made.filters["picture"] = Markup
    made.globals |= {"mark": MARKS, "say": say, "coded": coded, "language": language}
    made.globals["status_word"] = status_word
    return made


def coded(code: str, *, n: int = 1, **values: str) -> Markup:
    """Return a sentence as HTML, its values set as code; ``n`` counts and stays plain."""
    said = escape(say(code, n=n, **{name: f"\0{name}\0" for name in values}))
    for name, value in values.items():
        said = said.replace(f"\0{name}\0", Markup("<code>{}</code>").format(value))
    return said


def _spoken() -> dict[str, str]:
    """Return the sentences of the class page's script, their values still named in braces."""
    names = ("done", "total", "what", "n", "status", "level", "seconds", "submission", "exercise")
    blank = {name: f"{{{name}}}" for name in names}
    return {name: say(f"page-{name}", **blank) for name in SPOKEN}


def points(value: float | None) -> str:
    """Return points as people write them."""
    return "-" if value is None else f"{value:g}"


def class_page(
    title: str,
    lab: str,
    summary: Summary,
    standings: Sequence[Standing],
    pictures: Mapping[str, str],
    *,
    stage: Figure | None = None,
    works: Mapping[str, dict[str, Any]] | None = None,
) -> str:
    """Return the class report. ``pictures`` has SVG by mistake; each shows nobody's name.

    ``works`` has further keys of students' rows: points in the ``stage``, and code.
    """
    more = {student: dict(work) for student, work in (works or {}).items()}
    for one in summary.groups:
        for student in one.group.students:
            more.setdefault(student, {})["z"] = one.group.id
    return (
        environment()
        .get_template(CLASS)
        .render(
            title=title,
            lab=lab,
            summary=summary,
            few=FEW,
            exported=[one for one in summary.changed if one.exported],
            regraded=[one for one in summary.changed if not one.exported],
            timed=any(one.submitted is not None for one in standings),
            pictures={name: Markup(svg) for name, svg in pictures.items()},  # noqa: S704  # our own SVG
            stage=stage,
            frame=_embedded(stage.frame) if stage else "",
            words=Markup(_embedded(_spoken())),  # noqa: S704  # escaped there
            students=Markup(  # noqa: S704  # escaped there
                _embedded([_row(one) | more.get(one.student, {}) for one in standings])
            ),
        )
    )


class Anchors:
    """Hands out the numbers of what is said of lines; lines lead to the first place of each."""

    def __init__(self, code: Code | None) -> None:
        self._code = code
        self._taken: set[int] = set()

    def take(self, text: Text) -> tuple[int, bool]:
        """Return the number of a text, 0 for none, and whether this is its first place."""
        number = self._code.number_of(text) if self._code is not None else 0
        first = number not in self._taken
        self._taken.add(number)
        return number, first

    def left(self, grade: Grade) -> list[Text]:
        """Return what has no place yet, but for what checks say: the cause says that better."""
        remarks = self._code.remarks if self._code is not None else ()
        said = {check.message for check in grade.checks}
        left = (one.text for n, one in enumerate(remarks, start=1) if n not in self._taken)
        return [text for text in left if text not in said]


def student_page(
    title: str,
    standing: Standing,
    grade: Grade,
    pictures: Sequence[tuple[str, str]],
    *,
    scene: Scene | None = None,
    code: Code | None = None,
) -> str:
    """Return one student's feedback. ``pictures`` are pairs of a caption and SVG."""
    return (
        environment()
        .get_template(STUDENT)
        .render(
            title=title,
            standing=standing,
            grade=grade,
            groups=grade.groups,
            notes=further(grade.notes, grade.groups),
            language=language(),
            pictures=[(caption, Markup(svg)) for caption, svg in pictures],  # noqa: S704  # our own SVG
            scene=scene,
            film_data=Markup(_film_data(scene)) if scene is not None else "",  # noqa: S704  # escaped there
            code=code,
            anchors=Anchors(code),
        )
    )


def _film_data(scene: Scene) -> str:
    """Return what the film's script reads: the record, and where its charts lie."""
    charts = [figure.frame for figure in scene.figures]
    film = scene.film
    words: dict[str, Any] = {key: say(code) for key, code in FILM_WORDS.items()}
    runs = {"yours": film.yours, "expected": film.expected}
    words["ended"] = {name: say("film-ended", n=run.steps) for name, run in runs.items()}
    data = {"film": msgspec.to_builtins(film), "charts": charts, "columns": scene.columns}
    return _embedded(data | {"words": words})


def _embedded(data: Any) -> str:
    """Return JSON that can stand in a ``<script>``: nothing in it ends the element."""
    text = json.dumps(data, allow_nan=False, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _command(one: Standing, grade: Grade | None) -> str:
    """Return a command that changes a grade by hand, to be copied and finished."""
    lost = [check.id for check in grade.checks if not check.passed] if grade else []
    what = f"--check {lost[0]} --points " if lost else "--bonus "
    worth = [check.max_points for check in grade.checks if check.id in lost[:1]] if grade else []
    points = f"{worth[0]:g}" if worth else "1"
    who = shlex.quote(one.student)
    return f'autograder override {who} -a {one.assignment} {what}{points} --reason "…"'


def _row(one: Standing) -> dict[str, Any]:
    """Return what the page shows of a student, in short keys: there may be thousands."""
    grade = one.grade
    row: dict[str, Any] = {
        "i": one.student,
        "n": " ".join(part for part in (one.first_name, one.last_name) if part),
        "s": None if one.missing else one.score,
        "m": one.max_score,
        "t": status_word(grade.status if grade and not one.missing else "missing"),
        "w": one.submitted.strftime("%Y-%m-%d %H:%M") if one.submitted else "",
        "p": one.penalty,
        "r": one.raw_score,
        "c": [],
        "d": [],
        "v": [reason_of(code) for code in one.review],
        "h": [change.words for change in one.account.changes],
        "a": [*one.account.facts, *one.account.sums, *one.account.written],
        "y": _command(one, grade),
        "b": f"{status_word(one.later.status)}: {say(one.later.message)}" if one.later else "",
    }
    if grade is not None and not one.missing:
        row["c"] = [
            [c.id, c.outcome[0], c.points, c.max_points, say(c.message), say(c.hint)]
            for c in grade.checks
        ]
        row["d"] = [[found.id, say(found.message)] for found in grade.diagnosis]
        row["u"] = say(grade.departure)
        row["e"] = say(grade.message)
        row["o"] = list(map(say, grade.notes))
        row["l"] = [grade.isolation, grade.submission_sha256[:12], grade.exercise_sha256[:12]]
        row["x"] = round(grade.seconds, 2)
    return row
