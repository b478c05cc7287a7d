"""Observe the reference in the public situations and make ``expected.json`` of it."""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
import numpy as np

from autograder.course.folder import Course
from autograder.engines.engine import Engine
from autograder.errors import CourseError, SpecError
from autograder.exercise.fixtures import ALTERNATIVES, digest_of_files, read_files
from autograder.exercise.loader import load_exercise
from autograder.exercise.published import (
    FILENAME,
    Published,
    decode_published,
    public_plan,
    publish,
)
from autograder.exercise.scripts import PlannedScript
from autograder.grading.known import digest_of_mistakes, known_mistakes, surfaces_of
from autograder.grading.observe import Observatory, budget_for
from autograder.grading.settle import settled
from autograder.judge import messages, part_messages
from autograder.judge.judge import Judge, require_whole
from autograder.judge.status import failures_of, status_of
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import File, Job
from autograder.protocol.trace import ProbeRecord, ScenarioRecord, Trace
from autograder.sandbox.message import Policy
from autograder.words.catalogue import say
from autograder.words.text import verbatim

RTOL, ATOL = 1e-4, 1e-5  # between machines: another CPU adds in another order


class Publisher:
    """Makes ``expected.json`` for labs of one course with one engine, opened when first needed."""

    def __init__(self, course: Course, open_engine: Callable[[], Engine], policy: Policy) -> None:
        self._course = course
        self._open_engine = open_engine
        self._policy = policy

    def expected_numbers(
        self, lab: str, current: bytes | None = None, *, verify: bool = True
    ) -> bytes:
        """Return the bytes of a lab's ``expected.json``.

        ``current`` is returned as it is where it was made from the same spec and reference, and
        (unless ``verify`` is false) the reference still does on its data what it says: seeds draw
        other data on other machines, so fresh bytes may differ where nothing is stale.
        Raises CourseError where the reference cannot be observed to its end.
        """
        spec, path = self._course.exercise(lab), self._course.reference(lab)
        source = path.read_bytes()
        files = digest_of_files(read_files(spec.parent))
        files += digest_of_files(read_files(spec.parent, ALTERNATIVES))
        digest = hashlib.sha256(spec.read_bytes() + b"\0" + source + files).hexdigest()
        if current is not None and self._holds(lab, current, digest, verify=verify):
            return current
        try:
            plan = public_plan(load_exercise(spec))
        except SpecError as error:
            raise SpecError(error.key, error.problem, path=str(spec)) from error
        budget = budget_for(plan.exercise.limits)
        observatory = Observatory(self._open_engine(), self._policy)
        plan = settled(plan, path, source, observatory, budget)
        trace = self._observe(plan.job(path.name, source, budget), path, plan.scripts)
        torch = importlib.metadata.version("torch").partition("+")[0]
        with np.errstate(all="ignore"):  # mistakes diverge
            return publish(
                plan,
                trace,
                torch_version=torch,
                source_sha256=digest,
                surfaces=surfaces_of(plan, trace),
                mistakes=known_mistakes(plan, source, trace, observatory, budget),
                mistakes_sha256=digest_of_mistakes(plan, source),
            )

    def _holds(self, lab: str, current: bytes, digest: str, *, verify: bool) -> bool:
        try:
            published = decode_published(current, Path(FILENAME))
        except CourseError:
            return False
        exercise = load_exercise(self._course.exercise(lab))
        same = published.contract == exercise.contract  # a default of ours may have changed
        if published.source_sha256 != digest or not same:
            return False
        source = self._course.reference(lab).read_bytes()
        if published.mistakes_sha256 != digest_of_mistakes(public_plan(exercise), source):
            return False
        if not verify:
            return True
        path = self._course.reference(lab)
        file = File(name=path.name, data=path.read_bytes())
        job = published.job(budget_for(exercise.limits), file)
        scripts = published.measure().scripts
        return _agree(published, self._observe(job, path, scripts))

    def _observe(self, job: Job, path: Path, scripts: Iterable[PlannedScript]) -> Trace:
        raising = {planned.script.id for planned in scripts if planned.raises}
        trace = Observatory(self._open_engine(), self._policy).observe_one(job).trace
        require_whole(trace, str(path))
        looked = {name: one for name, one in trace.scripts.items() if name not in raising}
        failures = failures_of(msgspec.structs.replace(trace, scripts=looked))
        status = status_of(trace)
        if status != "graded" or failures:
            reason: str = status
            if failures:
                failed = messages.at(messages.where(failures[0]), verbatim(failures[0].text))
                if failures[0].kind == "fixture":
                    failed = part_messages.fixture_failure(failures[0])
                reason = say(failed)
            raise CourseError(say("publish-not-observed", path=path, reason=reason))
        return trace


def _agree(published: Published, trace: Trace) -> bool:
    """Return whether all recorded numbers are those of the trace, but for rounding."""
    judge = Judge(published.measure(), published.reference())
    by_chance = {one.part for one in published.part_checks.values() if one.chance}
    looked = [name for name, one in published.part_checks.items() if one.part not in by_chance]
    parts, _ = judge.examine(trace, looked)
    if not all(check.passed for check in parts):
        return False
    for stored, found in (
        (published.expected_probes, trace.probes),
        (published.expected_scenarios, trace.scenarios),
    ):
        if list(stored) != list(found):
            return False
        for name, record in found.items():
            pairs = zip(_arrays(stored[name]), _arrays(record), strict=True)
            if not all(_close(old, new) for old, new in pairs):
                return False
    return True


def _arrays(record: ProbeRecord | ScenarioRecord) -> Iterator[Array]:
    if isinstance(record, ProbeRecord):
        if record.value is not None:
            yield record.value
        yield from (record.gradients or {}).values()
        return
    for call in record.calls:
        yield from call.parameters.values()
        yield call.visited


def _close(old: Array, new: Array) -> bool:
    before, after = unpack(old), unpack(new)
    return before.shape == after.shape and np.allclose(after, before, rtol=RTOL, atol=ATOL)
