"""A level works where the whole sequence does, and where it then really holds."""

from __future__ import annotations

import pytest

from autograder.sandbox import detection, registry
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level

STRONG: tuple[Level, ...] = ("namespaces", "landlock")


def test_levels_are_tried_best_first() -> None:
    assert registry.LEVELS == ("namespaces", "landlock", "none")
    assert set(STRONG) == registry.STRONG


def test_level_that_lets_a_child_out_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """As level none does: here it is said to be a strong one."""
    monkeypatch.setattr(detection, "STRONG", frozenset({"none"}))
    trial = try_level("none")
    assert (trial.works, trial.detail) == (False, "does not hold here: read write socket fork")


def test_next_level_is_taken_where_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = detection.Trial(level="namespaces", works=False, detail="unshare namespaces: no")
    taken = detection.Trial(level="landlock", works=True, detail="")
    trials = {"namespaces": failed, "landlock": taken}
    monkeypatch.setattr(detection, "try_level", trials.__getitem__)
    assert detection.detect() is taken
