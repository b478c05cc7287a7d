"""expected.json shows the public situations alone, and stays as it is until it is wrong."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec
import pytest

from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.exercise.published import Published, public_plan
from autograder.grading.lab import Lab
from autograder.grading.publish import Publisher
from autograder.grading.setup import Settings
from autograder.protocol.array import pack, unpack
from autograder.sandbox.message import Policy
from tests.shared import ROOT


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The limits that all commands have by themselves: mistakes are observed once a run."""
    return Settings(submitted=ROOT, assignment="").policy()


@pytest.fixture
def own_course(course: Course, tmp_path: Path) -> Course:
    """A course whose slope may be changed."""
    folder = tmp_path / "reference" / "slope"
    folder.mkdir(parents=True)
    for path in (course.exercise("slope"), course.reference("slope")):
        shutil.copy(path, folder)
    return Course(tmp_path)


@pytest.fixture
def publisher(own_course: Course, standard: LocalEngine, policy: Policy) -> Publisher:
    return Publisher(own_course, lambda: standard, policy)


@pytest.fixture(scope="module")
def made(course: Course, standard: LocalEngine, policy: Policy) -> bytes:
    return Publisher(course, lambda: standard, policy).expected_numbers("slope")


def decoded(data: bytes) -> Published:
    return msgspec.json.decode(data, type=Published)


def test_the_same_lab_gives_the_same_bytes(made: bytes, publisher: Publisher) -> None:
    assert publisher.expected_numbers("slope") == made


def test_nothing_hidden_is_in_it(made: bytes, slope: Lab) -> None:
    published = decoded(made)
    hidden = [p.scenario for p in slope.plan.scenarios if not p.public]
    assert {s.id for s in published.scenarios}.isdisjoint(s.id for s in hidden)
    shown = {a.data for s in published.scenarios for a in s.situation.data.values()}
    inputs = slope.plan.preset.data["X"].data
    assert shown.isdisjoint({a.data for s in hidden for a in s.situation.data.values()} - {inputs})
    assert {p.id for p in published.probes} == set(slope.plan.public_probes)


def test_no_code_is_in_it(made: bytes) -> None:
    text = made.decode()
    assert all(word not in text for word in ("def ", "import ", "lambda", "w * x"))


def test_it_has_an_isolated_scenario_for_training_alone(made: bytes) -> None:
    assert [s.kind for s in decoded(made).scenarios] == ["own", "isolated"]


def test_the_public_plan_needs_no_salt(course: Course) -> None:
    exercise = load_exercise(course.exercise("slope"))
    assert public_plan(exercise).sha256() == public_plan(exercise).sha256()


def test_bytes_that_still_hold_are_kept_though_drawn_elsewhere(
    made: bytes, publisher: Publisher
) -> None:
    """Another machine's seeds draw other data; the reference must do on them what they say."""
    content = json.loads(made)
    content["title"] = "kept as it is"
    other = json.dumps(content).encode()
    assert publisher.expected_numbers("slope", other) == other


def test_numbers_that_the_reference_does_not_give_are_replaced(
    made: bytes, publisher: Publisher
) -> None:
    published = decoded(made)
    name = published.scenarios[0].id
    record = published.expected_scenarios[name]
    (call,) = record.calls
    w = float(unpack(call.parameters["w"])[0])
    wrong = msgspec.structs.replace(call, parameters={"w": pack([w + 0.01])})
    scenarios = {
        **published.expected_scenarios,
        name: msgspec.structs.replace(record, calls=(wrong,)),
    }
    changed = msgspec.structs.replace(published, expected_scenarios=scenarios)
    assert publisher.expected_numbers("slope", msgspec.json.encode(changed)) == made


def test_a_changed_spec_makes_it_anew(
    made: bytes, own_course: Course, publisher: Publisher
) -> None:
    spec = own_course.exercise("slope")
    spec.write_text(spec.read_text().replace("iterations=4", "iterations=5"))
    found = decoded(publisher.expected_numbers("slope", made))
    assert found.scenarios[0].calls == (5,)


def test_what_does_not_decode_is_replaced(made: bytes, publisher: Publisher) -> None:
    assert publisher.expected_numbers("slope", b"{") == made


def test_a_reference_that_breaks_is_an_error_that_says_why(
    own_course: Course, publisher: Publisher
) -> None:
    path = own_course.reference("slope")
    path.write_text(path.read_text().replace("return w * x", "return w * nothing"))
    where = r"slope\.py: the reference could not be observed: line \d+: NameError: .*nothing"
    with pytest.raises(CourseError, match=where):
        publisher.expected_numbers("slope")


def test_data_that_cannot_be_drawn_are_an_error_that_names_the_spec(
    own_course: Course, publisher: Publisher
) -> None:
    spec = own_course.exercise("slope")
    spec.write_text(spec.read_text().replace('return {"X": X, "Y"', 'return {"X": X, "y"'))
    with pytest.raises(CourseError, match=r"slope/exercise\.py: data: must return a tensor 'Y'"):
        publisher.expected_numbers("slope")


def test_without_verifying_nothing_is_run(made: bytes, own_course: Course, policy: Policy) -> None:
    def no_engine() -> LocalEngine:
        raise AssertionError("an engine was opened")

    publisher = Publisher(own_course, no_engine, policy)
    assert publisher.expected_numbers("slope", made, verify=False) == made
