"""What a student reads does not depend on hidden data, whatever the code that saw them says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import msgspec
import pytest
from msgspec.structs import replace

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.exercise.plan import make_plan
from autograder.grading.cache import Store
from autograder.grading.grade import Grader, to_json
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import observe_mutants, planted, planted_pairs
from autograder.grading.record import Grade
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.spots import remarks_of
from autograder.protocol.closed import failures_in
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Level, Policy
from tests.budget import BUDGET

from .leaks import LEAKS

pytestmark = pytest.mark.timeout(1800)  # one batch for all of them
MISTAKES = 6
"""One of so many of the lab's mistakes is known by default: each is observed under each salt."""
SALTS = (b"one", b"other")
QUICK = replace(BUDGET, cells_seconds=1.0, call_seconds=0.4, total_seconds=3.0)
OURS = ("seconds", "exercise_sha256", "trace")
"""What a grader's line has besides, and no student is shown."""


class Told(NamedTuple):
    """A submission's grade and trace, under one salt."""

    grade: Grade
    trace: Trace


@pytest.fixture(
    scope="module",
    params=["namespaces", pytest.param("landlock", marks=pytest.mark.thorough)],
)
def told(
    request: pytest.FixtureRequest,
    course: Course,
    engine_of: Callable[[Level], LocalEngine],
    policy: Policy,
    tmp_path_factory: pytest.TempPathFactory,
) -> dict[str, tuple[Told, ...]]:
    """Grade all of them twice, with the hidden data of two courses."""
    engine = engine_of(request.param)
    thorough = any(item.get_closest_marker("thorough") for item in request.session.items)
    every = 1 if thorough else MISTAKES
    submitted = tmp_path_factory.mktemp("leaks")
    for name, source in LEAKS.items():
        (submitted / f"{name}.py").write_text(source, "utf-8")
    lab = load_lab(course, "slope")
    with patch("autograder.grading.standard.observe_mutants", partial(some_mutants, every)):
        both = [graded(lab, salt, engine, policy, submitted, tmp_path_factory) for salt in SALTS]
    return {name: tuple(found[name] for found in both) for name in LEAKS}


def some_mutants(every: int, *given: Any) -> tuple[Mutant, ...]:
    """Observe one of so many of the lab's mutants."""
    some = list(planted(given[0]))[::every]
    pairs = planted_pairs if every == 1 else lambda lab: ()
    with (
        patch("autograder.grading.mutants.planted", lambda lab: some),
        patch("autograder.grading.mutants.planted_pairs", pairs),
    ):
        return observe_mutants(*given)


def graded(  # what is graded, by whom, and where
    lab: Lab,
    salt: bytes,
    engine: LocalEngine,
    policy: Policy,
    submitted: Path,
    folders: pytest.TempPathFactory,
) -> dict[str, Told]:
    salted = dataclasses.replace(lab, plan=make_plan(lab.plan.exercise, salt))
    store = Store(folders.mktemp("out"), "slope")
    grader = Grader(salted, engine, policy, store, budget=QUICK)
    found = {}
    for grade in grader.grade(submitted, find_submissions(submitted, "slope")):
        trace = store.read_trace(grade.trace)
        assert trace is not None, grade
        found[grade.student] = Told(grade, trace)
    return found


@pytest.mark.parametrize("name", LEAKS)
def test_a_line_of_results_is_the_same(name: str, told: dict[str, tuple[Told, ...]]) -> None:
    one, other = (json.loads(to_json(found.grade)) for found in told[name])
    for line in (one, other):
        for field in OURS:
            line.pop(field, None)
    assert one == other


@pytest.mark.parametrize("name", LEAKS)
def test_a_page_is_made_of_the_same(name: str, told: dict[str, tuple[Told, ...]]) -> None:
    one, other = map(page_of, told[name])
    assert one == other


def page_of(found: Told) -> list[object]:
    """Return all that a student's page is made of."""
    grade, trace = found
    remarks = remarks_of(trace, grade.checks, grade.diagnosis, grade.departure)
    public = {name: one for name, one in trace.scenarios.items() if "public" in name}
    probes = {name: one for name, one in trace.probes.items() if "public" in name}
    return [remarks, trace.output, trace.listing, trace.loading, trace.ending, public, probes]


@pytest.mark.parametrize("name", LEAKS)
def test_no_word_is_stored_of_what_was_hidden(name: str, told: dict[str, tuple[Told, ...]]) -> None:
    for _, trace in told[name]:
        records = {**trace.probes, **trace.scenarios}
        hidden = [one for label, one in records.items() if "public" not in label]
        assert all(getattr(one, "notes", ()) == () for one in hidden)
        for failure in (failure for one in hidden for failure in failures_in(one)):
            words = (failure.text, failure.code, failure.values, failure.binds)
            assert words == ("", "", {}, ())
            assert failure.name in ("", *named_before(trace))


def named_before(trace: Trace) -> set[str]:
    loading = trace.loading
    assert loading is not None
    return {*loading.missing, *(failure.name for failure in loading.failures)}


def test_the_key_of_a_hidden_probe_is_another_under_another_salt(
    told: dict[str, tuple[Told, ...]],
) -> None:
    one, other = (found.trace.probes["forward-hidden-13"] for found in told["probe-wrong-values"])
    assert msgspec.msgpack.encode(one) != msgspec.msgpack.encode(other)
