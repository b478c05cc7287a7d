"""``autograder check`` finds the lab, tells what a student needs, and ends with a code of its own."""

from __future__ import annotations

import builtins
import json
import os
import sys
import zipfile
from pathlib import Path

import pytest
import torch

import autograder
from autograder.cli.main import main
from autograder.grading.record import Grade
from autograder.notebook import public
from autograder.notebook.file import Help
from autograder.protocol.job import Budget
from tests.notebook.student import PILING, RIGHT, ROOT, lab_folder, solved

pytestmark = pytest.mark.usefixtures("elsewhere")
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work where no course folder is."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("name", ["slope.ipynb", "slope.py"])
def test_a_right_file_passes(name: str, tmp_path: Path, capsys: Shown) -> None:
    assert main(["check", str(solved(lab_folder(tmp_path) / name))]) == 0
    shown = capsys.readouterr().out
    assert shown.count("✔") == 6
    assert "not the grade" in shown


@pytest.mark.parametrize("name", ["slope.ipynb", "slope.py"])
def test_the_stubs_are_named_kindly(name: str, tmp_path: Path, capsys: Shown) -> None:
    assert main(["check", str(lab_folder(tmp_path) / name)]) == 1
    shown = capsys.readouterr().out
    assert "forward is not written yet" in " ".join(shown.split())
    assert "Traceback" not in shown


