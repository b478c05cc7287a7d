"""Wrong submissions written by someone who has not seen how mistakes are recognised.

And what happened, rather than what was computed, in notebooks: with its cell and line.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder.course.submission import find_submissions
from autograder.grading.grade import Grade, Grader
from autograder.judge.result import Diagnosis
from autograder.words.catalogue import say

FRESH = Path(__file__).parent / "fresh"
FILES = sorted(FRESH.glob("*/*.py"))
BY_DESIGN = {
    "minibatch/fresh_model": "the grader ties the optimizer to the model again, as the lab has it",
}


def header(path: Path, key: str) -> str:
    """Return a value of a file's first lines."""
    for line in path.read_text("utf-8").splitlines()[:5]:
        name, _, value = line.removeprefix("# ").partition(":")
        if name == key:
            return value.strip()
    raise AssertionError(f"{path}: no '# {key}: …'")


@pytest.fixture(scope="module")
def diagnosed(grader_of: Callable[[str], Grader]) -> dict[str, Grade]:
    found = {}
    for lab in sorted({path.parent.name for path in FILES}):
        folder = FRESH / lab
        for grade in grader_of(lab).grade(folder, find_submissions(folder, lab)):
            found[f"{lab}/{grade.student}"] = grade
    return found


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.xfail(reason=BY_DESIGN[name], strict=True))
        if (name := f"{path.parent.name}/{path.stem}") in BY_DESIGN
        else name
        for path in FILES
    ],
)
def test_a_mistake_is_named_in_its_function(name: str, diagnosed: dict[str, Grade]) -> None:
    path = FRESH / f"{name}.py"
    wanted = {part.strip() for part in header(path, "mistake").split("|")}
    grade = diagnosed[name]
    found = {diagnosis.id for diagnosis in grade.diagnosis}
    assert found & wanted, [say(check.message) for check in grade.checks if not check.passed]
    assert {diagnosis.function for diagnosis in grade.diagnosis} == {header(path, "function")}
    if len(found) > 1:
        assert all("several" in one.remarks for one in grade.diagnosis)


CELLS = {
    "data": (
        "import torch\n"
        "X = torch.arange(-3, 3, 0.1).view(-1, 1)\n"
        "Y = -3 * X\n"
        "w = torch.tensor(-10.0, requires_grad=True)\n"
        "lr = 0.1\n"
        "LOSS = []"
    ),
    "forward": "def forward(x):\n    return w * x",
    "criterion": "def criterion(yhat, y):\n    return torch.mean((yhat - y) ** 2)",
    "train_model": (
        "def train_model(n):\n"
        "    for epoch in range(n):\n"
        "        loss = criterion(forward(X), Y)\n"
        "        LOSS.append(loss.item())\n"
        "        loss.backward()\n"
        "        w.data = w.data - lr * w.grad.data\n"
        "        w.grad.data.zero_()"
    ),
}
TRAINING = CELLS["train_model"]
HAPPENS = {
    "not-implemented": ("forward", "def forward(x):\n    raise NotImplementedError", "2, line 2"),
    "wrong-signature": ("forward", "def forward(x, w, b):\n    return w * x + b", ""),
    "name-missing": ("criterion", CELLS["criterion"].replace("criterion", "criterian"), ""),
    "syntax-error": ("criterion", CELLS["criterion"].replace("):", ")"), "3, line 1"),
    "import-error": ("criterion", "from not_there import mse as criterion", "3, line 1"),
    "unknown-name": ("forward", "def forward(x):\n    return weight * x", "2, line 2"),
    "returns-nothing": ("forward", "def forward(x):\n    w * x", ""),
    "infinite-loop": (
        "train_model",
        "def train_model(n):\n    while True:\n        loss = criterion(forward(X), Y)",
        "4, line 2",
    ),
    "memory-exhausted": (
        "train_model",
        TRAINING.replace("LOSS.append(loss.item())", "torch.zeros(10**14)"),
        "4, line 4",
    ),
    "output-flood": (
        "train_model",
        "import os\ndef train_model(n):\n    while True:\n        os.write(1, b'training' * 1000)",
        "",
    ),
    "program-ended": (
        "train_model",
        TRAINING.replace("LOSS.append(loss.item())", "raise SystemExit"),
        "4, line 4",
    ),
    "shadowed-parameter": ("train_model", TRAINING.replace("w.data = w", "w = w"), "4, line 6"),
    "shadowed-name": (
        "train_model",
        TRAINING.replace("LOSS.append(loss.item())", "LOSS = LOSS + [loss.item()]"),
        "4, line 4",
    ),
    "parameter-reassigned": (
        "train_model",
        TRAINING.replace("    for", "    global w\n    for").replace("w.data = w", "w = w"),
        "4, line 8",
    ),
    "graph-broken": ("train_model", TRAINING.replace("Y)", "Y).detach()"), "4, line 5"),
    "backward-missing": ("train_model", TRAINING.replace("loss.backward()", "pass"), "4, line 6"),
    "zeroed-before-first-backward": (
        "train_model",
        TRAINING.replace("loss.backward()", "w.grad.zero_(); loss.backward()"),
        "4, line 5",
    ),
    "parameters-untouched": ("train_model", "def train_model(n):\n    pass", ""),
}


@pytest.fixture(scope="module")
def happened(
    grader_of: Callable[[str], Grader], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Diagnosis, ...]]:
    folder = tmp_path_factory.mktemp("submitted")
    for mistake, (role, source, _) in HAPPENS.items():
        cells = [nbformat.v4.new_code_cell(text) for text in {**CELLS, role: source}.values()]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / f"{mistake}.ipynb")
    grades = grader_of("slope").grade(folder, find_submissions(folder, "slope"))
    return {grade.student: grade.diagnosis for grade in grades}


@pytest.mark.parametrize("mistake", HAPPENS)
def test_what_happened_is_named_with_its_place(
    mistake: str, happened: dict[str, tuple[Diagnosis, ...]]
) -> None:
    role, _, place = HAPPENS[mistake]
    found = {diagnosis.id: diagnosis for diagnosis in happened[mistake]}
    assert found.pop("loss-not-recorded", None) is None or mistake == "parameters-untouched"
    assert mistake in found
    if len(found) > 1:
        assert all("several" in one.remarks for one in found.values())
    assert found[mistake].function == role
    if place:
        assert say(found[mistake].message).startswith(f"code cell {place}: ")
