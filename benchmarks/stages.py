"""Where the milliseconds of one submission go, from stamps of the clock on both sides of the wall.

    python benchmarks/stages.py namespaces script 100

One submission at a time goes through the same functions that ``Grader.grade`` calls, in its order;
the zygote is ``timed_zygote.py``. Stages follow one another without gaps: their sum is the time
from the file to the line of the result. Prints one JSON object: the median of each, in ms.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

import msgspec
from figures import Stamps, median_stages
from submissions import submission
from timed_zygote import MARK

from autograder.course.folder import Course
from autograder.course.submission import Submission, find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.address import trace_key
from autograder.grading.cache import Store
from autograder.grading.content import read_content
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.grading.mutants import observe_mutants
from autograder.grading.observe import Observatory, budget_for, trace_of
from autograder.grading.setup import ENTRY
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge
from autograder.protocol.codec import encode
from autograder.protocol.job import File, Job
from autograder.sandbox import client
from autograder.sandbox.message import Level, Policy, Report

ROOT = Path(__file__).resolve().parent.parent
ZYGOTE = "autograder.sandbox.zygote"
WRONG = (
    "gradient_not_zeroed",
    "wrong_sign",
    "criterion_sum",
    "loss_after_update",
    "forward_adds_one",
    "learning_rate_hard_coded",
    "step_before_backward",
    "three_functions_wrong",
    "loss_as_text",
    "zero_once_before_loop",
)


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("level", help="a level of isolation")
    parser.add_argument("workload", choices=["script", "plain", "plots", "wrong"])
    parser.add_argument("count", type=int)
    options = parser.parse_args()
    lab = load_lab(Course(ROOT), "slope")
    with tempfile.TemporaryDirectory() as folder:
        submitted = Path(folder, "submitted")
        submitted.mkdir()
        for index in range(options.count):
            name, source = one(options.workload, index)
            (submitted / name).write_bytes(source)
        stages = split(lab, options.level, submitted, Store(Path(folder, "out"), lab.name))
    print(json.dumps({"count": options.count, "stages": stages}))


def one(workload: str, index: int) -> tuple[str, bytes]:
    """Return the name and bytes of one submission, the wrong ones from the lab's examples."""
    if workload == "wrong":
        path = ROOT / f"reference/slope/rejected/{WRONG[index % len(WRONG)]}.py"
        return f"s{index:05}.py", path.read_bytes() + f"\n# {index}\n".encode()
    suffix = "py" if workload == "script" else "ipynb"
    return f"s{index:05}.{suffix}", submission(workload, index)  # type: ignore[arg-type]


def split(lab: Lab, level: Level, submitted: Path, store: Store) -> dict[str, float]:
    """Return the median milliseconds of each stage, in the order in which they happen."""
    policy = Policy()
    engine = LocalEngine(level, policy, ENTRY, os.cpu_count() or 1)
    try:  # reference and mutants, by the zygote that everyone uses
        Grader(lab, engine, policy, store).prepare()
    finally:
        engine.close()
    with mock.patch.object(client.subprocess, "Popen", _with_stamps(client.subprocess.Popen)):
        engine = LocalEngine(level, policy, ENTRY, 1)
    try:
        engine.start()
        stages = _Stages(lab, engine, policy, store)
        submissions = find_submissions(submitted, lab.name)
        found = [stages.graded(submitted, one) for one in submissions]
    finally:
        engine.close()
    return median_stages(found)


def _with_stamps(popen: type) -> object:
    """Return a Popen that starts our zygote in the place of the package's."""

    def start(command: list[str], **options: object) -> object:
        at = command.index(ZYGOTE)
        ours = str(Path(__file__).with_name("timed_zygote.py"))
        return popen([*command[: at - 1], ours, *command[at + 1 :]], **options)

    return start


class _Stages:
    """The stages of Grader on one submission at a time, with a stamp after each."""

    def __init__(self, lab: Lab, engine: LocalEngine, policy: Policy, store: Store) -> None:
        self._lab, self._engine, self._policy, self._store = lab, engine, policy, store
        self._budget = budget_for(lab.plan.exercise.limits)
        self._stamps: Stamps = []
        source = File(name=lab.reference_path.name, data=lab.reference_source)
        _, key = self._job((source,))
        reference = store.read_trace(key)
        if reference is None:
            sys.exit("the reference's trace is not where the grader put it")
        mutants = observe_mutants(
            lab, Observatory(engine, policy, store), self._budget
        )  # all stored
        self._diagnoser = Diagnoser(lab.plan, reference, mutants)
        self._judge = Judge(lab.plan, reference, self)  # type: ignore[arg-type]  # see diagnose

    def _job(self, files: tuple[File, ...]) -> tuple[Job, str]:
        job = self._lab.job(files, self._budget)
        return job, trace_key(encode(job), self._policy, self._engine.level)

    def diagnose(self, *given: object) -> object:
        """Stand between judge and diagnoser, to tell their times apart."""
        self._stamp("judge")
        try:
            return self._diagnoser.diagnose(*given)  # type: ignore[arg-type]
        finally:
            self._stamp("diagnose")

    def _stamp(self, name: str) -> None:
        self._stamps.append((name, time.monotonic()))

    def graded(self, folder: Path, submission: Submission) -> Stamps:
        """Grade one submission and return its stamps."""
        self._stamps = []
        self._stamp("")
        content = read_content(folder, submission)
        self._stamp("read file")
        job, key = self._job(content.files)
        payload = encode(job)
        self._stamp("make job, encode, address")
        self._store.read_trace(key)
        self._stamp("look for a stored trace")
        ((_, report),) = self._engine.run([(0, payload)])
        collected = time.monotonic()
        report, child, server = _parted(report)
        self._stamps += [("queue", server["begun"]), *child]
        self._stamps += [("exit, reap, clean", server["ended"]), ("answer", collected)]
        trace = trace_of(job, report)
        self._stamp("assemble")
        self._store.write_trace(key, trace)
        self._stamp("store trace")
        verdict = self._judge.judge(trace)
        self._stamp("judge")
        msgspec.json.encode(verdict)
        self._stamp("line")
        return self._stamps


def _parted(report: Report) -> tuple[Report, Stamps, dict[str, float]]:
    """Return the report as it would be without our zygote, and the stamps of child and server."""
    frames, _, stamps = report.frames.rpartition(MARK)
    server = json.loads(report.detail)
    plain = msgspec.structs.replace(report, frames=frames, detail="")
    return plain, [(name, at) for name, at in json.loads(stamps)], server


if __name__ == "__main__":
    main()