def test_what_is_wrong_is_told_with_place_fact_and_hint(tmp_path: Path, capsys: Shown) -> None:
    path = solved(lab_folder(tmp_path) / "slope.ipynb", {**RIGHT, "train_model": PILING})
    assert main(["check", str(path)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "gradient_zeroing ✘ final_parameters" in shown
    assert "sum of the gradients" in shown
    assert "Hint:" in shown


def test_json_is_one_object_with_the_keys_of_a_grade(tmp_path: Path, capsys: Shown) -> None:
    path = solved(lab_folder(tmp_path) / "slope.py", {**RIGHT, "train_model": PILING})
    path.write_text(path.read_text() + "\nprint('loud')\n")
    assert main(["check", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert set(Grade.__struct_fields__) <= set(found)
    assert (found["isolation"], found["status"], found["assignment"]) == ("none", "graded", "slope")
    assert found["score"] == sum(check["points"] for check in found["checks"]) == 5.0
    assert "not the grade" in found["help"]


def test_the_record_has_a_grade_s_fields_in_its_order() -> None:
    own = Help.__struct_fields__
    assert tuple(name for name in own if name != "help") == Grade.__struct_fields__


def test_a_broken_cell_costs_what_it_defines(tmp_path: Path, capsys: Shown) -> None:
    broken = {**RIGHT, "criterion": "def criterion(yhat, y)\n    return 1\n"}
    path = solved(lab_folder(tmp_path) / "slope.ipynb", broken)
    assert main(["check", str(path), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    failed = [check["id"] for check in found["checks"] if not check["passed"]]
    assert failed == ["criterion"]
    assert any("syntax error" in note for note in found["notes"])


def test_a_folder_is_checked_by_the_file_that_is_meant(tmp_path: Path, capsys: Shown) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.py")
    assert main(["check", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["score"], found["file"]) == (10.0, "slope.py")
    assert any("slope.py was graded, not slope.ipynb" in note for note in found["notes"])


def test_of_two_files_that_are_worked_in_the_better_counts(tmp_path: Path, capsys: Shown) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.ipynb", {**RIGHT, "train_model": PILING})
    solved(folder / "slope.py")
    assert main(["check", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["score"], found["file"], found["review"]) == (
        10.0,
        "slope.py",
        ["several-worked"],
    )


def zipped(path: Path, *files: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return path


def test_a_zip_is_checked_by_the_file_in_it(tmp_path: Path, capsys: Shown) -> None:
    folder = lab_folder(tmp_path)
    source = "import own_tools\n" + solved(folder / "slope.py").read_text()
    (folder / "slope.py").write_text(source.replace("w * x", "own_tools.product(w, x)"))
    (folder / "own_tools.py").write_text("def product(a, b):\n    return a * b\n")
    path = zipped(folder / "hand in.zip", folder / "slope.py", folder / "own_tools.py")
    (folder / "own_tools.py").unlink()
    assert main(["check", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == "hand in.zip/slope.py"
    assert "own_tools" not in sys.modules


@pytest.mark.parametrize("value", [1, 2])
def test_modules_beside_the_file_are_imported_and_forgotten(
    tmp_path: Path, capsys: Shown, value: int
) -> None:
    folder, paths = lab_folder(tmp_path), [*sys.path]
    (folder / "own_tools.py").write_text(f"VALUE = {value}\n")
    path = solved(folder / "slope.ipynb")
    path.write_text(path.read_text().replace("import torch", "import own_tools\\nimport torch", 1))
    path.write_text(path.read_text().replace("w * x", f"w * x * own_tools.VALUE / {value}"))
    assert main(["check", str(path)]) == 0, capsys.readouterr().out
    assert sys.path == paths
    assert "own_tools" not in sys.modules


@pytest.mark.parametrize("name", ["slope.ipynb.json", "slope.py", "slope (1).ipynb", "slope.txt"])
def test_a_file_is_read_as_what_it_is(tmp_path: Path, capsys: Shown, name: str) -> None:
    folder = lab_folder(tmp_path)
    solved(folder / "slope.ipynb").rename(folder / name)
    assert main(["check", str(folder / name)]) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("slope.ipynb", b"{broken", "slope.ipynb: a notebook that is cut off"),
        ("slope.pdf", b"%PDF-1.7", "slope.pdf: a PDF; submit slope.ipynb or slope.py"),
    ],
)
def test_what_cannot_be_read_is_named(
    tmp_path: Path, capsys: Shown, name: str, data: bytes, words: str
) -> None:
    path = lab_folder(tmp_path) / name
    path.write_bytes(data)
    assert main(["check", str(path)]) == 2
    assert words in " ".join(capsys.readouterr().out.split())


def test_an_endless_cell_and_an_endless_function_are_ended_by_name(
    tmp_path: Path, capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "BUDGET", Budget(call_seconds=0.3, cells_seconds=0.3))
    monkeypatch.setattr("autograder.notebook.file.BUDGET", public.BUDGET)
    endless = "def train_model(iterations):\n    while True:\n        pass\n"
    path = solved(lab_folder(tmp_path) / "slope.py", {**RIGHT, "train_model": endless})
    assert main(["check", str(path)]) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "it was still running when it was stopped after 0.3 s" in shown
    assert "this loop was still running when it was stopped after 0.3 s" in shown


def test_input_and_exit_end_a_cell_not_the_command(tmp_path: Path, capsys: Shown) -> None:
    path = solved(lab_folder(tmp_path) / "slope.py")
    path.write_text(path.read_text() + "\n# %%\ntry:\n    input('?')\nfinally:\n    exit()\n")
    assert main(["check", str(path)]) == 0
    assert "?" not in capsys.readouterr().out


def test_checks_in_the_file_say_nothing_twice(tmp_path: Path, capsys: Shown) -> None:
    path = solved(lab_folder(tmp_path) / "slope.py")
    assert "check(" in path.read_text()
    main(["check", str(path)])
    assert capsys.readouterr().out.count("✔ forward") == 1


def test_the_process_is_left_as_it_was(tmp_path: Path) -> None:
    before = (os.getcwd(), dict(os.environ), sys.modules["__main__"], sys.stdin)
    state, tools = torch.get_rng_state(), sys.modules.get("autograder.plots")
    shell = getattr(builtins, "get_ipython", None)
    main(["check", str(solved(lab_folder(tmp_path) / "slope.py"))])
    assert (os.getcwd(), dict(os.environ), sys.modules["__main__"], sys.stdin) == before
    assert torch.equal(torch.get_rng_state(), state)
    assert sys.modules.get("autograder.plots") is tools
    assert getattr(builtins, "get_ipython", None) is shell
    assert callable(autograder.check)
    assert autograder.check.__module__ == "autograder.notebook.check"


@pytest.mark.parametrize(
    "name", ["slope.py", "slope (1).ipynb", "slope-Copy1.ipynb", "slope_final.py"]
)
def test_the_lab_goes_by_the_file_s_name(name: str, tmp_path: Path, capsys: Shown) -> None:
    course = tmp_path / "course"
    lab_folder(course / "assignments")
    work = tmp_path / "course" / "mine"
    work.mkdir()
    suffix = Path(name).suffix
    released = course / "assignments" / "slope" / f"slope{suffix}"
    (work / name).write_bytes(solved(released).read_bytes())
    expected = 2 if name == "slope_final.py" else 0  # no way to tell a word from a lab's name
    assert main(["check", str(work / name)]) == expected
    assert main(["check", str(work / name), "-a", "slope"]) == 0
    capsys.readouterr()


def test_the_lab_goes_by_the_notebook_s_metadata(tmp_path: Path, capsys: Shown) -> None:
    lab_folder(tmp_path / "assignments")
    notebook = json.loads((tmp_path / "assignments" / "slope" / "slope.ipynb").read_text())
    notebook["metadata"]["autograder"] = {"lab": "slope"}
    path = tmp_path / "homework.ipynb"
    path.write_text(json.dumps(notebook))
    assert main(["check", str(path)]) == 1
    assert "(slope)" in capsys.readouterr().out


def test_the_lab_goes_by_the_folder_of_a_submission(tmp_path: Path, capsys: Shown) -> None:
    lab_folder(tmp_path / "assignments")
    work = tmp_path / "submitted" / "student-01" / "slope"
    work.mkdir(parents=True)
    (work / "mine.py").write_bytes((tmp_path / "assignments" / "slope" / "slope.py").read_bytes())
    assert main(["check", str(work / "mine.py")]) == 1
    capsys.readouterr()


def test_numbers_beside_the_file_of_another_lab_do_not_count(tmp_path: Path, capsys: Shown) -> None:
    folder = lab_folder(tmp_path)
    assert main(["check", str(folder / "slope.py"), "-a", "line"]) == 2
    assert "belongs to lab slope" in capsys.readouterr().err


def test_a_course_can_be_named(tmp_path: Path, capsys: Shown) -> None:
    path = tmp_path / "slope.py"
    path.write_bytes((ROOT / "assignments" / "slope" / "slope.py").read_bytes())
    assert main(["check", str(path)]) == 2
    told = capsys.readouterr().err
    assert "copy the lab's expected.json, which comes with" in told
    assert "-a LAB" in told
    assert "--course DIR" in told
    assert main(["check", str(path), "--course", str(ROOT)]) == 1


@pytest.mark.parametrize("place", ["assignments/slope", "reference/slope"])
def test_a_file_of_any_name_is_of_the_lab_whose_folder_is_named(
    place: str, tmp_path: Path, capsys: Shown
) -> None:
    path = tmp_path / "lab1.py"
    path.write_bytes((ROOT / "assignments" / "slope" / "slope.py").read_bytes())
    solved(path)
    assert main(["check", str(path), "--course", str(ROOT / place)]) == 0
    assert "(slope): lab1.py" in capsys.readouterr().out
    assert main(["check", str(path), "-a", "slope", "--course", str(ROOT / place)]) == 0
    assert main(["check", str(path), "-a", "slope", "--course", str(ROOT / "assignments")]) == 0
    capsys.readouterr()


def test_the_lab_whose_folder_is_named_comes_before_what_lies_beside(
    tmp_path: Path, capsys: Shown
) -> None:
    path = lab_folder(tmp_path, "line") / "line.py"
    slope = str(ROOT / "assignments" / "slope")
    main(["check", str(path), "--course", slope])
    assert "(slope)" in capsys.readouterr().out
    assert main(["check", str(path), "-a", "line", "--course", slope]) == 2
    assert "belongs to lab slope" in capsys.readouterr().err


def test_a_folder_that_is_neither_a_course_nor_a_lab_s_is_refused(
    tmp_path: Path, capsys: Shown
) -> None:
    path = lab_folder(tmp_path) / "slope.py"
    assert main(["check", str(path), "--course", str(tmp_path)]) == 2
    assert "it has neither assignments/ nor expected.json" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("slope.ipynb", b"{", "a notebook that is cut off"),
        ("slope.py", b"\x00\x01\x02\xff\xfe\x00", "slope.py"),
    ],
)
def test_an_unreadable_file_is_named_with_code_2(
    name: str, content: bytes, told: str, tmp_path: Path, capsys: Shown
) -> None:
    path = lab_folder(tmp_path) / name
    path.write_bytes(content)
    assert main(["check", str(path)]) == 2
    assert told in capsys.readouterr().out


def test_a_missing_file_is_named_with_code_2(capsys: Shown) -> None:
    assert main(["check", "nothing.py"]) == 2
    assert "no such file" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["x.py", "--plot", "y.doc"], []])
def test_wrong_usage_has_code_2(arguments: list[str], capsys: Shown) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments])
    assert ended.value.code == 2
    capsys.readouterr()


@pytest.mark.parametrize(("suffix", "begin"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_the_picture_is_written(suffix: str, begin: bytes, tmp_path: Path, capsys: Shown) -> None:
    picture = tmp_path / f"picture{suffix}"
    assert (
        main(["check", str(solved(lab_folder(tmp_path) / "slope.py")), "--plot", str(picture)]) == 0
    )
    assert picture.read_bytes().startswith(begin)
    capsys.readouterr()


def test_without_training_there_is_no_picture_and_it_says_so(tmp_path: Path, capsys: Shown) -> None:
    picture = tmp_path / "picture.png"
    assert main(["check", str(lab_folder(tmp_path) / "slope.py"), "--plot", str(picture)]) == 1
    assert not picture.exists()
    assert "no picture" in capsys.readouterr().err


def test_the_user_s_interrupt_ends_the_command(tmp_path: Path, capsys: Shown) -> None:
    struck = "def train_model(iterations):\n    raise KeyboardInterrupt\n"
    path = solved(lab_folder(tmp_path) / "slope.ipynb", {**RIGHT, "train_model": struck})
    assert main(["check", str(path)]) == 130
    assert "interrupted" in capsys.readouterr().err
