"""Make the pages of a lab: the class report, and a folder of feedback for each student."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from autograder.course.folder import Course
from autograder.errors import AutograderError, CourseError
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import PlannedScenario
from autograder.exercise.published import load_published, public_plan
from autograder.exercise.spec import Exercise
from autograder.grading.cache import Store
from autograder.grading.drawing import Board, make_board
from autograder.grading.file import write_atomically
from autograder.grading.groups import Group, groups_of
from autograder.grading.lab import load_lab
from autograder.grading.record import Grade
from autograder.grading.results import Changed, Standing
from autograder.judge.guard import guarded
from autograder.picture.svg import as_svg
from autograder.picture.training import coordinates, own_course
from autograder.protocol.array import unpack
from autograder.protocol.job import Scenario
from autograder.protocol.trace import Trace
from autograder.report.code import make_code, shown_text
from autograder.report.film import make_film
from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.scene import Scene, make_scene
from autograder.report.summary import Alike, Summary, summarise
from autograder.report.work import Stage, code_of, make_stage
from autograder.words.catalogue import say

FOLDER = "feedback"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pictures:
    """Draws a lab's training runs in its public situation."""

    board: Board
    store: Store
    planned: PlannedScenario | None
    exercise_sha256: str

    def trace_of(self, grade: Grade) -> Trace | None:
        """Return what was observed of a submission."""
        return self.store.read_trace(grade.trace) if grade.trace else None

    def scene_of(self, grade: Grade, trace: Trace | None) -> Scene | None:
        """Return the film of a training and its charts; None where its steps were not seen.

        Nor is there one where the exercise is another now than when it was graded: what is right
        may be another then.
        """
        observed = trace.scenarios.get(self.board.scenario.id) if trace is not None else None
        expected = self.board.published.expected_scenarios[self.board.scenario.id]
        planned = self.planned
        if observed is None or planned is None or grade.exercise_sha256 != self.exercise_sha256:
            return None
        right = bool(grade.checks) and all(check.passed for check in grade.checks)

        def make() -> Scene | None:
            film = make_film(observed, expected, planned, self.board.landscape, right=right)
            return make_scene(film, self.board.loss) if film is not None else None

        return guarded(f"the film of {grade.student}", make, None)

    def of(self, grade: Grade) -> list[tuple[str, str]]:
        """Return pairs of caption and SVG; none where the submission did not train."""
        return self.drawn(self.trace_of(grade))

    def drawn(self, trace: Trace | None, *, film: bool = False) -> list[tuple[str, str]]:
        """Return pairs of caption and SVG; of those that a ``film`` has, none."""
        return [(said, as_svg(chart)) for said, chart in self.board.charts(trace, film=film)]

    def stage(self) -> Stage:
        """Return the picture that all students' ways are drawn into."""
        names = coordinates(self.board.scenario)
        return make_stage(self.board.expected, names, self.board.loss)


def open_pictures(course: Course, lab: str, exercise: Exercise, out: Path) -> Pictures | None:
    """Return what draws, None where the lab's assignment publishes no numbers.

    There are no films where the numbers published are of another situation than that which is
    graded: the exercise was changed, or they were drawn on a machine that draws others.
    """
    path = course.expected(lab)
    if not path.is_file():
        return None
    board = make_board(load_published(path), exercise)
    if board is None:
        return None
    return Pictures(
        board=board,
        store=Store(out, lab),
        planned=planned_as(exercise, board.scenario),
        exercise_sha256=_digest(course, lab),
    )


def _digest(course: Course, lab: str) -> str:
    """Return what grades of the exercise as it is now have, nothing where it cannot be graded."""
    try:
        return load_lab(course, lab).sha256
    except AutograderError:
        return ""


def planned_as(exercise: Exercise, scenario: Scenario) -> PlannedScenario | None:
    """Return the scenario as the exercise plans it now, None where that is another."""
    for planned in public_plan(exercise).scenarios:
        if planned.scenario.id == scenario.id and _same(planned.scenario, scenario):
            return dataclasses.replace(planned, scenario=scenario)
    return None


def _same(one: Scenario, other: Scenario) -> bool:
    """Return whether two scenarios are equal, but for rounding."""
    pairs = [(found.situation.data | found.situation.start, found) for found in (one, other)]
    (arrays, first), (others, second) = pairs
    return (
        (first.calls, first.situation.learning_rate, list(arrays))
        == (second.calls, second.situation.learning_rate, list(others))
        and all(arrays[name].shape == others[name].shape for name in arrays)
        and all(np.allclose(unpack(arrays[name]), unpack(others[name])) for name in arrays)
    )


