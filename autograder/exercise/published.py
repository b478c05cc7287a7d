"""What students receive besides the notebook: public situations and their results.

``expected.json`` has arrays, not seeds: what a seed draws differs between machines. It contains no
code, nothing hidden, and nothing that a grade is computed from.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.exercise.part import PartCheck, Random
from autograder.exercise.plan import Plan, PlannedScenario, make_plan
from autograder.exercise.recorded import Measured, RecordedCheck
from autograder.exercise.scripts import PlannedScript
from autograder.exercise.spec import Exercise, Says, Tolerance, Variation
from autograder.protocol.array import Array
from autograder.protocol.job import (
    VERSION,
    Budget,
    Contract,
    File,
    Job,
    Probe,
    Role,
    Scenario,
    Situation,
)
from autograder.protocol.script import Sought
from autograder.protocol.trace import ProbeRecord, ScenarioRecord, ScriptRecord, Trace
from autograder.words.catalogue import say

FILENAME = "expected.json"
FORMAT = 1
ISOLATED = "public-isolated"
LARGEST_BYTES = 50_000_000


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """A tolerance as it is stored."""

    rtol: float
    atol: float


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """Losses and gradients at the places that the reference went through in one scenario.

    ``losses`` ``[N + 1]`` and ``gradients`` ``[N + 1, P]`` over all data, before each step and at
    the end; ``steps`` ``[N, P]`` are those of each step's own batch, where there are batches.
    """

    losses: Array
    gradients: Array
    steps: Array | None = None


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """Where a wrong training went: the parameters after each call ``[calls, P]``, and some steps.

    ``count`` is the number of steps that moved something, and ``places`` ``[K, P]`` are the
    parameters after those numbered ``at``; None where the steps were not seen.
    """

    ends: Array
    count: int = 0
    at: tuple[int, ...] = ()
    places: Array | None = None


class KnownMistake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The numbers of one known mistake in the public situations, without code."""

    id: str
    function: Role
    probes: dict[str, ProbeRecord] = {}
    ways: dict[str, Way] = {}
    failed: dict[str, ScenarioRecord] = {}


class PublicMeasure(msgspec.Struct, frozen=True, kw_only=True):
    """What a judge needs of a lab, as far as students have it: everything but the objective."""

    exercise: Published
    preset: Situation
    public_probes: frozenset[str]
    probes: tuple[Probe, ...]
    scenarios: tuple[PlannedScenario, ...]
    scripts: tuple[PlannedScript, ...] = ()
    sought: tuple[Sought, ...] = ()
    accepted: dict[str, tuple[dict[str, ScriptRecord], ...]] = {}


class PublishedParts(msgspec.Struct, frozen=True, kw_only=True):
    """What students receive of the parts besides training: public scripts and their outcome."""

    checks: tuple[PartCheck, ...]
    sought: tuple[Sought, ...]
    scripts: tuple[PlannedScript, ...]
    expected: dict[str, ScriptRecord]
    fixtures: dict[str, str] = {}
    accepted: dict[str, tuple[dict[str, ScriptRecord], ...]] = {}


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """The content of ``expected.json``."""

    format: int = FORMAT
    lab: str
    title: str
    torch: str
    source_sha256: str
    contract: Contract
    preset: Situation
    inert: tuple[str, ...]
    points: dict[str, float]
    tolerances: dict[str, Bounds]
    probes: tuple[Probe, ...]
    scenarios: tuple[Scenario, ...]
    expected_probes: dict[str, ProbeRecord]
    expected_scenarios: dict[str, ScenarioRecord]
    surfaces: dict[str, Surface] = {}
    mistakes: tuple[KnownMistake, ...] = ()
    mistakes_sha256: str = ""
    says: Says = "mistake"
    parts: PublishedParts | msgspec.UnsetType = msgspec.UNSET
    recorded: tuple[RecordedCheck, ...] | msgspec.UnsetType = msgspec.UNSET

    def job(self, budget: Budget, *files: File) -> Job:
        """Return the job that observes files, or a live namespace, in the public situations."""
        return Job(
            files=files,
            lab=self.lab,
            contract=self.contract,
            preset=self.preset,
            inert=self.inert,
            probes=self.probes,
            scenarios=self.scenarios,
            sought=self.sought,
            scripts=tuple(planned.script for planned in self._scripts),
            fixtures={} if self.parts is msgspec.UNSET else self.parts.fixtures,
            budget=budget,
        )

    @property
    def sought(self) -> tuple[Sought, ...]:
        """The names that the parts need."""
        return () if self.parts is msgspec.UNSET else self.parts.sought

    @property
    def _scripts(self) -> tuple[PlannedScript, ...]:
        return () if self.parts is msgspec.UNSET else self.parts.scripts

    @property
    def part_checks(self) -> Mapping[str, PartCheck]:
        """The checks of parts other than training, by their ids."""
        checks = () if self.parts is msgspec.UNSET else self.parts.checks
        return {check.id: check for check in checks}

    @property
    def random_parts(self) -> Mapping[str, Random]:
        """None: what is claimed of random results is an author's code, and stays there."""
        return {}

    def tolerance(self, check: str) -> Tolerance:
        """Return the tolerance of a check."""
        bounds = self.tolerances[check]
        return Tolerance(rtol=bounds.rtol, atol=bounds.atol)

    @property
    def recorded_checks(self) -> Mapping[str, RecordedCheck]:
        """The checks of further lists that training fills, and of how it evaluates."""
        checks = () if self.recorded is msgspec.UNSET else self.recorded
        return {check.id: check for check in checks}

    @property
    def measured(self) -> Mapping[str, Measured]:
        """Nothing: what computes these values is a part of the solution."""
        return {}

    @property
    def max_score(self) -> float:
        """The sum of all points."""
        return float(sum(self.points.values()))

    @property
    def objective(self) -> None:
        """None: it is a part of the solution."""
        return

    def measure(self) -> PublicMeasure:
        """Return what a judge needs of the lab."""
        return PublicMeasure(
            exercise=self,
            preset=self.preset,
            public_probes=frozenset(probe.id for probe in self.probes),
            probes=self.probes,
            scenarios=tuple(_planned(one, self.contract) for one in self.scenarios),
            scripts=self._scripts,
            sought=self.sought,
            accepted={} if self.parts is msgspec.UNSET else self.parts.accepted,
        )

    def reference(self) -> Trace:
        """Return what the reference did, as far as students may see it."""
        return Trace(
            version=VERSION,
            loading=None,
            probes=self.expected_probes,
            scenarios=self.expected_scenarios,
            scripts={} if self.parts is msgspec.UNSET else self.parts.expected,
            ending="done",
        )

    @property
    def batch_size(self) -> int | None:
        """Samples of one step; None where each step takes all."""
        return getattr(self.contract, "batch_size", None)


