"""``pytest slope`` has an item for each check, of the file that the student works in."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.notebook.items import is_student_file
from tests.notebook.student import PILING, RIGHT, lab_folder, solved

CHECKS = (
    "forward",
    "criterion",
    "loss_recorded",
    "loss_decreases",
    "final_parameters",
    "gradient_zeroing",
)


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run pytest as a student does, in the folder above the lab's; return code and output."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "COLUMNS": "120", "PYTHONIOENCODING": "cp1252"}
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment
    )
    return done.returncode, done.stdout + done.stderr


def collected(folder: Path) -> list[str]:
    """Return the files that are collected where nothing is named."""
    paths = sorted(folder.iterdir())
    return [path.name for path in paths if is_student_file(path, named=False)]


def test_an_untouched_lab_is_checked_by_its_notebook_alone(tmp_path: Path) -> None:
    assert collected(lab_folder(tmp_path)) == ["slope.ipynb"]


@pytest.mark.parametrize("name", ["slope.ipynb", "slope.py"])
def test_the_file_that_is_worked_on_is_the_one(name: str, tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / name, {"forward": RIGHT["forward"]})
    assert collected(folder) == [name]


@pytest.mark.parametrize("name", ["homework.ipynb", "my homework.py"])
def test_a_file_of_another_name_is_the_one_where_it_is_worked_on(name: str, tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    (folder / f"slope{Path(name).suffix}").rename(folder / name)
    solved(folder / name, {"forward": RIGHT["forward"]})
    (folder / "notes.py").write_text("x = 1\n")
    assert collected(folder) == [name]


def test_a_notebook_saved_as_a_script_is_the_one(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.ipynb").rename(folder / "slope.py")
    assert collected(folder) == ["slope.py"]


@pytest.mark.thorough
def test_of_two_that_are_worked_on_the_better_one_is_tested(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.ipynb", {**RIGHT, "train_model": PILING})
    solved(folder / "slope.py")
    code, shown = run(tmp_path, "slope")
    assert code == 0
    assert "6 passed" in shown


def test_a_file_alone_is_the_one(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    (folder / "slope.ipynb").unlink()
    assert collected(folder) == ["slope.py"]


def test_a_named_file_is_taken_whatever_the_other_is(tmp_path: Path) -> None:
    assert is_student_file(lab_folder(tmp_path) / "slope.py", named=True)


def test_other_files_and_folders_without_numbers_are_left_alone(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    (folder / "notes.py").write_text("x = 1\n")
    assert "notes.py" not in collected(folder)
    (folder / "expected.json").write_text("[]")
    assert collected(folder) == []
    (folder / "expected.json").unlink()
    assert collected(folder) == []


def test_pytest_tells_in_short_what_does_not_pass_in_the_file_that_is_named(
    tmp_path: Path,
) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.ipynb", {**RIGHT, "train_model": PILING})
    solved(folder / "slope.py")  # the better one
    code, shown = run(tmp_path, "slope/slope.ipynb", "-vv")
    assert code == 1
    assert "3 passed" in shown
    assert "slope/slope.ipynb::forward PASSED" in shown
    assert "gradient_zeroing\n" in shown
    assert "Hint: What does backward() do" in shown
    assert "Each step uses the sum of the gradients so far" in shown
    assert "Traceback" not in shown
    assert "items.py" not in shown


def test_a_named_script_is_checked_and_not_imported(tmp_path: Path) -> None:
    folder = lab_folder(tmp_path)
    code, shown = run(tmp_path, "slope/slope.py", "--collect-only")
    assert (code, [f"slope/slope.py::{name}" in shown for name in CHECKS]) == (0, [True] * 6)
    assert "error" not in shown
    assert (folder / "slope.py").is_file()


def test_collecting_loads_nothing_heavy(tmp_path: Path) -> None:
    lab_folder(tmp_path)
    (tmp_path / "conftest.py").write_text(
        "import sys\n"
        "def pytest_collection_finish(session):\n"
        "    heavy = {'torch', 'numpy', 'rich', 'IPython'} & set(sys.modules)\n"
        "    print('heavy:', sorted(heavy), len(session.items))\n"
    )
    code, shown = run(tmp_path, "slope", "--collect-only", "-s")
    assert code == 0
    assert "heavy: [] 6" in shown
