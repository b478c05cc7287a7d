"""Real labs for the judge's own tests: references and planted mistakes, observed without a wall.

Run as a program, in a process of its own: observing replaces streams, alarms and __main__.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import subprocess
import sys
import warnings
from pathlib import Path

import msgspec

from autograder.course.folder import Course
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import mutant_job, planted, read_script, short_plan
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.judge import Judge
from autograder.judge.mistakes.registry import MISTAKES
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import decode_trace, encode, encode_frame
from autograder.protocol.job import Budget, Job
from autograder.protocol.trace import Trace
from autograder.worker.observe import observe

ROOT = Path(__file__).resolve().parents[2]
COURSE = Course(ROOT)
LABS = tuple(COURSE.lab_names())
BANKED = "slope"
BUDGET = Budget(cells_seconds=60.0, call_seconds=60.0)
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


def observe_labs(folder: Path, labs: tuple[str, ...]) -> dict[str, Traces]:
    """Return the traces of labs, observed in another process."""
    path = folder / "traces"
    command = [sys.executable, "-m", "tests.judge.observed", str(path), *labs]
    environment = {**os.environ, "MPLBACKEND": "module://autograder.worker.blank"}
    subprocess.run(command, check=True, cwd=ROOT, env=environment, capture_output=True, timeout=600)
    return msgspec.msgpack.decode(path.read_bytes(), type=dict[str, Traces])


def _observed(job: Job) -> Trace:
    frames: list[msgspec.Struct] = []
    observe(job, frames.append)
    return assemble(job, b"".join(map(encode_frame, frames)), ending="done")


def _traces(lab: Lab) -> Traces:
    filename = f"{lab.name}.py"
    wrong, mutants = {}, []
    for (mistake,), source in planted(lab):
        named = (mistake.id, mistake.function)
        if named in WRONG and mistake.id not in wrong:
            job = lab.plan.job(filename, source.encode(), BUDGET)
            wrong[mistake.id] = encode(_observed(job))
        if lab.name == BANKED:
            trace = _observed(mutant_job(lab, (mistake,), source.encode(), BUDGET))
            mutants.append((*named, encode(trace)))
    source = read_script(lab.plan, lab.reference_source).source()
    reference = _observed(lab.plan.job(filename, source.encode(), BUDGET))
    return Traces(encode(reference), wrong, mutants)


def main() -> None:
    """Observe labs and write their traces."""
    warnings.simplefilter("ignore")
    found = {name: _traces(lab_of(name)) for name in sys.argv[2:]}
    Path(sys.argv[1]).write_bytes(msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main()
