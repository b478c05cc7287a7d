"""What ``--engine`` may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.engines.engine import scheduler_address
from autograder.errors import CourseError
from autograder.grading import setup

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("engine", "address"),
    [
        ("local", ""),
        ("dask://node-1:8786", "tcp://node-1:8786"),
        ("dask://[::1]:8786", "tcp://[::1]:8786"),
        ("tls://10.0.0.1:8786", "tls://10.0.0.1:8786"),
    ],
)
def test_an_address_is_read_as_dask_writes_it(engine: str, address: str) -> None:
    assert scheduler_address(engine) == address


@pytest.mark.parametrize(
    "engine",
    ["", "dask", "dask://", "dask://host", "dask://host:", "dask://host:0", "dask://host:65536",
     "tcp://host:1", "dask://a b:1", "dask://host:1/x", "Local"],
)  # fmt: skip
def test_anything_else_is_an_error_that_says_what_to_give(engine: str) -> None:
    with pytest.raises(CourseError, match="dask://HOST:PORT"):
        scheduler_address(engine)


def test_a_scheduler_file_gives_the_address(tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_text('{"type": "Scheduler", "address": "tcp://10.0.0.1:35000"}', "utf-8")
    assert scheduler_address(str(file)) == "tcp://10.0.0.1:35000"


@pytest.mark.parametrize("content", [b"{", b"[]", b"{}", b'{"address": 1}', b"\xff", b'"x"'])
def test_another_file_is_an_error(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"
    file.write_bytes(content)
    with pytest.raises(CourseError, match="not a dask scheduler file"):
        scheduler_address(str(file))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="No such file"):
        scheduler_address(str(tmp_path / "scheduler.json"))


def grade(engine: str, out: Path) -> int:
    return main(
        ["grade", str(ROOT / "submitted"), "-a", "slope", "--out", str(out), "--engine", engine]
    )


def test_a_scheduler_out_of_reach_is_one_line_and_exit_code_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert grade("dask://127.0.0.1:1", tmp_path) == 1
    out, told = capfd.readouterr()
    assert out == ""
    assert told.startswith("autograder: dask scheduler tcp://127.0.0.1:1: ")
    assert told.count("\n") == 1


def test_tls_without_certificates_is_one_line_and_exit_code_1(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert grade("tls://127.0.0.1:1", tmp_path) == 1
    told = capfd.readouterr().err
    assert told.startswith("autograder: dask scheduler tls://127.0.0.1:1: needs certificates")
    assert told.count("\n") == 1


def test_without_dask_the_error_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(setup, "CLUSTER", "distributed_that_is_not_there")
    assert grade("dask://127.0.0.1:1", tmp_path) == 1
    assert "pip install 'torch-autograder[cluster]'" in capfd.readouterr().err


def test_an_engine_that_nobody_knows_is_wrong_usage(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        grade("ray://127.0.0.1:1", tmp_path)
    assert ended.value.code == 2
    assert (
        "argument --engine: unknown engine 'ray://127.0.0.1:1'; use local" in capfd.readouterr().err
    )
