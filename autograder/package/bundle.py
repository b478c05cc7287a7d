"""What of a lab travels to where it is graded: traces in place of the reference.

The plan travels as it was drawn, since other machines draw other numbers from the same seed. The
spec travels as the files that define it, since its objective is a function; the reference, the
accepted and the rejected files, and the alternatives do not travel. Of a trace there is no code.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import msgspec

from autograder.errors import CourseError
from autograder.exercise.plan import Plan, PlannedScenario
from autograder.exercise.scripts import PlannedScript
from autograder.exercise.spec import Exercise, Variation
from autograder.grading.standard import Standard
from autograder.judge.diagnosis.course import CourseMistake
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.diagnosis.part_mutants import PartMutant
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.operators import OPERATORS
from autograder.judge.mistakes.registry import MISTAKES
from autograder.protocol.job import Budget, Probe, Scenario, Situation
from autograder.protocol.trace import ScriptRecord, Trace
from autograder.sandbox.message import Policy
from autograder.words.catalogue import say

FORMAT = 1
DIGEST_BYTES = 32


class DrawnScenario(msgspec.Struct, frozen=True, kw_only=True):
    """A scenario as it was drawn; ``variation`` is the name of what the spec says of it."""

    scenario: Scenario
    public: bool
    variation: str
    keeps_best: bool
    stops_early: bool = False


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A plan without its spec: all data, and what the reference gave for them."""

    preset: Situation
    public_probes: tuple[str, ...]
    probes: tuple[Probe, ...]
    scenarios: tuple[DrawnScenario, ...]
    scripts: tuple[PlannedScript, ...]
    accepted: dict[str, tuple[dict[str, ScriptRecord], ...]]


class KnownMutant(msgspec.Struct, frozen=True, kw_only=True):
    """What mistakes planted into the reference came to: functions with ids, and a trace."""

    mistakes: tuple[str, ...]
    trace: Trace


class KnownPartMutant(msgspec.Struct, frozen=True, kw_only=True):
    """The same of a mistake in a part."""

    part: str
    operator: str
    name: str
    line: int
    trace: Trace


class KnownOwn(msgspec.Struct, frozen=True, kw_only=True):
    """A mistake of the course's own."""

    id: str
    says: str
    hint: str
    fails: tuple[str, ...]
    trace: Trace


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What submissions are measured by, without the spec."""

    drawn: Drawn
    reference: Trace
    mutants: tuple[KnownMutant, ...]
    own: tuple[KnownOwn, ...]
    parts: tuple[KnownPartMutant, ...]


class Bundle(msgspec.Struct, frozen=True, kw_only=True):
    """See the module's docstring. ``spec`` has the spec's files by their names in its folder.

    ``expected`` is what students receive, for the pictures; ``language`` that of all sentences.
    """

    format: int
    lab: str
    title: str
    max_score: float
    sha256: str
    versions: dict[str, str]
    labs: tuple[str, ...]
    page: tuple[str, ...]
    language: str
    allow_uid: bool
    policy: Policy
    budget: Budget
    spec: dict[str, bytes]
    expected: bytes
    known: Known


_decoder = msgspec.msgpack.Decoder(Bundle)


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write the file, readable by its owner alone."""
    data = msgspec.msgpack.encode(bundle)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(hashlib.sha256(data).digest() + data)


def read_bundle(path: Path) -> Bundle:
    """Read a file that nobody else may read. Raises CourseError."""
    try:
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            content = stream.read()
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    if stat.S_IMODE(status.st_mode) & 0o077 or status.st_uid != os.getuid():
        raise CourseError(say("bundle-open", path=path))
    digest, data = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
    if hashlib.sha256(data).digest() != digest:
        raise CourseError(say("bundle-damaged", path=path))
    try:
        bundle = _decoder.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise CourseError(say("bundle-damaged", path=path)) from error
    if bundle.format != FORMAT:
        raise CourseError(say("bundle-version", path=path, format=bundle.format, ours=FORMAT))
    return bundle


def drawn_of(plan: Plan) -> Drawn:
    """Return all data of a settled plan."""
    return Drawn(
        preset=plan.preset,
        public_probes=tuple(sorted(plan.public_probes)),
        probes=plan.probes,
        scenarios=tuple(
            DrawnScenario(
                scenario=one.scenario,
                public=one.public,
                variation=one.variation.name,
                keeps_best=one.keeps_best,
                stops_early=one.stops_early,
            )
            for one in plan.scenarios
        ),
        scripts=plan.scripts,
        accepted={key: tuple(map(dict, found)) for key, found in plan.accepted.items()},
    )


def plan_of(exercise: Exercise, drawn: Drawn) -> Plan:
    """Return the plan of which the data are."""
    variations = {one.name: one for one in exercise.variations}
    return Plan(
        exercise=exercise,
        preset=drawn.preset,
        public_probes=frozenset(drawn.public_probes),
        probes=drawn.probes,
        scenarios=tuple(
            PlannedScenario(
                scenario=one.scenario,
                public=one.public,
                variation=variations.get(one.variation) or Variation(name=one.variation),
                keeps_best=one.keeps_best,
                stops_early=one.stops_early,
            )
            for one in drawn.scenarios
        ),
        scripts=drawn.scripts,
        accepted=drawn.accepted,
    )


def known_of(standard: Standard) -> Known:
    """Return what of a standard travels."""
    return Known(
        drawn=drawn_of(standard.plan),
        reference=without_code(standard.reference),
        mutants=tuple(
            KnownMutant(mistakes=tuple(map(_key, one.mistakes)), trace=without_code(one.trace))
            for one in standard.mutants
        ),
        own=tuple(
            KnownOwn(
                id=one.id,
                says=one.says,
                hint=one.hint,
                fails=tuple(sorted(one.fails)),
                trace=without_code(one.trace),
            )
            for one in standard.own
        ),
        parts=tuple(
            KnownPartMutant(
                part=one.part,
                operator=one.operator.id,
                name=one.name,
                line=one.line,
                trace=without_code(one.trace),
            )
            for one in standard.parts
        ),
    )


def standard_of(known: Known, exercise: Exercise) -> Standard:
    """Return what submissions are measured by. Raises CourseError for a mistake unknown here."""
    mistakes = {_key(one): one for one in MISTAKES}
    operators = {one.id: one for one in OPERATORS}
    try:
        return Standard(
            plan=plan_of(exercise, known.drawn),
            reference=known.reference,
            mutants=tuple(
                Mutant(mistakes=tuple(mistakes[key] for key in one.mistakes), trace=one.trace)
                for one in known.mutants
            ),
            own=tuple(
                CourseMistake(
                    id=one.id,
                    says=one.says,
                    hint=one.hint,
                    fails=frozenset(one.fails),
                    trace=one.trace,
                )
                for one in known.own
            ),
            parts=tuple(
                PartMutant(
                    part=one.part,
                    operator=operators[one.operator],
                    name=one.name,
                    line=one.line,
                    trace=one.trace,
                )
                for one in known.parts
            ),
        )
    except KeyError as error:
        raise CourseError(say("bundle-mistake", id=error.args[0])) from error


def _key(mistake: Mistake) -> str:
    return f"{mistake.function}/{mistake.id}"


def without_code(trace: Trace) -> Trace:
    """Return a trace without the code that it is of, and without what that printed."""
    loading = trace.loading
    if loading is not None:
        loading = msgspec.structs.replace(loading, sightings=())
    return msgspec.structs.replace(trace, loading=loading, listing=None, output="")
