"""A level works where the whole sequence does, and where it then really holds."""

from __future__ import annotations

import pytest

from autograder.errors import EndedError
from autograder.sandbox import detection, registry
from autograder.sandbox.client import Channel, Zygote
from autograder.sandbox.detection import try_level
from autograder.sandbox.message import Level

STRONG: tuple[Level, ...] = ("namespaces", "landlock")


def test_levels_are_tried_best_first() -> None:
    assert registry.LEVELS == ("namespaces", "landlock", "uid", "none")
    assert set(STRONG) == registry.STRONG


def test_level_that_lets_a_child_out_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """As level none does: here it is said to be a strong one."""
    monkeypatch.setattr(detection, "STRONG", frozenset({"none"}))
    trial = try_level("none")
    assert (trial.works, trial.detail) == (
        False,
        "not secure here: a test process succeeded with: read write socket fork",
    )


def test_next_level_is_taken_where_one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = detection.Trial(level="namespaces", works=False, detail="unshare namespaces: no")
    taken = detection.Trial(level="landlock", works=True, detail="")
    trials = {"namespaces": failed, "landlock": taken}
    monkeypatch.setattr(detection, "try_level", trials.__getitem__)
    assert detection.detect() is taken


@pytest.mark.parametrize("struck", ["submit", "collect"])
def test_trial_that_is_killed_is_made_again(monkeypatch: pytest.MonkeyPatch, struck: str) -> None:
    """Else a kill at the wrong moment would lower the level, and change all grades' address."""
    deaths = iter([True, True])
    act = getattr(Channel, struck)

    def killed_twice(channel: Channel, *arguments: bytes) -> object:
        if next(deaths, False):
            raise EndedError("sandbox: the server is gone")
        return act(channel, *arguments)

    monkeypatch.setattr(Channel, struck, killed_twice)
    assert try_level("none").works


def test_trial_that_always_ends_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(zygote: Zygote) -> None:
        raise EndedError("zygote: ended while starting: it said nothing")

    monkeypatch.setattr(Zygote, "ready", ended)
    trial = try_level("none")
    assert (trial.works, trial.detail) == (False, "zygote: ended while starting: it said nothing")
