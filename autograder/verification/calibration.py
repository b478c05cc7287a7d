"""Prove that claims on random results are true of the reference as often as they say.

The reference draws anew from thousands of seeds, and at an ``alpha`` of one in a hundred its claims
may break about that often. More alarms mean a claim that is a little false, or entries that hang
together: both would cost right submissions points sooner or later.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec

from autograder.exercise.argument import LARGEST_SEED
from autograder.exercise.part import Random
from autograder.grading.lab import Lab
from autograder.grading.mutants import read_script
from autograder.grading.observe import Observatory
from autograder.judge.chance import broken_claim, given_in, unlikely
from autograder.protocol.job import Budget, File, Job
from autograder.protocol.script import Script
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say

SEEDS = 2_000
ALPHA = 1e-2
DOUBT = 1e-6  # a right claim is refused with at most this probability
SCRIPT_BYTES, JOB_BYTES, MOST_SCRIPTS = 20_000, 2_000_000, 100


def miscalibrated(
    lab: Lab, reference: Trace, observatory: Observatory, budget: Budget, *, seeds: int = SEEDS
) -> str:
    """Return which parts' claims break too often, nothing where none do."""
    found = []
    for part in lab.plan.exercise.parts:
        if isinstance(part, Random):
            alarms = sum(_alarms(part, lab, reference, observatory, budget, seeds))
            if alarms > seeds * ALPHA and unlikely(alarms, seeds, ALPHA, DOUBT):
                found.append(say("proof-miscalibrated", part=part.key, n=seeds, alarms=alarms))
    return "; ".join(found)


def _alarms(  # what, of whom, and who observes
    part: Random,
    lab: Lab,
    reference: Trace,
    observatory: Observatory,
    budget: Budget,
    seeds: int,
) -> Iterator[bool]:
    """Yield for each seed whether a claim broke."""
    plan = lab.plan
    script = next(
        one.script
        for one in plan.scripts
        if one.script.part == part.key and not one.public and one.script.kind == "own"
    )
    once = part.first_round(script.steps)
    size = len(msgspec.msgpack.encode(reference.scripts[script.id])) // part.repeats
    repeats = max(2, min(part.repeats, SCRIPT_BYTES // max(size, 1)))
    script = msgspec.structs.replace(script, steps=script.steps[: repeats * len(once)])
    several = max(1, min(MOST_SCRIPTS, JOB_BYTES // (repeats * max(size, 1))))
    numbers = iter(range(seeds))
    batches = iter(lambda: tuple(itertools.islice(numbers, several)), ())
    source = read_script(plan, lab.reference_source).source().encode()  # which draws nothing itself
    whole = plan.job_of((File(name=lab.reference_path.name, data=source),), budget)
    jobs = (_job(whole, script, batch) for batch in batches)
    given = given_in(once)
    for _, result in observatory.observe(enumerate(jobs)):
        for record in result[-1].trace.scripts.values():
            drawn = [one.value for one in record.steps if one.value is not None]
            whole_record = len(drawn) == repeats
            yield not whole_record or broken_claim(part.claims, drawn, given, ALPHA) is not None


def _job(whole: Job, script: Script, numbers: tuple[int, ...]) -> Job:
    """Return a job that does a script once from each of some seeds."""
    scripts = tuple(
        msgspec.structs.replace(
            script, id=f"{script.id}-{number}", seed=1 + (script.seed + number) % LARGEST_SEED
        )
        for number in numbers
    )
    return msgspec.structs.replace(whole, scripts=scripts, probes=(), scenarios=())