def write_report(
    course: Course,
    lab: str,
    standings: Sequence[Standing],
    out: Path,
    path: Path,
    changed: Sequence[Changed] = (),
) -> Summary:
    """Write the class report to ``path`` and return what it counts. Raises CourseError.

    ``changed`` are scores that are not what was exported, or was before grading again.
    """
    page, summary = make_report(course, lab, standings, out, changed)
    write_atomically(path, page.encode("utf-8", "backslashreplace"))
    return summary


def make_report(
    course: Course,
    lab: str,
    standings: Sequence[Standing],
    out: Path,
    changed: Sequence[Changed] = (),
) -> tuple[str, Summary]:
    """Return the class report and what it counts."""
    exercise = load_exercise(course.exercise(lab))
    pictures = open_pictures(course, lab, exercise, out)
    store = Store(out, lab)
    groups = [_shown(group, pictures) for group in _groups(course, lab, standings, store)]
    summary = summarise(standings)
    summary = dataclasses.replace(summary, changed=tuple(changed), groups=tuple(groups))
    drawn = _one_each(summary, standings, pictures) if pictures is not None else {}
    stage = pictures.stage() if pictures is not None else None
    page = class_page(
        exercise.title,
        lab,
        summary,
        standings,
        drawn,
        stage=stage.figure if stage else None,
        works=dict(_works(standings, pictures, stage, store)),
    )
    return page, summary


def _groups(
    course: Course, lab: str, standings: Sequence[Standing], store: Store
) -> Sequence[Group]:
    """Return who behaves alike, and no mistake says why; nobody where the lab cannot be loaded."""
    try:
        loaded = load_lab(course, lab)
        return groups_of(standings, lambda one: loaded.of_variant(one).plan, store)
    except AutograderError:
        return ()


def _shown(group: Group, pictures: Pictures | None) -> Alike:
    """Return a group as a page shows it: whose code it is does not stand there."""
    draw = functools.partial(pictures.drawn, group.trace) if pictures is not None else list
    drawn = guarded(f"the picture of group {group.id}", draw, None) or []
    return Alike(group=group, code=shown_text(group.bare), picture=drawn[-1][1] if drawn else "")


def _works(
    standings: Sequence[Standing], pictures: Pictures | None, stage: Stage | None, store: Store
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what the report has of each student's work, by its keys there."""
    for one in standings:
        grade = one.grade
        trace = store.read_trace(grade.trace) if grade is not None and grade.trace else None
        if grade is None or trace is None or one.missing:
            continue
        found: dict[str, Any] = {}
        code = make_code(trace, grade)
        if code is not None:
            found["q"] = code_of(code, len(standings))
        own = own_course(trace, pictures.board.scenario) if pictures is not None else None
        if own is not None and stage is not None:
            draw = functools.partial(stage.points_of, own)
            found["g"] = guarded(f"the way of {one.student}", draw, None) or []
        yield one.student, found


def _one_each(
    summary: Summary, standings: Sequence[Standing], pictures: Pictures
) -> Mapping[str, str]:
    """Return a picture for each mistake in training, of one submission that has no other."""
    grades = {one.student: one.grade for one in standings if one.grade is not None}
    found = {}
    for mistake in summary.misconceptions:
        sharing = [grades[student] for student in mistake.students]
        for grade in sorted(sharing, key=lambda grade: len(grade.diagnosis))[:5]:
            drawn = pictures.of(grade)
            if drawn:
                found[mistake.id] = drawn[-1][1]
                break
    return found


def write_feedback(
    course: Course, lab: str, standings: Sequence[Standing], out: Path, folder: Path
) -> Iterator[str]:
    """Write ``<student>/<lab>/feedback.html`` and ``.md`` for each grade; yield each student.

    Raises CourseError where a page cannot be written.
    """
    exercise = load_exercise(course.exercise(lab))
    pictures, store = open_pictures(course, lab, exercise, out), Store(out, lab)
    for one in standings:
        if one.grade is None or one.missing:
            continue
        place = folder / one.student / lab
        if place.parents[1] != folder:
            raise CourseError(say("student-no-folder", student=one.student))
        page = make_feedback(exercise.title, one, one.grade, pictures, store)
        words = feedback_markdown(exercise.title, one, one.grade)
        write_atomically(place / "feedback.html", page.encode("utf-8", "backslashreplace"))
        write_atomically(place / "feedback.md", words.encode("utf-8", "backslashreplace"))
        yield one.student


def make_feedback(
    title: str,
    standing: Standing,
    grade: Grade,
    pictures: Pictures | None,
    store: Store,
) -> str:
    """Return a student's page about a grade."""
    trace = store.read_trace(grade.trace) if grade.trace else None
    scene = pictures.scene_of(grade, trace) if pictures is not None else None
    drawn = pictures.drawn(trace, film=scene is not None) if pictures is not None else []
    code = make_code(trace, grade) if trace is not None else None
    return student_page(title, standing, grade, drawn, scene=scene, code=code)
