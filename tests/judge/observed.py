"""Real labs for the judge's own tests: references and planted mistakes, as they were proved."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path

import msgspec

from autograder.course.folder import Course
from autograder.engines.engine import Engine
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import mutant_job, part_of, planted, read_script, short_plan
from autograder.grading.observe import Observatory, budget_for
from autograder.grading.setup import Settings
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.judge import Judge
from autograder.judge.mistakes.registry import MISTAKES
from autograder.protocol.codec import decode_trace, encode
from autograder.protocol.job import Job
from tests.shared import TRAINED, Known

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
LABS = TRAINED
BANKED = "slope"
WRONG = (
    ("gradient-not-zeroed", "train_model"),
    ("wrong-update-sign", "train_model"),
    ("loss-recorded-after-update", "train_model"),
    ("loss-halved", "criterion"),
    ("bias-missing", "forward"),
    ("graph-broken", "forward"),
)
"""Mistakes that show in every situation: no garbage makes right code of them."""


class Traces(msgspec.Struct, frozen=True):
    """One lab's: the reference's, those of wrong files, those of its mutants. All encoded."""

    reference: bytes
    wrong: dict[str, bytes]
    mutants: list[tuple[str, str, bytes]]


@functools.cache
def lab_of(name: str) -> Lab:
    """Return a lab of the repository's course, without its situations of many steps."""
    lab = load_lab(COURSE, name)
    return dataclasses.replace(lab, plan=short_plan(lab.plan))


def judge_of(name: str, traces: Traces) -> Judge:
    """Return a lab's judge; with its diagnoser, which may lack mutants."""
    plan, reference = lab_of(name).plan, decode_trace(traces.reference)
    known = {(mistake.id, mistake.function): mistake for mistake in MISTAKES}
    mutants = [
        Mutant(mistakes=(known[i, function],), trace=decode_trace(data))
        for i, function, data in traces.mutants
    ]
    return Judge(plan, reference, Diagnoser(plan, reference, mutants))


def observe_lab(engine: Engine, traces: Path, name: str) -> Traces:
    """Return a lab's traces, those that its proof has observed."""
    lab = load_lab(COURSE, name)
    policy = Settings(submitted=ROOT, assignment="").policy()
    observatory = Observatory(engine, policy, Known(traces, name))
    short, budget = lab_of(name).plan, budget_for(lab.plan.exercise.limits)
    probes = {probe.id for probe in short.probes}
    scenarios = {planned.scenario.id for planned in short.scenarios}

    def observed(job: Job) -> bytes:
        return encode(part_of(observatory.observe_one(job).trace, probes, scenarios))

    wrong, mutants = {}, []
    for (mistake,), source in planted(lab):
        named = (mistake.id, mistake.function)
        chosen = named in WRONG and mistake.id not in wrong
        if chosen or name == BANKED:
            trace = observed(mutant_job(lab, (mistake,), source.encode(), budget))
            if chosen:
                wrong[mistake.id] = trace
            if name == BANKED:
                mutants.append((*named, trace))
    source = read_script(lab.plan, lab.reference_source).source()
    return Traces(observed(short.job(f"{name}.py", source.encode(), budget)), wrong, mutants)
