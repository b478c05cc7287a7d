"""Feedback shows the lab's own situation, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest

from autograder.course.folder import Course
from autograder.exercise.loader import load_exercise
from autograder.exercise.published import load_published
from autograder.grading.cache import Store
from autograder.picture.training import public_scenario
from autograder.protocol.array import pack
from autograder.protocol.job import VERSION
from autograder.protocol.trace import Failure, ScenarioRecord, Trace
from autograder.report.pages import student_page
from autograder.report.scene import Scene
from autograder.report.write import Pictures, open_pictures, planned_as
from autograder.words.catalogue import say

from .conftest import make_grade, standing

LOSSES, DESCENT, PATH = map(say, ("caption-losses", "caption-descent", "caption-path"))

ADDRESS = "ab" * 32
CAPTIONS = {
    "slope": [LOSSES, PATH],
    "line": [LOSSES, PATH],
    "minibatch": [DESCENT, PATH],
    "logistic": [LOSSES],
}


def drawn(pictures: Pictures, scenarios: Mapping[str, ScenarioRecord]) -> list[tuple[str, str]]:
    trace = Trace(
        version=VERSION, loading=None, probes={}, scenarios=dict(scenarios), ending="done"
    )
    pictures.store.write_trace(ADDRESS, trace)
    grade = msgspec.structs.replace(make_grade("student-01"), trace=ADDRESS)
    return pictures.of(grade)


def of_lab(course: Course, lab: str, out: Path) -> Pictures:
    pictures = open_pictures(course, lab, load_exercise(course.exercise(lab)), out)
    assert pictures is not None
    return pictures


@pytest.mark.parametrize("lab", CAPTIONS)
def test_a_lab_has_its_losses_and_a_way_that_can_be_drawn(
    course: Course, tmp_path: Path, lab: str
) -> None:
    pictures = of_lab(course, lab, tmp_path)
    found = drawn(pictures, pictures.board.published.expected_scenarios)
    assert [caption for caption, _ in found] == CAPTIONS[lab]
    assert all('class="line yours"' in svg and "nan" not in svg for _, svg in found)


def test_what_happened_in_other_situations_changes_no_picture(
    course: Course, tmp_path: Path
) -> None:
    pictures = of_lab(course, "line", tmp_path)
    public = pictures.board.published.expected_scenarios
    [call, *_] = public[pictures.board.scenario.id].calls
    other = msgspec.structs.replace(call, parameters={k: pack(np.array(7.77)) for k in ("w", "b")})
    hidden = {
        "hidden": ScenarioRecord(id="hidden", calls=(other,)),
        "another": ScenarioRecord(id="another"),
    }
    assert drawn(pictures, {**public, **hidden}) == drawn(pictures, public)


def test_without_a_run_in_the_lab_s_own_situation_there_is_none(
    course: Course, tmp_path: Path
) -> None:
    pictures = of_lab(course, "slope", tmp_path)
    public = pictures.board.published.expected_scenarios
    others = {f"not-{name}": record for name, record in public.items()}
    assert drawn(pictures, others) == []
    assert pictures.of(make_grade("student-01")) == []
    assert Store(tmp_path, "slope").read_trace(ADDRESS) is not None


LABS = ("slope", "line", "wide_slope", "wide_line", "minibatch", "module", "logistic")
KINDS = {"slope": "curve", "wide_slope": "curve", "logistic": "paths"}


def scene_of(pictures: Pictures, scenarios: Mapping[str, ScenarioRecord]) -> Scene | None:
    trace = Trace(
        version=VERSION, loading=None, probes={}, scenarios=dict(scenarios), ending="done"
    )
    grade = msgspec.structs.replace(
        make_grade("student-01", "final_parameters"), exercise_sha256=pictures.exercise_sha256
    )
    return pictures.scene_of(grade, trace)


@pytest.mark.parametrize("lab", LABS)
def test_every_lab_has_a_film_on_which_the_reference_departs_nowhere(
    course: Course, tmp_path: Path, lab: str
) -> None:
    pictures = of_lab(course, lab, tmp_path)
    scene = scene_of(pictures, pictures.board.published.expected_scenarios)
    assert scene is not None
    assert scene.film.departs is None
    assert scene.film.yours == scene.film.expected
    assert scene.columns == ("fresh", "held", "used")
    assert scene.film.yours.used == scene.film.yours.fresh
    assert [figure.kind for figure in scene.figures] == [KINDS.get(lab, "map"), "loss"]
    grade = make_grade("student-01")
    page = student_page("One", standing("student-01", grade), grade, [], scene=scene)
    assert len(page.encode()) < 150_000
    assert "nan" not in msgspec.json.encode(scene.film).decode()


def test_nothing_of_another_situation_is_in_a_film(course: Course, tmp_path: Path) -> None:
    pictures = of_lab(course, "line", tmp_path)
    public = pictures.board.published.expected_scenarios
    [call, *_] = public[pictures.board.scenario.id].calls
    other = msgspec.structs.replace(call, parameters={k: pack(np.array(7.77)) for k in ("w", "b")})
    hidden = {"own": ScenarioRecord(id="own", calls=(other,))}
    one, two = (scene_of(pictures, found) for found in ({**public, **hidden}, public))
    assert one is not None
    assert two is not None
    assert one.film == two.film


def test_a_grade_of_another_exercise_has_no_film(course: Course, tmp_path: Path) -> None:
    pictures = of_lab(course, "slope", tmp_path)
    trace = Trace(
        version=VERSION,
        loading=None,
        probes={},
        scenarios=pictures.board.published.expected_scenarios,
        ending="done",
    )
    assert pictures.scene_of(make_grade("student-01"), trace) is None


def test_numbers_published_of_another_situation_are_compared_with_nothing(
    course: Course, tmp_path: Path
) -> None:
    published = load_published(course.expected("slope"))
    scenario = public_scenario(published)
    assert scenario is not None
    exercise = load_exercise(course.exercise("slope"))
    assert planned_as(exercise, scenario) is not None
    situation = msgspec.structs.replace(scenario.situation, learning_rate=0.2)
    assert planned_as(exercise, msgspec.structs.replace(scenario, situation=situation)) is None
    data = {name: pack(np.ones(array.shape)) for name, array in scenario.situation.data.items()}
    situation = msgspec.structs.replace(scenario.situation, data=data)
    assert planned_as(exercise, msgspec.structs.replace(scenario, situation=situation)) is None


def test_a_trace_that_cannot_be_costs_its_own_film_alone(course: Course, tmp_path: Path) -> None:
    pictures = of_lab(course, "line", tmp_path)
    public = pictures.board.published.expected_scenarios
    record = public[pictures.board.scenario.id]
    [call] = record.calls
    huge = np.full((15, 2), 1e300)
    for visited in (huge, np.full((15, 2), np.nan), np.zeros((15, 0)), np.zeros((3, 9))):
        forged = msgspec.structs.replace(call, visited=pack(visited))
        found = msgspec.structs.replace(record, calls=(forged,))
        scene_of(pictures, {record.id: found})


def test_the_class_report_draws_all_ways_into_one_picture(course: Course, tmp_path: Path) -> None:
    for lab in ("slope", "line", "logistic"):
        pictures = of_lab(course, lab, tmp_path)
        stage = pictures.stage()
        assert 'class="line yours"' not in stage.figure.svg
        points = stage.points_of(pictures.board.expected)
        assert 1 < len(points) <= 60
        (left, right), (bottom, top) = stage.figure.frame["x"], stage.figure.frame["y"]
        assert all(left <= x <= right and bottom <= y <= top for x, y in points)


def test_a_training_that_raised_is_drawn_up_to_there(course: Course, tmp_path: Path) -> None:
    pictures = of_lab(course, "slope", tmp_path)
    name, record = next(iter(pictures.board.published.expected_scenarios.items()))
    raised = ScenarioRecord(
        id=name, failure=Failure(kind="exception", text="ValueError"), partial=record.calls[0]
    )
    assert [caption for caption, _ in drawn(pictures, {name: raised})] == [LOSSES, PATH]
    assert drawn(pictures, {name: msgspec.structs.replace(raised, partial=None)}) == []