def _planned(scenario: Scenario, contract: Contract) -> PlannedScenario:
    variation = Variation(name=scenario.id, isolated=scenario.kind == "isolated")
    return PlannedScenario(
        scenario=scenario,
        public=True,
        variation=variation,
        keeps_best=contract.keeps_best is True,
        stops_early=contract.stops_early is True,
    )


def public_plan(exercise: Exercise) -> Plan:
    """Return the part of a lab's plan that students may see, and one isolated scenario besides.

    It is made without the course's salt and shares no data with the hidden scenarios.
    """
    if not exercise.trains:
        plan = make_plan(exercise)
        return dataclasses.replace(plan, scripts=tuple(s for s in plan.scripts if s.public))
    usual = next(v for v in exercise.variations if v.isolated)
    shown = Variation(
        name=ISOLATED, isolated=True, learning_rate=usual.learning_rate, calls=usual.calls
    )
    seed = exercise.public_seeds[0]
    seeds = (seed + 1_000_003,)
    plan = make_plan(
        dataclasses.replace(
            exercise,
            variations=(shown, Variation(name="unused")),
            hidden_seeds=seeds,
        )
    )
    scenarios: tuple[PlannedScenario, ...] = tuple(
        dataclasses.replace(planned, public=True)
        for planned in plan.scenarios
        if planned.public or planned.variation is shown
    )
    return dataclasses.replace(
        plan,
        exercise=exercise,
        probes=tuple(probe for probe in plan.probes if probe.id in plan.public_probes),
        scenarios=scenarios,
        scripts=tuple(script for script in plan.scripts if script.public),
    )


def publish(
    plan: Plan,
    trace: Trace,
    *,
    torch_version: str,
    source_sha256: str,
    surfaces: dict[str, Surface],
    mistakes: tuple[KnownMistake, ...],
    mistakes_sha256: str,
) -> bytes:
    """Return the bytes of ``expected.json`` from the public plan and the reference's trace.

    ``source_sha256`` is the digest of spec and reference, ``mistakes_sha256`` that of the mistakes
    as they are planted; by them a stale file is known.
    """
    exercise = plan.exercise
    tolerances: Mapping[str, Tolerance] = {c: exercise.tolerance(c) for c in exercise.points}
    published = Published(
        lab=exercise.lab,
        title=exercise.title,
        torch=torch_version,
        source_sha256=source_sha256,
        contract=exercise.contract,
        preset=plan.preset,
        inert=exercise.inert,
        points={check: float(points) for check, points in exercise.points.items()},
        tolerances={c: Bounds(rtol=t.rtol, atol=t.atol) for c, t in tolerances.items()},
        probes=plan.probes,
        scenarios=tuple(planned.scenario for planned in plan.scenarios),
        expected_probes=trace.probes,
        expected_scenarios=trace.scenarios,
        surfaces=surfaces,
        mistakes=mistakes,
        mistakes_sha256=mistakes_sha256,
        says=exercise.check_says,
        parts=_published_parts(plan, trace),
        recorded=tuple(exercise.recorded_checks.values()) or msgspec.UNSET,
    )
    return msgspec.json.format(msgspec.json.encode(published), indent=1) + b"\n"


def _published_parts(plan: Plan, trace: Trace) -> PublishedParts | msgspec.UnsetType:
    """Return the public scripts with their outcome; nothing of a lab that only trains."""
    if not plan.exercise.parts:
        return msgspec.UNSET
    return PublishedParts(
        checks=tuple(plan.exercise.part_checks.values()),
        sought=plan.sought,
        scripts=plan.scripts,
        expected=trace.scripts,
        fixtures=plan.fixtures,
        accepted={part: tuple(map(dict, ways)) for part, ways in plan.accepted.items()},
    )


def load_published(path: Path) -> Published:
    """Read ``expected.json``. Raises CourseError where it is missing or not what it must be."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    return decode_published(data, path)


def decode_published(data: bytes, path: Path) -> Published:
    """Decode the content of ``path``; raises CourseError."""
    if len(data) > LARGEST_BYTES:
        raise CourseError(say("file-too-large", n=LARGEST_BYTES // 1_000_000, path=path))
    try:
        published = msgspec.json.decode(data, type=Published)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        problem = say("published-damaged", error=error, path=path)
        raise CourseError(problem) from error
    if published.format != FORMAT:
        raise CourseError(say("published-version", format=published.format, ours=FORMAT, path=path))
    return published
