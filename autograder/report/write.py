"""Make the pages of a lab: the class report, and a folder of feedback for each student."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.exercise.published import Published, load_published
from autograder.exercise.spec import Exercise
from autograder.grading.file import write_atomically
from autograder.grading.record import Grade
from autograder.grading.standing import Changed, Standing
from autograder.grading.store import Store
from autograder.judge.objective import Landscape
from autograder.picture.svg import as_svg
from autograder.picture.training import (
    Course as Run,
)
from autograder.picture.training import (
    coordinates,
    descent,
    expected_course,
    losses_chart,
    own_course,
    path_chart,
    public_scenario,
)
from autograder.protocol.job import Scenario
from autograder.report.markdown import feedback_markdown
from autograder.report.pages import class_page, student_page
from autograder.report.summary import Summary, summarise

FOLDER = "feedback"
LOSSES = "The loss in each iteration"
DESCENT = "The loss over all data after each step"
PATH = "The way of your parameters on the loss surface"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pictures:
    """Draws a lab's training runs in its public situation."""

    published: Published
    scenario: Scenario
    expected: Run
    landscape: Landscape
    store: Store

    def of(self, grade: Grade) -> list[tuple[str, str]]:
        """Return pairs of caption and SVG; none where the submission did not train."""
        trace = self.store.read_trace(grade.trace) if grade.trace else None
        own = own_course(trace, self.scenario) if trace is not None else None
        if own is None:
            return []
        if "loss_recorded" in self.published.points:
            pictures = [(LOSSES, as_svg(losses_chart(own, self.expected)))]
        else:
            way, wanted = (descent(run, self._loss) for run in (own, self.expected))
            pictures = [(DESCENT, as_svg(losses_chart(way, wanted, each="step")))]
        path = path_chart(own, self.expected, coordinates(self.scenario), self._loss)
        return [*pictures, (PATH, as_svg(path))] if path is not None else pictures

    def _loss(self, points: np.ndarray) -> np.ndarray:
        return self.landscape.evaluate(points)[0]


def open_pictures(course: Course, lab: str, exercise: Exercise, out: Path) -> Pictures | None:
    """Return what draws, None where the lab's assignment publishes no numbers."""
    path = course.expected(lab)
    if not path.is_file():
        return None
    published = load_published(path)
    scenario = public_scenario(published)
    expected = expected_course(published, scenario) if scenario is not None else None
    if scenario is None or expected is None:
        return None
    landscape = Landscape(exercise.objective, scenario, exercise.batch_size)
    return Pictures(
        published=published,
        scenario=scenario,
        expected=expected,
        landscape=landscape,
        store=Store(out, lab),
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
    exercise = load_exercise(course.exercise(lab))
    pictures = open_pictures(course, lab, exercise, out)
    summary = summarise(standings)
    drawn = _one_each(summary, standings, pictures) if pictures is not None else {}
    page = class_page(exercise.title, lab, summary, standings, drawn, changed)
    write_atomically(path, page.encode("utf-8", "backslashreplace"))
    return summary


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
    pictures = open_pictures(course, lab, exercise, out)
    for one in standings:
        if one.grade is None or one.missing:
            continue
        place = folder / one.student / lab
        if place.parents[1] != folder:
            raise CourseError(f"{one.student}: no name for a folder")
        drawn = pictures.of(one.grade) if pictures is not None else []
        page = student_page(exercise.title, one, one.grade, drawn)
        words = feedback_markdown(exercise.title, one, one.grade)
        write_atomically(place / "feedback.html", page.encode("utf-8", "backslashreplace"))
        write_atomically(place / "feedback.md", words.encode("utf-8", "backslashreplace"))
        yield one.student
