"""Grade one class once with another grader, and print what it took as one JSON object.

    python benchmarks/outsiders.py install nbgrader
    python benchmarks/outsiders.py nbgrader plots 20
    python benchmarks/outsiders.py otter plain 20

Each lives in a virtual environment of its own under ``benchmarks/.venvs``, with the torch of
``constraints.txt``, and is used as its documentation says: ``nbgrader autograde`` once for the
whole class, ``otter run`` once for each submission.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import venv
from pathlib import Path

from command import Failed, Finished, run
from submissions import POINTS, Workload, notebook

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / "benchmarks" / ".venvs"
PACKAGES = {
    "nbgrader": ("nbgrader==0.9.6", "torch", "matplotlib"),
    "otter": ("otter-grader[grading]==7.0.0", "torch", "matplotlib"),
}
INSTALL_SECONDS = 2400.0
START_SECONDS, EACH_SECONDS = 300.0, 120.0
FIRST = re.compile(r"Copying .*submitted|Autograding|Converting notebook")
STUDENT = "s{:05}"
SCORES = """\
import json
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as gradebook:
    found = {one.student.id: one.score for one in gradebook.assignment_submissions("slope")}
print(json.dumps(found))
"""
OTTER_TESTS = {
    "forward": ["bool(torch.allclose(forward(torch.ones(2, 1)), w * torch.ones(2, 1)))"],
    "criterion": ["abs(criterion(torch.ones(2), torch.zeros(2)).item() - 1) < 1e-6"],
    "train_model": ["len(LOSS) == 4", "LOSS[-1] < LOSS[0] / 10", "abs(w.item() + 3) < 0.5"],
}


def main() -> None:
    """Measure what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("grader", choices=["install", *PACKAGES])
    parser.add_argument("workload", choices=["plain", "plots", *PACKAGES])
    parser.add_argument("count", type=int, nargs="?", default=1)
    options = parser.parse_args()
    try:
        if options.grader == "install":
            print(json.dumps({"version": install(options.workload)}))
            return
        with tempfile.TemporaryDirectory() as folder:
            grade = grade_with_nbgrader if options.grader == "nbgrader" else grade_with_otter
            print(json.dumps(grade(Path(folder), options.workload, options.count)))
    except Failed as error:
        sys.exit(str(error))


def install(grader: str) -> str:
    """Make a grader's environment where there is none yet; return its version."""
    folder = VENVS / grader
    ready = folder / ".ready"
    if not ready.is_file():
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet"]
        constraints = ["-c", str(ROOT / "constraints.txt")]
        run([*pip, *constraints, *PACKAGES[grader]], timeout=INSTALL_SECONDS)
        ready.touch()
    name = re.split(r"\[|==", PACKAGES[grader][0])[0]
    ask = f"import importlib.metadata as m; print(m.version({name!r}))"
    return run([str(folder / "bin/python"), "-c", ask], timeout=START_SECONDS).output.strip()


def grade_with_nbgrader(folder: Path, workload: Workload, count: int) -> dict[str, float]:
    """Release the lab, hand in ``count`` notebooks, and autograde them all with one command."""
    source = folder / "source" / "slope"
    source.mkdir(parents=True)
    plots = workload == "plots"
    (source / "slope.ipynb").write_bytes(notebook(0, plots=plots, solution=False))
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    _call("nbgrader", folder, ["nbgrader", "generate_assignment", "slope"], START_SECONDS)
    for index in range(count):
        student = folder / "submitted" / STUDENT.format(index) / "slope"
        student.mkdir(parents=True)
        (student / "slope.ipynb").write_bytes(notebook(index, plots=plots))
    command = ["nbgrader", "autograde", "slope"]
    done = _call("nbgrader", folder, command, START_SECONDS + count * EACH_SECONDS, memory=True)
    scores = json.loads(
        _call("nbgrader", folder, ["python", "-c", SCORES], START_SECONDS).output.splitlines()[-1]
    )
    wrong = [name for name, score in scores.items() if score != sum(POINTS.values())]
    if wrong or len(scores) != count:
        raise Failed(f"nbgrader: {len(scores)} graded, not all right: {wrong[:5]}")
    begun = next((at for at, line in done.errors if FIRST.search(line)), 0.0)
    return {
        "count": count,
        "jobs": 1,
        "seconds": (done.seconds - begun) / count,
        "start_seconds": begun,
        "peak_mb": done.peak_mb,
    }


def grade_with_otter(folder: Path, workload: Workload, count: int) -> dict[str, float]:
    """Generate the autograder's archive, then run it on each of ``count`` notebooks."""
    tests = folder / "tests"
    tests.mkdir()
    (folder / "out").mkdir()
    for name, expressions in OTTER_TESTS.items():
        (tests / f"{name}.py").write_text(_otter_test(name, expressions))
    (folder / "requirements.txt").write_text("torch\nmatplotlib\n")
    generate = ["otter", "generate", "-t", "tests", "-r", "requirements.txt", "-o", "slope.zip"]
    _call("otter", folder, generate, START_SECONDS)
    seconds, peak = 0.0, 0.0
    for index in range(count):
        (folder / "slope.ipynb").write_bytes(notebook(index, plots=workload == "plots"))
        command = ["otter", "run", "-a", "slope.zip", "-o", "out", "--no-logo", "slope.ipynb"]
        done = _call("otter", folder, command, EACH_SECONDS + START_SECONDS, memory=True)
        seconds, peak = seconds + done.seconds, max(peak, done.peak_mb)
        found = json.loads((folder / "out" / "results.json").read_text())
        earned = sum(one.get("score") or 0.0 for one in found["tests"])
        if abs(earned - sum(POINTS.values())) > 1e-6:
            raise Failed(f"otter: {earned} points for right submission {index}: {found['tests']}")
    return {"count": count, "jobs": 1, "seconds": seconds / count, "peak_mb": peak}


def _otter_test(name: str, expressions: list[str]) -> str:
    """Return a test file in otter's doctest form."""
    cases = [{"code": f">>> {one}\nTrue", "hidden": False, "locked": False} for one in expressions]
    suite = {"cases": cases, "scored": True, "setup": "", "teardown": "", "type": "doctest"}
    test = {"name": name, "points": POINTS[name], "suites": [suite]}
    return f"OK_FORMAT = True\n\ntest = {test!r}\n"


def _call(
    grader: str, folder: Path, command: list[str], timeout: float, *, memory: bool = False
) -> Finished:
    """Run a program of a grader's environment, at home in ``folder``."""
    binaries = VENVS / grader / "bin"
    environment = {
        "PATH": f"{binaries}:/usr/bin:/bin",
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "VIRTUAL_ENV": str(VENVS / grader),
    }
    if "LD_LIBRARY_PATH" in os.environ:
        environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    whole = [str(binaries / command[0]), *command[1:]]
    return run(whole, timeout=timeout, folder=folder, environment=environment, memory=memory)


if __name__ == "__main__":
    main()
