"""Traces and results are written whole, found again by content, and never half there."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.grading import file as file_module
from autograder.grading.address import trace_key
from autograder.grading.cache import Store, write_atomically
from autograder.protocol.codec import encode
from autograder.protocol.trace import Trace
from autograder.sandbox.message import Policy

TRACE = Trace(version=1, loading=None, probes={}, scenarios={}, ending="done")


def test_a_stored_trace_comes_back(tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    store.write_trace("ab12", TRACE)
    assert store.read_trace("ab12") == TRACE


def test_an_unknown_trace_is_none(tmp_path: Path) -> None:
    assert Store(tmp_path, "slope").read_trace("ab12") is None


def test_a_damaged_trace_counts_as_none(tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    store.write_trace("ab12", TRACE)
    (path,) = tmp_path.rglob("*.trace")
    path.write_bytes(path.read_bytes()[:-3])
    assert store.read_trace("ab12") is None


def test_a_trace_with_one_changed_number_counts_as_none(tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    store.write_trace("ab12", TRACE)
    (path,) = tmp_path.rglob("*.trace")
    data = path.read_bytes()
    other = data.replace(encode(TRACE), encode(Trace(**{**_fields(TRACE), "ending": "time"})))
    path.write_bytes(other)
    assert other != data
    assert store.read_trace("ab12") is None
    store.write_trace("ab12", TRACE)
    assert path.read_bytes() == data


def test_a_store_that_is_not_readable_takes_traces_and_gives_none(tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    store.write_only().write_trace("ab12", TRACE)
    assert store.write_only().read_trace("ab12") is None
    assert store.read_trace("ab12") == TRACE


def test_a_failed_sandbox_is_not_kept(tmp_path: Path) -> None:
    store = Store(tmp_path, "slope")
    store.write_trace("ab12", Trace(**{**_fields(TRACE), "ending": "sandbox"}))
    assert list(tmp_path.rglob("*.trace")) == []


def _fields(trace: Trace) -> dict:
    return {name: getattr(trace, name) for name in trace.__struct_fields__}


def test_a_failed_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "results.jsonl"
    write_atomically(path, b"old")

    def refuse(self: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_module.Path, "replace", refuse)
    with pytest.raises(CourseError, match=r"results\.jsonl: cannot be written: No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["results.jsonl"]


def test_the_address_depends_on_job_limits_and_level() -> None:
    base = trace_key(b"job", Policy(), "namespaces")
    others = {
        trace_key(b"other", Policy(), "namespaces"),
        trace_key(b"job", Policy(wall_seconds=1.0), "namespaces"),
        trace_key(b"job", Policy(), "none"),
    }
    assert len(others) == 3
    assert base not in others
    assert base == trace_key(b"job", Policy(), "namespaces")
