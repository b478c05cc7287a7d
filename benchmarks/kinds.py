"""What each kind of right file costs: a mean hides the one that costs fifty times as much.

    python benchmarks/kinds.py [LAB] [N]

The kinds are the accepted examples of a lab (default ``slope``). N children a kind (default 5)
observe its file, in turns, forked from one warm zygote and not confined. Prints the median of the
processor time of each, forking left out, the costliest first, and the ratio of the costliest to the
median of all.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.course.folder import Course
from autograder.grading.lab import load_lab
from autograder.grading.observe import budget_for, parts_of
from autograder.protocol.job import File
from autograder.sandbox.client import ENVIRONMENT
from autograder.worker import entry

ROOT = Path(__file__).resolve().parent.parent
INSIDE = "--zygote"


def main(lab: str, count: str) -> None:
    """Measure in a process of its own, with the environment of a zygote."""
    command = [sys.executable, __file__, INSIDE, lab, count]
    subprocess.run(command, env=ENVIRONMENT, timeout=1800, check=True)


def zygote(name: str, count: int) -> None:
    """Warm up, fork the children of each kind, and print what they took."""
    lab = load_lab(Course(ROOT), name).of_variant(0)
    budget = budget_for(lab.plan.exercise.limits)
    files = sorted(ROOT.glob(f"reference/{name}/accepted/*.*"))
    jobs = {f.name: lab.job((File(name=f.name, data=f.read_bytes()),), budget) for f in files}
    payloads = {kind: parts_of(job) for kind, job in jobs.items()}
    found: dict[str, list[float]] = {kind: [] for kind in payloads}
    null = os.open(os.devnull, os.O_RDWR)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        entry.warm_up()
        for _ in range(count):
            for kind, payload in payloads.items():
                found[kind].append(_child(payload, null))
        os.chdir("/")
    print_table({kind: statistics.median(costs) for kind, costs in found.items()})


def _child(payload: tuple[bytes, ...], null: int) -> float:
    """Return the milliseconds of processor time that one child took."""
    process = os.fork()
    if process == 0:
        os.dup2(null, 1)
        os.dup2(null, 2)
        entry.run(payload[0], null, iter(payload[1:]))
        os._exit(0)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"a child ended with status {status}")
    return 1000 * (usage.ru_utime + usage.ru_stime)


def print_table(costs: dict[str, float]) -> None:
    """Print the costs, the highest first, and the ratio."""
    middle = statistics.median(costs.values())
    for kind, cost in sorted(costs.items(), key=lambda one: -one[1]):
        print(f"{kind:50}{cost:10.1f} ms{cost / middle:8.2f}")
    print(f"{'median of all':50}{middle:10.1f} ms")


if __name__ == "__main__":
    if sys.argv[1:2] == [INSIDE]:
        zygote(sys.argv[2], int(sys.argv[3]))
    else:
        given = sys.argv[1:3]
        main(*given, *("slope", "5")[len(given) :])
