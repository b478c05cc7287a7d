"""Losses and gradients come out the same for all points at once, point by point, and by the judge."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import pytest

from autograder.judge.objective import Landscape, isolated_objective
from autograder.notebook.landscape import IsolatedLandscape, OwnLandscape
from autograder.worker.observe import make_subject
from tests.worker.module_labs import BATCHES, BUDGET, script

JOB = BATCHES.job("small.py", b"", BUDGET)
JOB = msgspec.structs.replace(JOB, contract=msgspec.structs.replace(JOB.contract, batch_size=4))
OWN = next(s for s in JOB.scenarios if s.kind == "own")
ISOLATED = next(s for s in JOB.scenarios if s.kind == "isolated")
NAMES = {"forward": "Line", "criterion": "criterion", "train_model": "train_model"}


def points(scenario: Any, count: int = 9) -> np.ndarray:
    size = sum(int(np.prod(a.shape)) for a in scenario.situation.start.values())
    return np.random.default_rng(3).normal(size=(count, size)) * 4


def own() -> OwnLandscape:
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(script(), "<cell>", "exec"), namespace)
    subject = make_subject(JOB, namespace, NAMES, [])
    subject.set_situation(OWN.situation)
    return OwnLandscape(subject, OWN)


def test_there_are_batches_and_the_last_is_smaller() -> None:
    landscape = own()
    rows = OWN.situation.data[JOB.contract.inputs].shape[0]
    assert landscape.batches > 1
    assert rows % JOB.contract.batch_size


def test_all_points_at_once_are_as_point_by_point() -> None:
    at_once, each = own(), own()
    each._leaves_only = True
    where = points(OWN)
    for found, wanted in zip(at_once.evaluate(where), each.evaluate(where), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(
        at_once.step_gradients(where), each.step_gradients(where), rtol=1e-5, atol=1e-5
    )
    np.testing.assert_allclose(at_once.losses(where), each.losses(where), rtol=1e-5)
    assert not at_once._leaves_only


def test_the_isolated_surface_is_the_judge_s() -> None:
    mine = IsolatedLandscape(JOB.contract, ISOLATED)
    judge_s = Landscape(isolated_objective(JOB.contract), ISOLATED, JOB.contract.batch_size)
    where = points(ISOLATED)
    for found, wanted in zip(mine.evaluate(where), judge_s.evaluate(where), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(
        mine.step_gradients(where), judge_s.step_gradients(where), rtol=1e-6, atol=1e-6
    )
    assert mine.blurred(where).tolist() == judge_s.blurred(where).tolist()
    np.testing.assert_allclose(mine.start, judge_s.start, rtol=1e-6)


def test_the_model_keeps_its_parameters() -> None:
    landscape = own()
    model = landscape._subject.namespace["model"]
    before = dict(model.named_parameters())
    landscape.evaluate(points(OWN))
    after = dict(model.named_parameters())
    assert all(after[name] is before[name] for name in before)


def test_a_surface_that_differs_from_the_usual_call_is_computed_point_by_point(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    landscape = own()
    usual = landscape.evaluate(points(OWN))[0]
    other = own()
    monkeypatch.setattr(
        other, "loss", lambda parameters, data: sum(p.sum() for p in parameters.values())
    )
    np.testing.assert_allclose(other.evaluate(points(OWN))[0], usual, rtol=1e-5)
    assert other._leaves_only
