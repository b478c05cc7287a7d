"""What a lab publishes beside its expected numbers, so that ``check`` can name what is wrong.

Losses and gradients where the reference went, and what each known mistake comes to in the public
situations. All are numbers: nothing is planted on a student's machine, and no objective is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import msgspec
import numpy as np

from autograder.exercise.plan import Plan, PlannedScenario
from autograder.exercise.published import KnownMistake, Surface
from autograder.grading.mutants import planted_in
from autograder.grading.observe import Observatory
from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import RECORDING, same_probes, way_to_publish
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.objective import Landscape, rows_of
from autograder.judge.steps import end_of, read_steps
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import Budget, CriterionProbe, ForwardProbe, Job, steps_per_iteration
from autograder.protocol.trace import Trace

GUESSES = frozenset(
    {"extra-iteration", "fixed-iterations", "learning-rate-ignored", "missing-iteration"}
)
"""What one situation cannot show: other counts, or other rates, would look the same in it."""


def digest_of_mistakes(plan: Plan, source: bytes) -> str:
    """Return a digest of all that is planted, by which stale numbers are known."""
    digest = hashlib.sha256()
    for mistake, script in _planted(plan, source):
        digest.update(f"{mistake.id} {mistake.function}\0{script}\0".encode())
    return digest.hexdigest()


def _planted(plan: Plan, source: bytes) -> Iterator[tuple[Mistake, str]]:
    return ((m, script) for m, script in planted_in(plan, source) if m.id not in GUESSES)


def known_mistakes(
    plan: Plan, source: bytes, reference: Trace, observatory: Observatory, budget: Budget
) -> tuple[KnownMistake, ...]:
    """Return what each mistake does in the public situations, where it does anything else."""
    mutants = list(_planted(plan, source))
    jobs = (_job(plan, mistake, script, budget) for mistake, script in mutants)
    traces = {n: result[-1].trace for n, result in observatory.observe(enumerate(jobs))}
    found: dict[bytes, KnownMistake] = {}
    for number, (mistake, _) in enumerate(mutants):
        if traces[number].ending != "done":
            continue
        known = _known(plan, mistake, traces[number], reference)
        if known is not None:
            found.setdefault(msgspec.json.encode(known), known)
    return tuple(found.values())


def _job(plan: Plan, mistake: Mistake, script: str, budget: Budget) -> Job:
    """Return the job of a mutant: the probes of its function, or the scenarios."""
    job = plan.job("mutant.py", script.encode(), budget)
    job = msgspec.structs.replace(job, scripts=())
    if mistake.function == "train_model":
        return msgspec.structs.replace(job, probes=())
    kind = ForwardProbe if mistake.function == "forward" else CriterionProbe
    probes = tuple(probe for probe in job.probes if isinstance(probe, kind))
    return msgspec.structs.replace(job, probes=probes, scenarios=())


def _known(plan: Plan, mistake: Mistake, trace: Trace, reference: Trace) -> KnownMistake | None:
    """Return a mutant's numbers, None where they are the reference's."""
    if mistake.function != "train_model":
        if same_probes(trace.probes, reference.probes, tuple(trace.probes)):
            return None
        return KnownMistake(id=mistake.id, function=mistake.function, probes=trace.probes)
    failed = {name: one for name, one in trace.scenarios.items() if one.failure is not None}
    failed = {n: msgspec.structs.replace(one, partial=None) for n, one in failed.items()}
    ways = {}
    for planned in plan.scenarios:
        record = trace.scenarios[planned.scenario.id]
        start, counts = _start_of(planned), _counts(plan, planned)
        way = way_to_publish(record, start, counts, keeps_best=planned.keeps_best)
        if way is not None and mistake.id not in RECORDING:
            ways[record.id] = way
    if not failed and not ways:
        return None
    return KnownMistake(id=mistake.id, function=mistake.function, ways=ways, failed=failed)


def surfaces_of(plan: Plan, reference: Trace) -> dict[str, Surface]:
    """Return losses and gradients at the places where the reference went, by own scenario."""
    return dict(_surfaces(plan, reference))


def _surfaces(plan: Plan, reference: Trace) -> Iterator[tuple[str, Surface]]:
    terms = plan.exercise
    for planned in plan.scenarios:
        record = reference.scenarios[planned.scenario.id]
        start, counts = _start_of(planned), _counts(plan, planned)
        steps = read_steps(record, start, counts, keeps_best=planned.keeps_best)
        if planned.scenario.kind != "own" or steps is None:
            continue
        sampled = rows_of(terms.contract)
        landscape = Landscape(terms.objective, planned.scenario, terms.batch_size, rows=sampled)
        rows = np.vstack([steps.before, end_of(record.calls[-1])])
        losses, gradients = landscape.evaluate(rows)
        batched = landscape.batches > 1
        own = landscape.step_gradients(steps.before) if batched else None
        yield (
            record.id,
            Surface(
                losses=pack(losses, dtype="f4"),
                gradients=pack(gradients, dtype="f4"),
                steps=None if own is None else pack(own, dtype="f4"),
            ),
        )


def _start_of(planned: PlannedScenario) -> Values:
    return np.concatenate(
        [unpack(a).reshape(-1) for a in planned.scenario.situation.start.values()]
    )


def _counts(plan: Plan, planned: PlannedScenario) -> tuple[int, ...]:
    each = steps_per_iteration(plan.exercise.contract, planned.scenario.situation)
    return tuple(count * each for count in planned.scenario.calls)
