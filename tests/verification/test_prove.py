"""A sound lab is proved; whatever is spoiled is refuted, where and by what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograder.course.folder import Course
from autograder.grading.lab import load_lab
from autograder.verification.context import Bench
from autograder.verification.item import Group, LabProof
from autograder.verification.verifier import Prover, claims, prove_lab

from .conftest import ACCEPTED

MakeBench = Callable[[Course], Bench]
SPOILED = {
    "sum for mean": ("torch.mean((yhat - y) ** 2)", "torch.sum((yhat - y) ** 2)"),
    "half of the loss": ("torch.mean((yhat - y) ** 2)", "torch.mean((yhat - y) ** 2) / 2"),
    "nothing zeroed": ("        w.grad = None\n", ""),
    "another rate": ("lr * w.grad", "0.5 * lr * w.grad"),
    "one iteration more": ("range(iterations)", "range(iterations + 1)"),
    "bias from nowhere": ("return w * x", "return w * x + 1"),
}


def reference(course: Course) -> Path:
    return course.reference("slope")


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text, f"{path.name} has no {old!r}"
    path.write_text(text.replace(old, new), "utf-8")


def refuted(proof: LabProof) -> dict[str, str]:
    return {f"{item.group}/{item.name}": item.message for item in proof.refuted}


@pytest.fixture
def prove(bench: MakeBench) -> Callable[..., LabProof]:
    """Return a function that proves slope: all of it, or some groups of claims."""

    def proof(course: Course, *groups: Group) -> LabProof:
        if not groups:
            return prove_lab(bench(course), "slope", planting=False)
        prover = Prover(bench(course), "slope")
        items = tuple(item for group in groups for item in prover.items(group))
        return LabProof(lab="slope", items=items, margins=(), seconds=0.0)

    return proof


Prove = Callable[..., LabProof]


def test_a_sound_lab_is_proved(course: Course, bench: MakeBench) -> None:
    for name in ACCEPTED[1:]:  # mistakes are planted into each
        (reference(course).parent / "accepted" / name).unlink()
    proof = prove_lab(bench(course), "slope")
    assert refuted(proof) == {}
    assert proof.count("accepted", "proved") == 1
    assert proof.count("rejected", "proved") == 3
    assert proof.count("reference", "proved") == 7
    assert proof.count("stub", "proved") == 2
    assert proof.count("mutant", "proved") >= 25
    assert proof.count("planted", "proved") >= 20
    assert {margin.check for margin in proof.margins} == {
        *("forward", "criterion", "loss_recorded"),
        *("loss_decreases", "final_parameters", "gradient_zeroing"),
    }


def test_margins_are_measured_on_both_sides(course: Course, prove: Prove) -> None:
    margins = {margin.check: margin for margin in prove(course).margins}
    for check in ("forward", "criterion", "loss_recorded", "final_parameters", "gradient_zeroing"):
        accepted, mutants = margins[check].accepted, margins[check].mutants
        assert accepted is not None
        assert mutants is not None
        assert 10 * accepted < 1 < mutants / 10
    spread = margins["final_parameters"].spread
    assert spread is not None
    assert 0 < spread < 0.1, "float32 differs from float64, and by far less than the tolerance"


@pytest.mark.parametrize("name", SPOILED)
def test_a_spoiled_reference_is_refused(name: str, course: Course, prove: Prove) -> None:
    replace(reference(course), *SPOILED[name])
    proof = prove(course)
    assert any(place.startswith("reference/") for place in refuted(proof)), refuted(proof)
    assert proof.count("accepted") == 0, "nothing is judged by a reference that does not hold"


def test_isolated_scenarios_that_show_nothing_are_refuted(course: Course, prove: Prove) -> None:
    text = course.exercise("slope").read_text("utf-8")
    parts = text.split("isolated=True")
    assert len(parts) > 1
    spoiled = "isolated=True, learning_rate=1e-12".join(
        part.replace("learning_rate=0.06,", "") if number else part
        for number, part in enumerate(parts)
    )
    course.exercise("slope").write_text(spoiled, "utf-8")
    found = refuted(prove(course))
    assert (
        "not passed with our forward and criterion"
        in found["reference/passes with our forward and criterion"]
    )


def test_a_spec_that_does_not_load_is_refused(course: Course, prove: Prove) -> None:
    replace(course.exercise("slope"), "hidden_seeds=", "hiden_seeds=")
    assert list(refuted(prove(course))) == ["spec/exercise.py"]


def test_an_accepted_file_that_loses_a_point_is_refuted(course: Course, prove: Prove) -> None:
    path = reference(course).parent / "accepted" / "functional_mse.py"
    path.write_bytes((path.parents[1] / "rejected" / "criterion_sum.py").read_bytes())
    assert "criterion" in refuted(prove(course, "accepted"))["accepted/functional_mse.py"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("# fails: criterion", "# fails: forward", "declares to fail forward, but fails criterion"),
        ("# fails: criterion", "# fails: forwards", "names forwards"),
        ("# fails: criterion", "# nothing", "needs the lines"),
        ("# mistake: loss-sum-not-mean", "# mistake: loss-root", "loss-root"),
        ("# mistake: loss-sum-not-mean", "# mistake: none", "which the grade names"),
    ],
)
def test_a_rejected_file_must_be_what_it_declares(
    old: str, new: str, said: str, course: Course, prove: Prove
) -> None:
    replace(reference(course).parent / "rejected" / "criterion_sum.py", old, new)
    assert said in refuted(prove(course, "rejected"))["rejected/criterion_sum.py"]


def test_a_stale_assignment_is_refuted(course: Course, prove: Prove) -> None:
    (course.assignment("slope") / "slope.py").write_text("# by hand\n", "utf-8")
    assert "stale" in refuted(prove(course, "build"))["build/slope.py"]


def test_a_missing_assignment_is_refuted(course: Course, prove: Prove) -> None:
    (course.assignment("slope") / "slope.py").unlink()
    found = refuted(prove(course, "stub", "build"))
    assert "missing" in found["build/slope.py"]
    assert "no such file" in found["stub/slope.py"]


def test_a_stub_that_earns_points_is_refuted(course: Course, prove: Prove) -> None:
    solution = reference(course).read_bytes()
    (course.assignment("slope") / "slope.py").write_bytes(solution)
    assert "10.0 points" in refuted(prove(course, "stub"))["stub/slope.py"]


def test_a_hidden_seed_in_the_assignment_is_refuted(course: Course, prove: Prove) -> None:
    replace(course.exercise("slope"), "hidden_seeds=(", "hidden_seeds=(987654, ")
    notes = course.assignment("slope") / "notes.txt"
    notes.write_text("Row 987654; torch.manual_seed(21), 22 of them\n", "utf-8")
    said = refuted(prove(course, "build"))["build/hidden seeds"]
    assert said == (
        "notes.txt contains the hidden seed 987654; notes.txt contains the hidden seed 21"
    )


def test_hidden_data_in_the_published_numbers_are_refuted(course: Course, prove: Prove) -> None:
    plan = load_lab(course, "slope").plan
    hidden = next(p for p in plan.scenarios if not p.public)
    published = json.loads(course.expected("slope").read_text("utf-8"))
    published["scenarios"][0]["situation"]["data"] = {
        name: msgspec.to_builtins(array) for name, array in hidden.scenario.situation.data.items()
    }
    course.expected("slope").write_text(json.dumps(published), "utf-8")
    assert "data of" in refuted(prove(course, "build"))["build/hidden seeds"]


def test_tolerances_too_wide_for_a_mutant_are_refuted(course: Course, prove: Prove) -> None:
    spec = course.exercise("slope")
    text = spec.read_text("utf-8")
    text = text.replace(
        "from autograder.exercise import ", "from autograder.exercise import Tolerance, "
    )
    text = text.replace(
        "    points={",
        '    tolerances={"final_parameters": Tolerance(rtol=0.1, atol=0.1)},\n    points={',
    )
    spec.write_text(text, "utf-8")
    proof = prove(course)
    assert "less than ten" in refuted(proof)["margin/final_parameters"]


def test_claims_are_listed_without_running_anything(course: Course) -> None:
    listed = claims(course, "slope")
    assert listed["accepted"] == sorted(listed["accepted"])
    assert "train_model:gradient-not-zeroed-1" in listed["mutant"]
    assert listed["build"] == ["slope"]
