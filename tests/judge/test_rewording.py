"""Another wording of every sentence decides nothing: no score, check or diagnosis changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engines.pool import LocalEngine
from autograder.words import catalogue
from tests.judge.observed import LABS, Traces, observe_lab
from tests.judge.rewording import decisions


@pytest.fixture(
    scope="module",
    params=[("slope", "minibatch"), pytest.param(LABS, marks=pytest.mark.thorough)],
    ids=["a lab of each contract", "all labs"],
)
def observed(
    request: pytest.FixtureRequest, standard: LocalEngine, traces: Path
) -> dict[str, Traces]:
    return {lab: observe_lab(standard, traces, lab) for lab in request.param}


def test_another_wording_decides_nothing(
    observed: dict[str, Traces], monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = decisions(observed)
    monkeypatch.setattr(catalogue, "_catalogues", lambda _: ())  # codes and values alone
    swapped = decisions(observed)
    said = [one for one in usual.pop("words") if one]
    other = [one for one in swapped.pop("words") if one]
    assert len(said) == len(other) > 50
    assert not set(other) & set(said), "a sentence was not exchanged"
    assert swapped == usual
    assert any(diagnosis for _, _, _, diagnosis, _, _ in usual.values())
