"""Whether two traces show the same behaviour, but for rounding."""

from __future__ import annotations

import numpy as np

from autograder.exercise.plan import Plan
from autograder.judge.diagnosis.coincidence import near, same_probes
from autograder.judge.steps import end_of
from autograder.protocol.array import unpack
from autograder.protocol.trace import CallRecord, ScenarioRecord, Trace


def same_behaviour(observed: Trace, other: Trace, plan: Plan) -> bool:
    """Say whether functions gave the same, and training left the same parameters and losses."""
    ids = tuple(probe.id for probe in plan.probes)
    if observed.ending != other.ending or not same_probes(observed.probes, other.probes, ids):
        return False
    return all(
        _same_scenario(observed.scenarios.get(i), other.scenarios.get(i))
        for i in (planned.scenario.id for planned in plan.scenarios)
    )


def _same_scenario(observed: ScenarioRecord | None, other: ScenarioRecord | None) -> bool:
    if observed is None or other is None:
        return observed is other
    if observed.failure is not None or other.failure is not None:
        ours, theirs = observed.failure, other.failure
        return ours is not None and theirs is not None and ours.kind == theirs.kind
    if len(observed.calls) != len(other.calls):
        return False
    pairs = zip(observed.calls, other.calls, strict=True)
    return all(_same_call(ours, theirs) for ours, theirs in pairs)


def _same_call(observed: CallRecord, other: CallRecord) -> bool:
    if not near(end_of(observed), end_of(other)):
        return False
    ours, theirs = observed.losses, other.losses
    if ours is None or theirs is None:
        return ours is theirs
    if ours.kinds != theirs.kinds:
        return False
    values, others = unpack(ours.values), unpack(theirs.values)
    return near(np.asarray(values), np.asarray(others))
