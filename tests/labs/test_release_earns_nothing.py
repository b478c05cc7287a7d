"""No file that students receive scores above 0, or holds what a grade is computed from."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.exercise.published import load_published
from autograder.grading.grade import Grader
from autograder.grading.lab import Lab, load_lab
from autograder.protocol.array import Array, unpack
from autograder.protocol.job import outputs_of

ROOT = Path(__file__).resolve().parents[2]
LABS = Course(ROOT).lab_names()
SECRETS = ("def objective", "hidden_seeds", "variations=", "public_seeds", "secret_salt")


@functools.cache
def lab_of(name: str) -> Lab:
    return load_lab(Course(ROOT), name)


def files_of(lab: str) -> list[Path]:
    return sorted(path for path in (ROOT / "assignments" / lab).iterdir() if path.is_file())


@pytest.mark.parametrize("lab", LABS)
def test_no_file_of_the_release_scores(
    lab: str, grader_of: Callable[[str], Grader], tmp_path: Path
) -> None:
    for number, path in enumerate(files_of(lab), start=1):
        folder = tmp_path / f"student-{number:02}" / lab
        folder.mkdir(parents=True)
        shutil.copy(path, folder)
        shutil.copy(path, folder / f"{lab}.py") if path.suffix == ".json" else None
    grades = list(grader_of(lab).grade(tmp_path, find_submissions(tmp_path, lab)))
    assert len(grades) == len(files_of(lab)) >= 3
    assert {grade.score for grade in grades} == {0.0}


@pytest.mark.parametrize("lab", LABS)
def test_no_file_of_the_release_holds_the_spec_or_the_objective(lab: str) -> None:
    lines = (ROOT / "reference" / lab / "exercise.py").read_text("utf-8").splitlines()
    objective = [line.strip() for line in lines if "torch." in line and "return" in line]
    for path in files_of(lab):
        text = path.read_text("utf-8")
        assert [word for word in SECRETS if word in text] == [], path.name
        if path.suffix == ".json":
            assert [line for line in objective if line in text] == []
            published = json.loads(text)
            published.get("parts", {}).pop("fixtures", None)  # students may read the author's files
            assert "def " not in json.dumps(published)


@pytest.mark.parametrize("lab", LABS)
def test_no_file_of_the_release_holds_a_hidden_number(lab: str) -> None:
    """Targets, starts and probes of hidden situations are drawn: none may be found again."""
    plan = lab_of(lab).plan
    if not plan.exercise.trains:
        pytest.skip("draws of parts are compared by verify")
    contract = plan.exercise.contract
    classes = outputs_of(contract) is not None  # there are few of them: inputs and scores are told
    array, guess = (contract.inputs, "yhat") if classes else (contract.targets, "y")
    hidden = [p.scenario.situation.data[array] for p in plan.scenarios if not p.public]
    probes = [probe for probe in plan.probes if probe.id not in plan.public_probes]
    hidden += [getattr(probe, guess) for probe in probes if hasattr(probe, guess)]
    public = {value for p in plan.scenarios if p.public for value in _drawn(p.scenario, array)}
    secret = {v for array in hidden for v in _float32(array)} - public
    shown = set()
    published = load_published(ROOT / "assignments" / lab / "expected.json")
    for array in arrays_of(published):
        shown |= set(_float32(array))
    assert len(secret) > 20
    assert {value for value in secret & shown if value not in (0.0, 1.0)} == set()


def _drawn(scenario: Any, array: str) -> list[float]:
    return _float32(scenario.situation.data[array])


def _float32(array: Array) -> list[float]:
    with np.errstate(all="ignore"):
        found: list[float] = unpack(array).astype(np.float32).reshape(-1).tolist()
    return found


def arrays_of(value: object) -> Iterator[Array]:
    """Yield every array in a record."""
    if isinstance(value, Array):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from arrays_of(one)
    elif isinstance(value, (tuple, list)):
        for one in value:
            yield from arrays_of(one)
    elif hasattr(value, "__struct_fields__"):
        for name in value.__struct_fields__:
            yield from arrays_of(getattr(value, name))
