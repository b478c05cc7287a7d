"""check() on parts: helpers that are wrong, an author's files, random results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from autograder.exercise import Function, Random, fixture, share
from autograder.exercise.part import Part
from autograder.exercise.published import Published, decode_published, public_plan, publish
from autograder.judge.result import CheckResult
from autograder.notebook.public import judge_live
from tests.parts import TOP, lab, trace_of_plan

REFERENCE = f"""{TOP}
def softmax(z):
    e = np.exp(z)
    return e / e.sum(axis=1, keepdims=True)
def loss(z):
    return -np.log(softmax(z)[:, 0]).mean()
def encode(vocab, word):
    return vocab[word]
def dropout(x):
    return x * (np.random.rand(*x.shape) >= 0.3)
"""
PARTS: tuple[Part, ...] = (
    Function("softmax", draw=lambda s: s.numpy.normal(size=(5, 3)), points=1),
    Function("loss", draw=lambda s: s.numpy.normal(size=(5, 3)), points=1, calls=("softmax",)),
    Function("encode", draw=lambda s: (fixture("vocab.py:Vocab"), "a"), points=1),
    Random(
        "dropout",
        draw=lambda s: s.numpy.normal(size=(6, 7)),
        claims=(share(lambda y, x: y == 0, 0.3),),
        points=1,
        same_seed_same_result=1,
    ),
)
VOCAB = "class Vocab:\n    def __getitem__(self, word):\n        return ord(word) - 97\n"


@pytest.fixture(scope="module")
def published() -> Published:
    plan = public_plan(lab(*PARTS, fixtures={"vocab.py": VOCAB}))
    data = publish(
        plan,
        trace_of_plan(plan, REFERENCE),
        torch_version="2",
        source_sha256="",
        surfaces={},
        mistakes=(),
        mistakes_sha256="",
    )
    return decode_published(data, Path("expected.json"))


def results(published: Published, source: str, *checks: str) -> dict[str, CheckResult]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(source, names)
    judged = judge_live(published, names, checks or tuple(published.points))
    return {one.id: one for one in judged.results}


def test_what_is_right_passes_as_far_as_it_can_be_told(published: Published) -> None:
    found = results(published, REFERENCE)
    assert {name for name, one in found.items() if one.passed} == {"softmax", "loss", "encode"}
    assert found["dropout"].outcome == "skipped"
    assert found["dropout"].message.code == "claims-not-here"


def test_one_function_alone_is_rescued_from_a_wrong_helper(published: Published) -> None:
    wrong = REFERENCE.replace("e / e.sum(axis=1, keepdims=True)", "e")
    found = results(published, wrong, "loss")
    assert found["loss"].passed
    assert found["loss"].scenarios == "isolated"


def test_random_results_of_another_shape_are_told(published: Published) -> None:
    found = results(published, REFERENCE.replace("x * (np", "x[0] * (np"), "dropout")
    assert found["dropout"].outcome in ("failed", "skipped")
    other = results(
        published,
        REFERENCE.replace("return x * (np.random.rand(*x.shape) >= 0.3)", "return x[0]"),
        "dropout",
    )
    assert other["dropout"].outcome == "failed"
    assert other["dropout"].message.code == "wrong-shape"


def test_what_students_receive_holds_no_claim(published: Published) -> None:
    assert published.parts.fixtures == {"vocab.py": VOCAB}  # type: ignore[union-attr]
    kinds = {one.script.kind for one in published.parts.scripts}  # type: ignore[union-attr]
    assert kinds == {"own", "isolated"}
