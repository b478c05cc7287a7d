"""What others rely on keeps its name, its fields and its place in the tree."""

from __future__ import annotations

import dataclasses
import inspect

import autograder.exercise
from autograder import errors
from autograder.errors import SpecError
from autograder.exercise import Exercise, Functions, Limits, Module, Tolerance, Variation
from autograder.exercise.spec import CHECKS, DEFAULT_TOLERANCES
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS


def fields(record: type) -> list[str]:
    """Return a dataclass's fields in order."""
    return [field.name for field in dataclasses.fields(record)]


def test_the_spec_s_names_are_these() -> None:
    records = ["Evaluation", "Exercise", "Function", "Functions", "Limits", "Model", "Module"]
    records += ["Object", "Random", "Recorded", "Rule", "Tolerance", "Validation", "Variable"]
    records += ["Variation"]
    steps = ["call", "construct", "edge", "kept", "load", "read", "static"]
    values = ["distribution", "fixture", "held_out", "relation", "result", "share"]
    assert autograder.exercise.__all__ == [*records, *sorted([*steps, *values])]


def test_what_python_code_imports_is_check_and_grade() -> None:
    assert autograder.__all__ == ["__version__", "check", "grade"]


def test_the_spec_s_records_have_these_fields() -> None:
    assert fields(Limits) == ["cell_seconds", "call_seconds", "total_seconds"]
    assert fields(Tolerance) == ["rtol", "atol"]
    assert fields(Variation) == ["name", "start", "learning_rate", "calls", "isolated", "data"]
    assert fields(Exercise) == [
        "lab",
        "title",
        "public_seeds",
        "hidden_seeds",
        "parts",
        "fixtures",
        "alternatives",
        "data",
        "objective",
        "start",
        "learning_rate",
        "iterations",
        "variations",
        "points",
        "tolerances",
        "limits",
        "check_says",
        "contract",
        "inert",
        "forward_inputs",
        "criterion_inputs",
        "recorded",
        "evaluation",
        "calls",
    ]
    assert list(Functions.__struct_fields__) == [
        "forward",
        "criterion",
        "train_model",
        "losses",
        "learning_rate",
        "inputs",
        "targets",
        "outputs",
        "validation",
        "records",
        "rule",
        "keeps_best",
        "stops_early",
        "numpy",
        "more_inputs",
    ]
    assert list(Module.__struct_fields__) == [
        "model_class",
        "arguments",
        "criterion",
        "train_model",
        "model",
        "optimizer",
        "dataset",
        "loader",
        "batch_size",
        "losses",
        "learning_rate",
        "inputs",
        "targets",
        "outputs",
        "validation",
        "records",
        "rule",
        "keeps_best",
        "stops_early",
        "without_dropout",
        "more_inputs",
    ]


def test_the_error_tree_is_this() -> None:
    found = {
        name: value.__base__.__name__
        for name, value in vars(errors).items()
        if inspect.isclass(value)
    }
    assert found == {
        "AutograderError": "Exception",
        "CourseError": "AutograderError",
        "SpecError": "CourseError",
        "ProtocolError": "AutograderError",
        "SandboxError": "AutograderError",
        "EndedError": "SandboxError",
        "IsolationError": "SandboxError",
    }


def test_a_spec_error_names_file_and_key_first() -> None:
    error = SpecError("points", "names no check", path="reference/slope/exercise.py")
    assert str(error) == "reference/slope/exercise.py: points: names no check"
    assert str(SpecError("points", "names no check")) == "points: names no check"


def test_the_checks_are_these() -> None:
    assert CHECKS == (
        "forward",
        "criterion",
        "loss_recorded",
        "loss_decreases",
        "final_parameters",
        "gradient_zeroing",
    )


def test_every_check_has_one_entry_and_every_entry_is_a_check() -> None:
    assert sorted([*PROBE_CHECKS, *TRAINING_CHECKS]) == sorted(CHECKS)
    assert set(DEFAULT_TOLERANCES) == set(CHECKS)


def test_every_check_is_a_module_of_its_own_name() -> None:
    for name, examine in {**PROBE_CHECKS, **TRAINING_CHECKS}.items():
        assert examine.__module__ == f"autograder.judge.checks.{name}"
