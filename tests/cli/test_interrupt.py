"""Ctrl-C ends everything that was started and keeps what is done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

from autograder.sandbox.detection import Trial
from tests.shared import learn, linked_course, within

from .command import COMMAND, ROOT, environment

ENDLESS = "while True:\n    pass\n"
SLOW_STUDENTS = 40


def heed_interrupts() -> None:
    """Take SIGINT for what it is: whoever runs the tests in the background may have it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started_at(pid: int) -> str:
    """Return what tells a process from a later one of the same number; empty when it is gone."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return "" if words[0] == "Z" else words[19]


def descendants(pid: int) -> dict[int, str]:
    """Return all processes below ``pid``."""
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                text = Path(f"/proc/{entry}/stat").read_text("utf-8")
            except (FileNotFoundError, ProcessLookupError):
                continue
            parents[int(entry)] = int(text.rpartition(")")[2].split()[1])
    found: dict[int, str] = {}
    wanted = [pid]
    while wanted:
        parent = wanted.pop()
        children = [child for child, its in parents.items() if its == parent]
        found |= {child: started_at(child) for child in children}
        wanted += children
    return found


def test_interrupt_leaves_no_process_and_saves_what_is_done(
    tmp_path: Path, namespaces_trial: Trial, bank: Path
) -> None:
    folder, out, temporary = tmp_path / "class", tmp_path / "out", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    course = linked_course(tmp_path / "course")
    (folder / "a.py").write_bytes((ROOT / "reference" / "slope" / "slope.py").read_bytes())
    for number in range(SLOW_STUDENTS):
        (folder / f"slow-{number}.py").write_text(f"# {number}\n{ENDLESS}", "utf-8")
    command = [*COMMAND, "grade", str(folder), "-a", "slope", "--course", str(course), "--json"]
    command += ["--out", str(out), "--jobs", "2"]
    learn(out, bank)
    if not namespaces_trial.works:
        command.append("--allow-weak-isolation")
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(temporary),
        preexec_fn=heed_interrupts,  # noqa: PLW1509  # no threads here
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["student"] == "a"
        started = within(60, lambda: len(descendants(process.pid)) >= 3)
        assert started, "a zygote, its servers, their children"
        below = descendants(process.pid)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=240)
    assert process.returncode == 130
    assert "interrupted" in told
    assert "Traceback" not in told
    stored = (out / "slope" / "results.partial.jsonl").read_text("utf-8").splitlines()
    assert 1 <= len(stored) < SLOW_STUDENTS
    assert json.loads(stored[0])["score"] == 10.0
    assert within(60, lambda: not [p for p, t in below.items() if started_at(p) == t != ""])
    assert list(temporary.glob("autograder-*")) == []
