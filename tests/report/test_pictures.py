"""Feedback shows the lab's own situation, and no other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec
import numpy as np
import pytest

from autograder.course.folder import Course
from autograder.exercise.loader import load_exercise
from autograder.grading.store import Store
from autograder.protocol.array import pack
from autograder.protocol.job import VERSION
from autograder.protocol.trace import Failure, ScenarioRecord, Trace
from autograder.report.write import DESCENT, LOSSES, PATH, Pictures, open_pictures

from .conftest import make_grade

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
    found = drawn(pictures, pictures.published.expected_scenarios)
    assert [caption for caption, _ in found] == CAPTIONS[lab]
    assert all('class="line yours"' in svg and "nan" not in svg for _, svg in found)


def test_what_happened_in_other_situations_changes_no_picture(
    course: Course, tmp_path: Path
) -> None:
    pictures = of_lab(course, "line", tmp_path)
    public = pictures.published.expected_scenarios
    [call, *_] = public[pictures.scenario.id].calls
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
    public = pictures.published.expected_scenarios
    others = {f"not-{name}": record for name, record in public.items()}
    assert drawn(pictures, others) == []
    assert pictures.of(make_grade("student-01")) == []
    assert Store(tmp_path, "slope").read_trace(ADDRESS) is not None


def test_a_training_that_raised_is_drawn_up_to_there(course: Course, tmp_path: Path) -> None:
    pictures = of_lab(course, "slope", tmp_path)
    name, record = next(iter(pictures.published.expected_scenarios.items()))
    raised = ScenarioRecord(
        id=name, failure=Failure(kind="exception", text="ValueError"), partial=record.calls[0]
    )
    assert [caption for caption, _ in drawn(pictures, {name: raised})] == [LOSSES, PATH]
    assert drawn(pictures, {name: msgspec.structs.replace(raised, partial=None)}) == []
