"""Measure this project beside nbgrader, otter and its own floor, in one run on one machine.

    python benchmarks/compare.py                              everything, unattended
    python benchmarks/compare.py --resume                     go on where a run was cut short
    python benchmarks/compare.py --parts ours,floor --count 20 --rounds 3

Each measurement is a process of its own, bounded in time, and is saved as soon as it is made. In
the rounds all graders take turns, so that what slows the machine down slows all of them. One that
fails is left out, with its reason. Figures go to ``benchmarks/results.json``; ``report.py`` makes
the tables and pictures of ``docs/performance.md`` from it. Progress goes to stderr.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import machine
from command import Failed, run_json
from report import summary
from results import Results

from autograder.sandbox.detection import try_level
from autograder.sandbox.registry import LEVELS

HERE = Path(__file__).resolve().parent
PARTS = ("nbgrader", "otter", "ours", "floor", "scale", "stages", "profile", "changes")
OUTSIDERS = ("nbgrader", "otter")
SIZES = (10, 100, 1000, 10_000)
QUIET_LOAD = 0.5
FLOOR_COUNT = 300
Task = tuple[str, dict[str, Any], list[str], float]  # part, key, command, seconds allowed


def main() -> None:
    """Run the parts that the command line names."""
    options = _options()
    names = ("count", "bulk", "plots", "rounds", "sizes", "single")
    settings = {name: getattr(options, name) for name in names}
    settings["trial"] = options.trial or options.count < 20 or options.bulk < 500
    results = Results(options.out, settings, resume=options.resume)
    results.note("load_at_start", machine.load())
    if machine.load() > QUIET_LOAD * (os.cpu_count() or 1):
        _say(f"the machine is busy (load {machine.load()}): trust ratios, not seconds")
    for part in options.parts:
        results.begin(part)
    options.parts = [part for part in options.parts if _installed(results, part)]
    levels = _levels(results, options.parts)
    tasks = [*_rounds(options, levels), *_single(options, levels)]
    for number, task in enumerate(tasks, start=1):
        _measure(results, task, f"[{number}/{len(tasks)}]")
    results.note("load_at_end", machine.load())
    print(summary(options.out))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--parts", type=_parts, default=PARTS, help=f"of {','.join(PARTS)}")
    parser.add_argument("--count", type=int, default=20, help="submissions for other graders")
    parser.add_argument("--bulk", type=int, default=1000, help="scripts for this project")
    parser.add_argument("--plots", type=int, default=200, help="notebooks for this project")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sizes", "--scale", type=_sizes, default=list(SIZES))
    parser.add_argument("--single", type=int, default=200, help="submissions for stages, profile")
    parser.add_argument("--out", type=Path, default=HERE / "results.json")
    parser.add_argument("--resume", action="store_true", help="keep what is measured already")
    parser.add_argument("--trial", action="store_true", help="mark the figures as a trial run's")
    return parser.parse_args()


def _rounds(options: argparse.Namespace, levels: list[str]) -> Iterator[Task]:
    """Yield the measurements in which all graders take turns."""
    for number in range(1, options.rounds + 1):
        for kind in ("scripts", "notebooks with plots"):
            key = {"round": number, "kind": kind}
            script = kind == "scripts"
            for grader in OUTSIDERS:
                if grader in options.parts:
                    workload = "plain" if script else "plots"
                    count = options.count
                    command = ["outsiders.py", grader, workload, str(count)]
                    yield grader, {**key, "grader": grader}, command, 900.0 + 150.0 * count
            workload = "script" if script else "plots"
            count = options.bulk if script else options.plots
            yield from _ours(options, key, levels, [workload, str(count)])


def _ours(
    options: argparse.Namespace, key: dict[str, Any], levels: list[str], what: list[str]
) -> Iterator[Task]:
    """Yield this project's turns of one round: every level, the best one at a time, the floor."""
    allowed = 600.0 + 2.0 * int(what[1])
    if "ours" in options.parts:
        for level in levels:
            yield "ours", {**key, "grader": level}, ["measure.py", level, *what], allowed
        alone = ["measure.py", levels[0], *what, "--jobs", "1"]
        yield "ours", {**key, "grader": f"{levels[0]}, one at a time"}, alone, allowed
    if "floor" in options.parts:
        count = str(min(FLOOR_COUNT, int(what[1])))
        yield "floor", {**key, "grader": "floor"}, ["measure.py", "floor", what[0], count], allowed


def _single(options: argparse.Namespace, levels: list[str]) -> Iterator[Task]:
    """Yield the measurements that are made once."""
    if "stages" in options.parts:
        for level in (levels[0], levels[-1]):
            for workload in ("script", "plots", "wrong"):
                key = {"level": level, "workload": workload}
                command = ["stages.py", level, workload, str(options.single)]
                yield "stages", key, command, 900.0 + 4.0 * options.single
    if "profile" in options.parts:
        for side in ("judge", "child"):
            for workload in ("script", "plots", "wrong"):
                key = {"side": side, "workload": workload}
                command = ["profiling.py", side, workload, str(options.single)]
                yield "profile", key, command, 900.0 + 8.0 * options.single
    if "changes" in options.parts:
        count, rounds = str(max(4, options.single // 5)), str(options.rounds)
        yield "changes", {"what": "children"}, ["changes.py", count, rounds], 1800.0
    if "scale" in options.parts:
        for size in options.sizes:
            yield "scale", {"size": size}, ["bulk.py", str(size)], 900.0 + 2.0 * size


def _measure(results: Results, task: Task, prefix: str) -> None:
    """Make one measurement, unless there is one already; keep it, or why there is none."""
    part, key, command, allowed = task
    shown = " ".join(command)
    if results.has(part, key):
        _say(f"{prefix} {shown}: measured already")
        return
    _say(f"{prefix} {shown} …")
    before, started = machine.load(), time.monotonic()
    try:
        found = run_json([str(HERE / command[0]), *command[1:]], timeout=allowed)
    except (Failed, ValueError) as error:
        _say(f"{prefix} {shown}: left out: {error}")
        results.miss(part, shown, str(error)[-500:].strip())
        return
    results.add(part, key, found, before)
    _say(f"{prefix} {shown}: {time.monotonic() - started:.0f} s")


def _levels(results: Results, parts: list[str]) -> list[str]:
    """Return the levels of isolation that work here, best first."""
    if not {"ours", "stages"} & set(parts):
        return []
    trials = [try_level(level) for level in LEVELS]
    results.note("levels", {one.level: one.detail if not one.works else "works" for one in trials})
    return [one.level for one in trials if one.works]


def _installed(results: Results, part: str) -> bool:
    """Make another grader's environment where that is needed; False where it cannot be made."""
    if part not in OUTSIDERS:
        return True
    _say(f"{part}: installing, unless it is there …")
    try:
        found = run_json([str(HERE / "outsiders.py"), "install", part], timeout=3000.0)
    except Failed as error:
        _say(f"{part}: cannot be installed, left out: {error}")
        results.miss(part, "install", str(error)[-500:])
        return False
    results.note(part, found["version"])
    return True


def _parts(text: str) -> list[str]:
    parts = text.split(",")
    for part in parts:
        if part not in PARTS:
            raise argparse.ArgumentTypeError(f"{part!r} is none of {', '.join(PARTS)}")
    return parts


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


def _say(line: str) -> None:
    print(time.strftime("%H:%M:%S"), line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
