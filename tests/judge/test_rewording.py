"""Another wording of every sentence decides nothing: no score, check or diagnosis changes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from autograder.engines.pool import LocalEngine
from tests.judge.observed import LABS, ROOT, observe_lab


@pytest.fixture(
    scope="module",
    params=[("slope", "minibatch"), pytest.param(LABS, marks=pytest.mark.thorough)],
    ids=["a lab of each contract", "all labs"],
)
def observed(
    request: pytest.FixtureRequest,
    standard: LocalEngine,
    traces: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    path = tmp_path_factory.mktemp("reworded") / "all"
    found = {lab: observe_lab(standard, traces, lab) for lab in request.param}
    path.write_bytes(msgspec.msgpack.encode(found))
    return path


def decided(path: Path, *swap: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.judge.rewording", str(path), *swap]
    run = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, timeout=300, text=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_another_wording_decides_nothing(observed: Path) -> None:
    usual, swapped = decided(observed), decided(observed, "swap")
    said = [one for one in usual.pop("words") if one]
    other = [one for one in swapped.pop("words") if one]
    assert len(said) == len(other) > 50
    assert not set(other) & set(said), "a sentence was not exchanged"
    assert swapped == usual
    assert any(diagnosis for _, _, _, diagnosis, _, _ in usual.values())
