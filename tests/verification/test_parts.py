"""A lab of parts is proved: examples, mistakes that fit any function, margins, what is released."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.assignment.build import write
from autograder.course.folder import Course
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError
from autograder.exercise import Function, Random, Variable, share
from autograder.exercise.part import Part
from autograder.exercise.plan import make_plan
from autograder.grading.publish import Publisher
from autograder.sandbox.message import Policy
from autograder.verification.context import Bench, written_down
from autograder.verification.item import LabProof
from autograder.verification.release import told_draws
from autograder.verification.verifier import claims, prove_lab
from tests.parts import lab

LAB = Path(__file__).parent / "layers"
MakeBench = Callable[[Course], Bench]
Prove = Callable[[Course], LabProof]


@pytest.fixture
def layers(tmp_path: Path) -> Course:
    """A course with the lab, not yet built."""
    shutil.copytree(LAB, tmp_path / "reference" / "layers")
    return Course(tmp_path)


@pytest.fixture
def prove(bench: MakeBench, engine: LocalEngine, policy: Policy) -> Prove:
    def build_and_prove(course: Course) -> LabProof:
        list(write(course, "layers", Publisher(course, lambda: engine, policy)))
        return prove_lab(bench(course), "layers", planting=False)

    return build_and_prove


def planted(proof: LabProof) -> Iterator[tuple[str, str]]:
    """Yield part and outcome of each mistake planted."""
    for item in proof.items:
        if item.group == "mutant":
            yield item.name.partition(":")[0], item.outcome


def test_a_lab_of_parts_is_proved(layers: Course, prove: Prove) -> None:
    proof = prove(layers)
    assert {f"{one.group}/{one.name}": one.message for one in proof.refuted} == {}
    assert proof.count("accepted", "proved") == len(list((LAB / "accepted").iterdir()))
    assert proof.count("rejected", "proved") == len(list((LAB / "rejected").iterdir()))
    caught = Counter(part for part, outcome in planted(proof) if outcome == "proved")
    assert min(caught.values()) >= 2
    assert caught.total() >= 60
    assert set(caught) == {
        "softmax",
        "accuracy",
        "cross_entropy",
        "surprise",
        "affine_forward",
        "Linear",
    }
    names = [item.name for item in proof.items if item.group == "mutant"]
    assert names == claims(layers, "layers")["mutant"]


def test_a_fixture_that_holds_the_solution_is_a_leak(
    layers: Course, engine: LocalEngine, policy: Policy
) -> None:
    path = layers.exercise("layers").parent / "fixtures" / "weights.py"
    told = f"{path.read_text('utf-8')}\n# powers = np.exp(z - z.max(axis=1, keepdims=True))\n"
    path.write_text(told, "utf-8")
    with pytest.raises(CourseError, match=r"expected\.json"):
        list(write(layers, "layers", Publisher(layers, lambda: engine, policy)))


def test_a_fixture_that_breaks_is_told_with_its_line(layers: Course, prove: Prove) -> None:
    path = layers.exercise("layers").parent / "fixtures" / "weights.py"
    path.write_text(path.read_text("utf-8").replace("= exponent", "= exponent / 'a'"), "utf-8")
    with pytest.raises(CourseError, match=r"fixtures/weights\.py, line 8: .*TypeError"):
        prove(layers)


def test_a_draw_too_poor_to_catch_a_mistake_is_shown(layers: Course, prove: Prove) -> None:
    spec = layers.exercise("layers")
    text = spec.read_text("utf-8")
    poor = text.replace(
        "source.numpy.normal(size=(3, 2)), source.numpy.normal(size=2)",
        "np.eye(3)[:, :2], np.zeros(2)",
    )
    assert poor != text
    spec.write_text(poor, "utf-8")
    items = {one.name: one for one in prove(layers).items if one.group == "mutant"}
    lost = [name for name, one in items.items() if one.outcome == "equivalent"]
    assert any(name.startswith("Linear:term-lost") for name in lost)


def test_a_tolerance_that_hides_a_mistake_refuses_the_lab(layers: Course, prove: Prove) -> None:
    spec = layers.exercise("layers")
    text = spec.read_text("utf-8")
    wide = text.replace("draw=labelled,", "draw=labelled,\n            atol=100.0,")
    spec.write_text(wide, "utf-8")
    problems = {one.name: one.message for one in prove(layers).refuted}
    survivors = [text for name, text in problems.items() if name.startswith("accuracy:")]
    assert survivors
    assert all("survives" in text for text in survivors)


def test_a_draw_that_asks_nothing_of_its_source_is_told() -> None:
    def told(part: Part) -> list[str]:
        return told_draws(make_plan(lab(part)).scripts)

    assert told(Function("f", draw=lambda source: source.numpy.normal(), points=1)) == []
    assert told(Function("f", draw=lambda source: (), points=1)) == []
    assert len(told(Function("f", draw=lambda source: 1.0, points=1))) == 3
    claims = (share(lambda y, p: y == 0, lambda p: p),)
    assert told(Random("f", draw=lambda source: 0.3, claims=claims, points=1)) == []


def test_alternatives_must_earn_full_marks_too(layers: Course) -> None:
    folder = layers.exercise("layers").parent / "alternatives"
    folder.mkdir()
    shutil.copy(LAB / "accepted" / "loops.py", folder / "other_loss.py")
    assert "other_loss.py" in claims(layers, "layers")["accepted"]


def test_points_that_anybody_can_write_down_are_shown_and_have_to_be_meant() -> None:
    (shown,) = written_down(lab(Variable("answer", points=3, fixed=True)))
    assert (shown.outcome, shown.code) == ("proved", "proof-fixed")
    assert "3 points" in shown.message
    (refused,) = written_down(lab(Variable("answer", points=3)))
    assert refused.outcome == "refuted"
    assert "fixed=True" in refused.message
    assert not list(written_down(lab(Function("f", draw=lambda source: 1, points=3))))
