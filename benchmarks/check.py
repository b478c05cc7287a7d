"""How long ``autograder check`` takes beside importing torch and running the student's own code.

    .venv/bin/python benchmarks/check.py [ROUNDS]

Three commands take turns, so that all meet the same machine: ``import torch``, the file as a script
with nothing that draws, and ``autograder check`` of it. The ratio is that of ``check`` to importing
torch once and a half, plus what the file by itself takes beyond importing torch; below 1 is wanted.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LABS = ("slope", "line", "minibatch", "module")
FACTOR = 1.5
ALONE = """\
import runpy, sys, os
os.environ["MPLBACKEND"] = "module://autograder.worker.blank"
import autograder.worker.inert as inert
inert.silence_notebook_tools()
runpy.run_path(sys.argv[1], run_name="__main__")
"""


def seconds(command: list[str], folder: str) -> float:
    """Return the wall time of a command; raises CalledProcessError where it fails."""
    begun = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - begun


def measure(lab: str, rounds: int) -> dict[str, float | str]:
    """Return medians in seconds, and the ratio."""
    taken: dict[str, list[float]] = {"torch": [], "alone": [], "check": []}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / lab
        place.mkdir()
        source = ROOT / "reference" / lab / f"{lab}.py"
        (place / f"{lab}.py").write_bytes(source.read_bytes())
        expected = ROOT / "assignments" / lab / "expected.json"
        (place / "expected.json").write_bytes(expected.read_bytes())
        python = [sys.executable]
        commands = {
            "torch": [*python, "-c", "import torch"],
            "alone": [*python, "-c", ALONE, f"{lab}.py"],
            "check": [*python, "-m", "autograder.cli.main", "check", f"{lab}.py"],
        }
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(seconds(command, str(place)))
    rated = [
        check / (FACTOR * torch + max(0.0, alone - torch))
        for torch, alone, check in zip(taken["torch"], taken["alone"], taken["check"], strict=True)
    ]
    medians = {name: round(statistics.median(values), 3) for name, values in taken.items()}
    return {"lab": lab, **medians, "ratio": round(statistics.median(rated), 3)}


if __name__ == "__main__":
    for name in LABS:
        print(json.dumps(measure(name, int(sys.argv[1]) if len(sys.argv) > 1 else 5)), flush=True)
