"""Is anything lost when processes are killed? Kill -9 at random moments, and count.

    python benchmarks/kill_moments.py [MOMENTS] [--students N] [--seed S] [--known OUT]
                                      [--course DIR]

Grades the same N scripts (default 300) of ``slope`` over and over. At random moments one process is
killed: the grader, its zygote, a server, a submission, or all of them at once, from the top or from
the bottom. What was ended is started again and goes on in the same folder, until it is done; then a
new folder is begun. It knows the traces of the output folder OUT: slope's mistakes, say. The course
folder is DIR, this one where none is named.
Counted, over all moments:

- lost: grades that were committed or printed and are gone, or were run again;
- doubled: students with more than one line in ``results.jsonl``, the journal or a run's output;
- wrong: students without their due score, or without any, when a folder is done;
- left: processes that outlived a killed grader by more than ten seconds.

Exit code 0 only where all four are 0 and a folder was done. Only processes that this script
started are killed, by pid.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import dataclasses
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autograder.sandbox.detection import try_level

ROOT = Path(__file__).resolve().parent.parent
RIGHT = ("functions_only", "inplace_data", "no_grad_update", "grad_set_none", "functional_mse")
WRONG = ("zero_wrong_tensor",)
DUE = {**dict.fromkeys(RIGHT, 10.0), **dict.fromkeys(WRONG, 5.0)}
TARGETS = ("grader", "zygote", "server", "submission", "all from the top", "all from the bottom")
HEAD = 59  # bytes of a journal's line before its text
PATIENCE = 300.0


@dataclasses.dataclass
class Tally:
    """What was counted."""

    moments: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    runs: int = 0
    done: int = 0
    committed: list[int] = dataclasses.field(default_factory=list)
    lost: list[str] = dataclasses.field(default_factory=list)
    doubled: list[str] = dataclasses.field(default_factory=list)
    wrong: list[str] = dataclasses.field(default_factory=list)
    left: list[str] = dataclasses.field(default_factory=list)
    isolation: str = ""
    failed: list[str] = dataclasses.field(default_factory=list)


class Course:
    """A class of students, and the folder that they are graded into."""

    def __init__(self, folder: Path, students: int, known: Path | None, root: Path) -> None:
        self._folder = folder
        self.root = root
        self._known = known
        self.submitted = folder / "submitted"
        self.submitted.mkdir()
        self.due: dict[str, float] = {}
        for number in range(students):
            kind = random.choice((*RIGHT, *WRONG))
            where = "accepted" if kind in RIGHT else "rejected"
            source = (ROOT / "reference" / "slope" / where / f"{kind}.py").read_text("utf-8")
            student = f"student-{number:05}"
            (self.submitted / f"{student}.py").write_text(f"{source}\n# {number}\n", "utf-8")
            self.due[student] = DUE[kind]
        # Not where it is not needed: with it, a trial of the isolation that is killed makes the run
        # go on at a weaker level, whose grades are others.
        weak = not try_level("namespaces").works
        self.flags = ["--allow-weak-isolation"] if weak else []
        self._number = 0
        self.begin_anew()

    def begin_anew(self) -> None:
        """Grade into a new folder from now on."""
        self._number += 1
        self.out = self._folder / f"out-{self._number}"
        if self._known is not None:
            traces = Path("slope", "traces")
            shutil.copytree(self._known / traces, self.out / traces)

    def committed(self) -> list[str]:
        """Return whose grades are in the journal, once a sound record."""
        path = self.out / "slope" / "grades.journal"
        lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
        whole = [line[HEAD:] for line in lines if line.endswith(b"}\n") and b'"student"' in line]
        return [json.loads(text)["student"] for text in whole]


class Run:
    """One ``autograder grade`` under way; its output is read from a file, as it comes."""

    def __init__(self, course: Course, number: int) -> None:
        self.output = course.out.parent / f"run-{number}.jsonl"
        self._errors = course.out.parent / f"run-{number}.txt"
        command = [sys.executable, "-m", "autograder.cli.main", "grade", str(course.submitted)]
        command += ["-a", "slope", "--course", str(course.root), "--out", str(course.out), "--json"]
        command += ["--jobs", "2", *course.flags]
        with self.output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(command, stdout=output, stderr=errors)
        self.pid = self.process.pid
        self.started = time.monotonic()

    def lines(self) -> list[dict[str, object]]:
        """Return what was printed; a line that was cut short does not count."""
        text = self.output.read_bytes().splitlines(keepends=True)
        return [json.loads(line) for line in text if line.endswith(b"\n")]

    def told(self) -> str:
        """Return what was said on standard error."""
        return self._errors.read_text("utf-8").strip()


def tree(pid: int) -> list[tuple[int, str, int]]:
    """Return the processes at and below ``pid``, top first: pid, start time, depth."""
    parents, starts = {}, {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{entry}/stat").read_text("utf-8")
                words = text.rpartition(")")[2].split()
                if words[0] != "Z":
                    parents[int(entry)], starts[int(entry)] = int(words[1]), words[19]
    found = [(pid, starts[pid], 0)] if pid in starts else []
    for parent, _, depth in found:
        found += [
            (child, starts[child], depth + 1) for child, its in parents.items() if its == parent
        ]
    return found


def alive(processes: list[tuple[int, str, int]]) -> list[int]:
    """Return those that still run."""
    now = {}
    for pid, _, _ in processes:
        with contextlib.suppress(OSError):
            words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
            now[pid] = "" if words[0] == "Z" else words[19]
    return [pid for pid, start, _ in processes if now.get(pid) == start]


def strike(run: Run, target: str) -> str:
    """Kill what ``target`` says, or the grader where there is no such process; say which it was."""
    found = tree(run.pid)
    if target.startswith("all"):
        for pid, _, _ in found if target.endswith("top") else reversed(found):
            _kill(pid)
        return target
    depth = TARGETS.index(target)
    fitting = [pid for pid, _, its in found if its == depth]
    _kill(random.choice(fitting) if fitting else run.pid)
    return target if fitting else "grader"


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def wait_for_moment(run: Run, warm: float) -> None:
    """Wait until some moment of the start, or of the time after the first grade was printed."""
    if random.random() < 0.3:
        time.sleep(random.uniform(0, warm))
        return
    deadline = time.monotonic() + PATIENCE
    while run.process.poll() is None and not run.output.stat().st_size:
        if time.monotonic() > deadline:
            return
        time.sleep(0.01)
    time.sleep(random.expovariate(1.0))


def check_running(course: Course, run: Run, before: list[str], tally: Tally) -> None:
    """Count what a run that ended, however it did, lost or doubled."""
    after = course.committed()
    tally.committed.append(len(after))
    lines = run.lines()
    printed = {str(line["student"]): bool(line["reused"]) for line in lines}
    tally.lost += [f"{student}: committed, then gone" for student in {*before} - {*after}]
    tally.lost += [f"{student}: printed, not committed" for student in {*printed} - {*after}]
    again = [student for student in before if printed.get(student) is False]
    tally.lost += [f"{student}: run again" for student in again]
    tally.doubled += _more_than_once(after)
    tally.doubled += _more_than_once([str(line["student"]) for line in lines])


def _more_than_once(students: list[str]) -> list[str]:
    return [student for student, count in collections.Counter(students).items() if count > 1]


def check_done(course: Course, tally: Tally) -> None:
    """Compare the results of a folder that is done with what is due."""
    text = (course.out / "slope" / "results.jsonl").read_text("utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    students = [line["student"] for line in lines]
    tally.isolation = lines[0]["isolation"]
    tally.doubled += _more_than_once(students)
    scores = {line["student"]: line["score"] for line in lines}
    tally.wrong += [s for s, score in course.due.items() if scores.get(s) != score]
    if students != sorted(students):
        tally.wrong.append("the order")
    tally.done += 1


def main(moments: int, students: int, seed: int, known: Path | None, root: Path) -> Tally:
    """Strike that many times and return what was counted."""
    random.seed(seed)
    tally, warm = Tally(), 3.0
    with tempfile.TemporaryDirectory() as folder:
        course = Course(Path(folder), students, known, root)
        while sum(tally.moments.values()) < moments or tally.done == 0:
            if len(tally.failed) > moments:  # it does not get on
                break
            tally.runs += 1
            before = course.committed()
            run = Run(course, tally.runs)
            below: list[tuple[int, str, int]] = []
            try:
                while sum(tally.moments.values()) < moments and run.process.poll() is None:
                    wait_for_moment(run, warm)
                    if run.process.poll() is not None:
                        break
                    below = tree(run.pid)
                    tally.moments[strike(run, random.choice(TARGETS))] += 1
                    time.sleep(0.05)
                run.process.wait(PATIENCE)
            finally:
                if run.process.poll() is None:
                    _kill(run.pid)
                    run.process.wait()
            check_running(course, run, before, tally)
            deadline = time.monotonic() + PATIENCE
            while (left := alive(below)) and time.monotonic() < deadline:
                time.sleep(0.05)
            tally.left += [str(pid) for pid in left]
            if run.process.returncode == 0:
                check_done(course, tally)
                course.begin_anew()
            elif run.process.returncode != -signal.SIGKILL:
                tally.failed.append(run.told().splitlines()[-1])
    return tally


def report(tally: Tally) -> int:
    """Print the tally and return the exit code."""
    kinds = ", ".join(f"{count} {target}" for target, count in sorted(tally.moments.items()))
    print(f"{sum(tally.moments.values())} moments: {kinds}")
    print(f"{tally.runs} runs, {tally.done} folders done, isolation: {tally.isolation}")
    print("committed when each run ended:")
    print(" ".join(map(str, tally.committed)))
    for name in ("lost", "doubled", "wrong", "left"):
        found = getattr(tally, name)
        print(f"{name}: {len(found)}" + (f" ({'; '.join(found[:5])})" if found else ""))
    for line, count in collections.Counter(tally.failed).items():
        print(f"{count} runs ended with: {line}")
    return int(not tally.done or any((tally.lost, tally.doubled, tally.wrong, tally.left)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("moments", type=int, nargs="?", default=50)
    parser.add_argument("--students", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known", metavar="OUT", type=Path)
    parser.add_argument("--course", metavar="DIR", type=Path, default=ROOT)
    options = parser.parse_args()
    sys.exit(
        report(main(options.moments, options.students, options.seed, options.known, options.course))
    )
