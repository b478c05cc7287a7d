"""What single changes are worth, each undone alone, in turns on one machine.

    python benchmarks/changes.py [N] [ROUNDS]

A zygote warms up as ever, but for the change that is undone; N children a workload then observe a
plain right file of ``slope`` each, one after another, without confinement. A bare fork ends at
once. Prints one JSON object: medians of a child's processor time, wall time and page faults.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
from submissions import Workload, submission

from autograder.course.folder import Course
from autograder.grading.lab import load_lab
from autograder.grading.observe import budget_for, parts_of
from autograder.protocol.job import File
from autograder.sandbox.client import ENVIRONMENT
from autograder.worker import entry

ROOT = Path(__file__).resolve().parent.parent
WORKLOADS: tuple[Workload, ...] = ("script", "plain", "plots")
AS_IT_IS, BARE, ALONE = "as it is", "bare fork", "without isolated scenarios"
HOLES, NAMES = "holes of the heap left", "names of modules looked through"
UNDONE = {HOLES: "use_up_holes", NAMES: "remember_loaded"}
Payload = tuple[bytes, ...]


def main(count: int, rounds: int) -> None:
    """Measure all, in turns."""
    found = []
    for number in range(1, rounds + 1):
        for change in (AS_IT_IS, *UNDONE, ALONE, BARE):
            command = [sys.executable, __file__, "--zygote", change, str(count)]
            ran = subprocess.run(
                command, env=ENVIRONMENT, capture_output=True, timeout=600, check=True
            )
            found += [{"round": number, "change": change, **one} for one in json.loads(ran.stdout)]
    print(json.dumps({"children": found}))


def zygote(change: str, count: int) -> None:
    """Warm up, fork the children of each workload, and print what they took."""
    if change in UNDONE:
        setattr(entry, UNDONE[change], lambda: None)
    payloads = {
        workload: [_payload(workload, index, change) for index in range(count)]
        for workload in WORKLOADS
    }
    null, results = os.open(os.devnull, os.O_RDWR), os.dup(1)
    os.dup2(null, 1)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        entry.warm_up()
        found = [
            {"workload": workload, **_median([_child(one, null, change) for one in several])}
            for workload, several in payloads.items()
        ]
        os.chdir("/")
    os.write(results, json.dumps(found).encode())


def _payload(workload: Workload, index: int, change: str) -> Payload:
    lab = load_lab(Course(ROOT), "slope").of_variant(0)
    name = "slope.py" if workload == "script" else "slope.ipynb"
    file = File(name=name, data=submission(workload, index))
    job = lab.job((file,), budget_for(lab.plan.exercise.limits))
    if change == ALONE:
        own = tuple(one for one in job.scenarios if one.kind == "own")
        job = msgspec.structs.replace(job, scenarios=own)
    return parts_of(job)


def _child(payload: Payload, null: int, change: str) -> dict[str, float]:
    """Fork one child and wait for its end."""
    began = time.perf_counter()
    process = os.fork()
    if process == 0:
        if change != BARE:
            entry.run(payload[0], null, iter(payload[1:]))
        os._exit(0)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"a child ended with status {status}")
    wall = time.perf_counter() - began
    cpu = usage.ru_utime + usage.ru_stime
    return {"cpu_ms": 1000 * cpu, "wall_ms": 1000 * wall, "faults": usage.ru_minflt}


def _median(children: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in children) for name in children[0]}


if __name__ == "__main__":
    if sys.argv[1:2] == ["--zygote"]:
        zygote(sys.argv[2], int(sys.argv[3]))
    else:
        given = [int(one) for one in sys.argv[1:3]]
        main(*given, *(30, 3)[len(given) :])
