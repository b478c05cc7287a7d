"""Nothing is lost: killed, refused, out of room, run twice; the next run goes on."""

from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.engines.pool import LocalEngine
from tests.shared import learn, linked_course, one_engine

from .command import COMMAND, ROOT, Finished, environment
from .inside import run_inside

CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2
PR_CAPBSET_DROP = 24
DISK_BYTES = 6_000_000
RIGHT = (ROOT / "reference" / "slope" / "slope.py").read_bytes()


def obey_file_modes() -> None:
    """Give up root's right to pass over the modes of files; nothing changes for other users."""
    if os.geteuid() == 0:
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0):
                raise OSError("the capability could not be given up")


class Room:
    """A class, its output folder, and the command line that grades it."""

    def __init__(self, folder: Path, engine: LocalEngine) -> None:
        self._engine = engine
        self.course = linked_course(folder / "course")
        self.submitted, self.out, self.temporary = (
            folder / name for name in ("submitted", "out", "tmp")
        )
        for path in (self.submitted, self.temporary):
            path.mkdir()
        self.flags = ("--allow-weak-isolation",) if engine.level == "none" else ()

    def hand_in(self, first: int, last: int) -> None:
        for number in range(first, last + 1):
            (self.submitted / f"student-{number:02}.py").write_bytes(RIGHT + b"# %d\n" % number)

    def command(self) -> list[str]:
        command = [
            *COMMAND,
            "grade",
            str(self.submitted),
            "-a",
            "slope",
            "--course",
            str(self.course),
        ]
        return [*command, "--json", "--out", str(self.out), *self.flags]

    def grade_inside(self) -> Finished:
        """Grade in this process, where what went before needs no process of its own."""
        with one_engine(self._engine):
            return run_inside(*self.command()[len(COMMAND) :], folder=self.temporary)

    def start(self, before: Callable[[], None] | None = None, stdout=subprocess.PIPE):
        return subprocess.Popen(
            self.command(),
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(self.temporary),
            cwd=self.temporary,
            preexec_fn=before,  # noqa: PLW1509  # no threads here
        )

    def grade(self, before: Callable[[], None] | None = None, stdout=subprocess.PIPE) -> Finished:
        with self.start(before, stdout) as process:
            printed, told = process.communicate(timeout=600)
        assert "Traceback" not in told
        return Finished(process.returncode, printed, told)

    def results(self) -> list[dict]:
        text = (self.out / "slope" / "results.jsonl").read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def room(tmp_path: Path, standard: LocalEngine) -> Room:
    return Room(tmp_path, standard)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Room:
    """Two students, graded once."""
    room = Room(tmp_path_factory.mktemp("graded"), standard)
    room.hand_in(1, 2)
    learn(room.out, bank)
    assert room.grade_inside().code == 0
    return room


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, that may be filled."""
    path = tmp_path / "disk"
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(path)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here: that needs root with CAP_SYS_ADMIN")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Fill a disk but for about so many bytes, and return the file that does."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    filler.write_bytes(bytes(free.f_bavail * free.f_bsize - left))
    return filler


@pytest.mark.timeout(1200)
@pytest.mark.parametrize(
    ("moments", "students", "seed"),
    [
        (1, 10, 176),  # the grader, as soon as it has printed its first grade
        pytest.param(8, 24, 7, marks=pytest.mark.thorough),
    ],
)
def test_kills_at_odd_moments_lose_and_double_nothing(
    moments: int, students: int, seed: int, bank: Path, tmp_path: Path
) -> None:
    script = ROOT / "benchmarks" / "kill_moments.py"
    course = linked_course(tmp_path / "course")  # one draw of hidden data, as the bank has
    options = ("--students", str(students), "--seed", str(seed), "--course", str(course))
    done = subprocess.run(
        [sys.executable, str(script), str(moments), *options, "--known", str(bank)],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"{moments} moments")
    for count in ("lost: 0", "doubled: 0", "wrong: 0", "left: 0"):
        assert count in done.stdout


def test_reused_grades_need_neither_torch_nor_a_zygote(graded: Room) -> None:
    before = graded.results()
    command = [sys.executable, "-X", "importtime", *graded.command()[1:]]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=True,
        env=environment(graded.temporary),
        cwd=graded.temporary,
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "autograder.grading.run" in imported
    assert not imported & {"torch", "numpy", "autograder.judge.judge", "autograder.grading.mutants"}
    assert "2 reused" in done.stderr
    reused = [json.loads(line) for line in done.stdout.splitlines()]
    assert [{**line, "reused": False, "seconds": 0} for line in reused] == [
        {**line, "reused": False, "seconds": 0} for line in before
    ]


@pytest.mark.thorough
def test_two_graders_at_once_do_not_spoil_each_other(graded: Room) -> None:
    graded.hand_in(3, 4)
    with graded.start() as one, graded.start() as other:
        told = [process.communicate(timeout=600)[1] for process in (one, other)]
    codes = [one.returncode, other.returncode]
    if codes != [0, 0]:  # else one was done before the other looked
        assert sorted(codes) == [0, 1]
        winner = (one, other)[codes.index(0)]
        assert f"process {winner.pid} is grading into this folder" in told[codes.index(1)]
        assert told[codes.index(1)].count("\n") == 2, "which run it was, and the one error"
    assert [line["score"] for line in graded.results()] == [10.0] * 4
    assert graded.grade_inside().code == 0
    assert all(line["reused"] for line in graded.results())


def test_a_read_only_out_folder_is_told_before_anything_runs(room: Room) -> None:
    room.hand_in(1, 1)
    (room.out / "slope").mkdir(parents=True)
    (room.out / "slope").chmod(0o555)
    finished = room.grade(obey_file_modes)
    assert (finished.code, finished.stdout) == (1, "")
    assert "out/slope/lock: cannot be written: Permission denied; make it writable" in (
        finished.stderr
    )
    assert list((room.out / "slope").iterdir()) == []


@pytest.mark.thorough
def test_an_unreadable_submission_is_ours_and_graded_once_it_can_be_read(graded: Room) -> None:
    graded.hand_in(9, 9)
    path = graded.submitted / "student-09.py"
    path.chmod(0)
    finished = graded.grade(obey_file_modes)
    line = json.loads(finished.stdout.splitlines()[-1])
    assert finished.code == 1
    assert (line["student"], line["status"], line["score"]) == ("student-09", "sandbox_error", None)
    assert "slope.py: cannot be read: Permission denied" in line["message"]
    path.chmod(0o644)
    assert graded.grade_inside().code == 0
    assert [line["score"] for line in graded.results()] == [10.0] * len(graded.results())


def test_a_full_disk_is_told_and_the_next_run_goes_on(disk: Path, room: Room, bank: Path) -> None:
    room.out = disk / "out"
    learn(room.out, bank)
    room.hand_in(1, 1)
    assert room.grade_inside().code == 0
    room.hand_in(2, 20)
    filler = fill(disk, left=60_000)
    finished = room.grade()
    printed = [json.loads(line) for line in finished.stdout.splitlines()]
    assert finished.code == 1
    assert 1 < len(printed) < 20, "some fitted"
    assert "cannot be written: No space left on device; make room there" in finished.stderr
    assert list(room.out.rglob(".*")) == [], "nothing half-written"
    assert len(room.results()) == 1, "those of the last whole run"
    filler.unlink()
    assert room.grade_inside().code == 0
    assert [line["score"] for line in room.results()] == [10.0] * 20
    reused = {line["student"] for line in room.results() if line["reused"]}
    assert reused >= {line["student"] for line in printed}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a disk always full")
def test_an_output_that_takes_no_more_is_told(graded: Room) -> None:
    with Path("/dev/full").open("w") as full:
        finished = graded.grade(stdout=full)
    assert finished.code == 1
    assert "standard output: cannot write: No space left on device" in finished.stderr
    assert "Exception ignored" not in finished.stderr
