"""Whether two submissions behave the same in everything observed; a digest of the behavior.

Stricter than what a check compares, and than what names a mistake of the framework's: all probes,
scenarios and scripts, own and isolated, public and hidden, must coincide but for rounding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator

import msgspec
import numpy as np

from autograder.exercise.measure import Measure
from autograder.exercise.plan import PlannedScenario
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import Path, near, path_of, places_of, same_probe, same_way
from autograder.judge.diagnosis.part_mutants import same_records
from autograder.judge.steps import end_of, read_steps
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import steps_per_iteration
from autograder.protocol.trace import (
    CallRecord,
    Failure,
    LossRecord,
    ProbeRecord,
    ScenarioRecord,
    Trace,
)

PLAIN = str.maketrans("ta", "nn")  # one plain number, whatever it is stored as
DIGEST = 12  # hexadecimal digits


def alike(
    observed: Trace, other: Trace, plan: Measure, lost: Collection[str] | None = None
) -> bool:
    """Return whether two traces behave the same in everything observed, up to rounding.

    With ``lost`` only in what these checks look at: training as a whole, and each part by itself.
    A submission that was ended early was not seen in everything, and is like no other.
    """
    if not observed.ending == other.ending == "done":
        return False
    checks = plan.exercise.part_checks
    parts = {checks[one].part for one in (checks if lost is None else lost) if one in checks}
    scripts = [one.script.id for one in plan.scripts if one.script.part in parts]
    if not same_records(observed.scripts, other.scripts, scripts):
        return False
    trains = plan.scenarios if lost is None else any(one not in checks for one in lost)
    return _same_training(observed, other, plan) if trains else bool(scripts)


def _same_training(observed: Trace, other: Trace, plan: Measure) -> bool:
    if list(observed.probes) != list(other.probes):
        return False
    if list(observed.scenarios) != list(other.scenarios) or not observed.scenarios:
        return False
    planned = {one.scenario.id: one for one in plan.scenarios}
    with np.errstate(all="ignore"):
        return all(
            _same_probe(one, other.probes[name]) for name, one in observed.probes.items()
        ) and all(
            name in planned and _same_scenario(one, other.scenarios[name], plan, planned[name])
            for name, one in observed.scenarios.items()
        )


def _same_probe(observed: ProbeRecord, other: ProbeRecord) -> bool:
    if observed.failure is not None or other.failure is not None:
        return _kind(observed.failure) == _kind(other.failure)
    return same_probe(observed, other)


def _same_scenario(
    observed: ScenarioRecord, other: ScenarioRecord, plan: Measure, planned: PlannedScenario
) -> bool:
    if observed.failure is not None or other.failure is not None:
        return (
            _kind(observed.failure) == _kind(other.failure)
            and observed.backwards == other.backwards
            and _same_partial(observed.partial, other.partial)
        )
    if len(observed.calls) != len(other.calls):
        return False
    calls = zip(observed.calls, other.calls, strict=True)
    return all(_same_lists(a, b) for a, b in calls) and _same_path(observed, other, plan, planned)


def _same_path(
    observed: ScenarioRecord, other: ScenarioRecord, plan: Measure, planned: PlannedScenario
) -> bool:
    situation = planned.scenario.situation
    start = np.concatenate([unpack(array).reshape(-1) for array in situation.start.values()])
    each = steps_per_iteration(plan.exercise.contract, situation)
    counts = tuple(count * each for count in planned.scenario.calls)
    ends = path_of(observed, start, counts), path_of(other, start, counts)
    if ends[0] is None or ends[1] is None:
        return False
    ours, theirs = (
        read_steps(one, start, counts, keeps_best=planned.keeps_best) for one in (observed, other)
    )
    if ours and theirs and len(ours.moves) != len(theirs.moves):
        return False
    places: tuple[Path | None, Path | None] = (
        places_of(ours) if ours else None,
        places_of(theirs) if theirs else None,
    )
    return same_way(ends[0], ends[1], places)


def _same_partial(observed: CallRecord | None, other: CallRecord | None) -> bool:
    """Return whether two calls that raised had reached the same parameters."""
    if observed is None or other is None:
        return observed is other
    return near(end_of(observed), end_of(other))


def lists_of(call: CallRecord) -> dict[str, LossRecord | None]:
    """Return what training stored, by the name of the list; that of losses has none."""
    further = {} if call.recorded is msgspec.UNSET else call.recorded
    return {"": call.losses, **further}


def modes_of(call: CallRecord) -> tuple[bool, ...]:
    """Return whether validation data were used, and in which wrong ways."""
    found = call.evaluated
    if found is msgspec.UNSET:
        return ()
    return tuple(map(bool, (found.calls, found.training, found.graphs, found.still)))


def _same_lists(observed: CallRecord, other: CallRecord) -> bool:
    ours, theirs = lists_of(observed), lists_of(other)
    if modes_of(observed) != modes_of(other) or ours.keys() != theirs.keys():
        return False
    return all(_same_losses(ours[name], theirs[name]) for name in ours)


def _same_losses(observed: LossRecord | None, other: LossRecord | None) -> bool:
    if observed is None or other is None:
        return observed is other
    if observed.kinds.translate(PLAIN) != other.kinds.translate(PLAIN):
        return False
    return near(read_claim(observed.values), read_claim(other.values))


def _kind(failure: Failure | None) -> tuple[object, ...] | None:
    """Return what a failure is, but for its place in the file."""
    if failure is None:
        return None
    text = "" if failure.kind == "missing" else failure.text
    return failure.kind, failure.cause, failure.raised, failure.code, failure.name, text


def fingerprint(trace: Trace, fails: Iterable[str]) -> str:
    """Return a digest of a behaviour and of the checks that it costs.

    Equal code has equal digests on equal machines; what is alike but for rounding may have others.
    """
    digest = hashlib.blake2b(repr(sorted(fails)).encode(), digest_size=DIGEST // 2)
    for part in _parts(trace):
        digest.update(repr(part).encode() if not isinstance(part, bytes) else part)
    return digest.hexdigest()


def _parts(trace: Trace) -> Iterator[object]:
    for probe in trace.probes.values():
        yield probe.id, _kind(probe.failure)
        yield from _numbers(probe.value, *(probe.gradients or {}).values())
    for name, script in trace.scripts.items():
        for step in script.steps:
            yield name, _kind(step.failure), step.changed
            yield msgspec.msgpack.encode((step.value, step.gradients))
    for scenario in trace.scenarios.values():
        yield scenario.id, _kind(scenario.failure), scenario.backwards
        for call in (*scenario.calls, *filter(None, [scenario.partial])):
            yield from _numbers(*call.parameters.values())
            yield modes_of(call)
            for name, one in lists_of(call).items():
                if one is not None:
                    yield name, one.kinds.translate(PLAIN)
                    yield from _numbers(one.values)


def _numbers(*arrays: Array | None) -> Iterator[object]:
    for array in arrays:
        if array is not None:
            yield array.dtype, tuple(array.shape)
            yield array.data


def extent_of(trace: Trace) -> Values:
    """Return how far parameters were from 0 in each scenario: of those alike, nearly the same."""
    return np.array([_extent(scenario) for scenario in trace.scenarios.values()])


def _extent(scenario: ScenarioRecord) -> float:
    ends = [np.abs(end_of(call)).max(initial=0.0) for call in scenario.calls]
    return max((float(end) for end in ends if np.isfinite(end)), default=0.0)
