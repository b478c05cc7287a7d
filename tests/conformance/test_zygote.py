"""A zygote, its servers and children start with nothing of the grader's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox.client import ENVIRONMENT, Zygote
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level, Policy

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
SECRET = ("AUTOGRADER_TEST_SECRET", "in the environment of the grader")
LEVELS: tuple[Level, ...] = ("namespaces", "landlock", "none")


@pytest.fixture(params=LEVELS)
def processes(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[list[Path]]:
    """Return the /proc folders of a zygote and a server, started by a grader with secrets."""
    trial = try_level(request.param)
    if not trial.works:
        pytest.skip(f"{trial.level} does not work here: {trial.detail}")
    monkeypatch.setenv(*SECRET)
    monkeypatch.setenv("LD_PRELOAD", "")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    secret = tmp_path / "secret.txt"
    secret.write_text("nobody may read this")
    with secret.open() as stream, (tmp_path / "other.txt").open("w") as other:
        os.set_inheritable(stream.fileno(), True)
        os.dup2(other.fileno(), 190, inheritable=True)
        zygote = Zygote(request.param, Policy(), "autograder.sandbox.trial")
        try:
            zygote.ready()
            channel = zygote.open_channel()
            yield [Path("/proc", str(pid)) for pid in family(zygote._process.pid)]
            channel.close()
        finally:
            os.close(190)
            zygote.close()


def family(pid: int) -> list[int]:
    """Return a process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in family(int(child)))]


def test_environment_is_the_listed_one(processes: list[Path]) -> None:
    for process in processes:
        lines = process.joinpath("environ").read_bytes().rstrip(b"\0").split(b"\0")
        assert dict(line.decode().split("=", 1) for line in lines) == ENVIRONMENT
    assert len(processes) >= 2


def test_no_descriptor_of_the_grader_is_open(processes: list[Path]) -> None:
    for process in processes:
        open_files = {target(link) for link in process.joinpath("fd").iterdir()}
        assert not any(name in link for link in open_files for name in ("secret.txt", "other.txt"))
        assert len(open_files) > 2


def target(link: Path) -> str:
    """Return what a descriptor is; some are gone by the time they are looked at."""
    try:
        return os.readlink(link)
    except OSError:
        return ""


def test_working_folder_is_not_the_grader_s(processes: list[Path]) -> None:
    for process in processes[-1:]:
        assert os.readlink(process / "cwd") != str(Path.cwd())
