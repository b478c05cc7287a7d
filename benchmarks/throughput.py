"""How fast are plain right submissions graded? Ratios, measured side by side in one run.

    python benchmarks/throughput.py [N]

Grades the same N scripts (default 300) of ``slope`` with each isolation that works here, and in
one process without any isolation (the floor). The zygote's start is told apart. The quick look of
``make bench``; ``compare.py`` measures all, in rounds and beside other graders.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from command import Failed, run_json

from autograder.sandbox.detection import try_level
from autograder.sandbox.registry import LEVELS

MEASURE = str(Path(__file__).with_name("measure.py"))
HEAD = ("", "a second", "start s", "wall ms", "cpu ms", "to floor")


def main(count: int) -> None:
    """Print a table: submissions a second, start, wall and processor time, ratio to the floor."""
    print(f"{count} plain right scripts, {os.cpu_count()} cores, {os.cpu_count()} at a time")
    print(f"{HEAD[0]:14}" + "".join(f"{title:>10}" for title in HEAD[1:]))
    floor = _row("floor", count, None)
    for level in LEVELS:
        if try_level(level).works:
            _row(level, count, floor)
        else:
            print(f"{level:14} does not work here")


def _row(how: str, count: int, floor: float | None) -> float | None:
    """Measure and print one row; return the seconds a submission."""
    try:
        found = run_json([MEASURE, how, "script", str(count)], timeout=600.0 + 2.0 * count)
    except Failed as error:
        print(f"{how:14} failed: {error}")
        return None
    seconds, cpu = float(found["seconds"]), float(found["tree_cpu_seconds"])
    wall = float(found.get("child_seconds", seconds))
    ratio = f"{seconds / floor:10.2f}" if floor else f"{'':10}"
    start = float(found["start_seconds"])
    print(f"{how:14}{1 / seconds:10.1f}{start:10.1f}{1000 * wall:10.1f}{1000 * cpu:10.1f}{ratio}")
    return seconds


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
