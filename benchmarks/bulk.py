"""Grade a large class twice with ``autograder grade``: cost, memory, and what a second run costs.

    python benchmarks/bulk.py 1000

Everything counts, from the start of the program to its end. Memory is that of the whole tree of
processes, sampled. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from command import Failed, Finished, run
from submissions import write_class

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS, EACH_SECONDS = 300.0, 1.0


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("count", type=int)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        submitted = write_class(Path(folder, "submitted"), "script", count)
        try:
            first = grade(submitted, Path(folder, "out"), count)
            again = grade(submitted, Path(folder, "out"), count)
        except Failed as error:
            sys.exit(str(error))
    lines = [json.loads(line) for line in first.output.splitlines()]
    wrong = [line["student"] for line in lines if line["score"] != line["max_score"]]
    if wrong or len(lines) != count:
        sys.exit(f"{len(lines)} of {count} graded, not all right: {wrong[:5]}")
    reused = sum(json.loads(line)["reused"] for line in again.output.splitlines())
    found = {
        "count": count,
        "level": lines[0]["isolation"],
        "total_seconds": first.seconds,
        "peak_mb": first.peak_mb,
        "again_seconds": again.seconds,
        "again_peak_mb": again.peak_mb,
        "reused": reused,
    }
    print(json.dumps(found))


def grade(submitted: Path, out: Path, count: int) -> Finished:
    """Run the program once, on all cores."""
    program = [sys.executable, "-c", "import autograder.cli.main as m; raise SystemExit(m.main())"]
    options = ["-a", "slope", "--course", str(ROOT), "--out", str(out), "--json"]
    weak = ["--allow-weak-isolation", "--timeout", "60"]
    command = [*program, "grade", str(submitted), *options, *weak]
    return run(command, timeout=START_SECONDS + count * EACH_SECONDS, memory=True)


if __name__ == "__main__":
    main()
