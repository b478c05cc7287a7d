"""Claims on random results must be true of the reference as often as they say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from autograder.engines.pool import LocalEngine
from autograder.exercise import Random, share
from autograder.exercise.plan import make_plan
from autograder.grading.lab import Lab
from autograder.grading.observe import Observatory
from autograder.sandbox.message import Policy
from autograder.verification.calibration import miscalibrated
from tests.parts import BUDGET, TOP, lab, trace_of_plan

DROPOUT = f"{TOP}def dropout(x):\n    return x * (torch.rand(x.shape) >= 0.3) / 0.7\n"
SEEDS = 400


def ones(source: Any) -> Any:
    return 1 + torch.rand(6, 10, generator=source.torch)


@pytest.fixture
def problem(engine: LocalEngine, policy: Policy) -> Any:
    def problem(likely: float, source: str = DROPOUT) -> str:
        claims = (share(lambda y, x: y == 0, likely),)
        plan = make_plan(lab(Random("dropout", draw=ones, claims=claims, points=1)))
        found = Lab(
            name="parts",
            plan=plan,
            reference_path=Path("reference/parts/parts.py"),
            reference_source=source.encode(),
            sha256="0" * 64,
        )
        reference = trace_of_plan(plan, source)
        observatory = Observatory(engine, policy)
        return miscalibrated(found, reference, observatory, BUDGET, seeds=SEEDS)

    return problem


def test_a_true_claim_is_kept(problem: Any) -> None:
    assert problem(0.3) == ""


def test_a_claim_that_is_a_little_false_is_found(problem: Any) -> None:
    assert f"of {SEEDS} seeds" in problem(0.33)


def test_entries_that_hang_together_are_found(problem: Any) -> None:
    rows = DROPOUT.replace("torch.rand(x.shape)", "torch.rand(len(x), 1)")
    assert problem(0.3, rows)
