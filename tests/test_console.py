"""What is printed falls back to what the console has; nobody gets a traceback for a mark."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from autograder.console import PLAIN, fall_back, shown
from autograder.notebook.check import check
from autograder.notebook.items import CheckFailed, shown_here
from tests.cli.command import COMMAND
from tests.cli.inside import run_inside
from tests.notebook.student import PILING, RIGHT, lab_folder, solved

ENCODINGS = ("cp1252", "cp932", "ascii", "cp437", "cp1251")
RICH = "✔ ✘ … – ─ │ 你 ß \udce9 \u202e 😀 ⠋"


def console(encoding: str, errors: str = "strict") -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding, errors)


def written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    return stream.buffer.getvalue()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_any_text_can_be_shown_and_stays_what_it_is_where_it_can(encoding: str) -> None:
    for text in (RICH, "".join(PLAIN), "".join(map(chr, range(0x3000)))):
        found = shown(text, encoding)
        assert shown(found, encoding) == found
        found.encode(encoding)
    assert shown("✔ forward, ✘ train_model", encoding) == "+ forward, x train_model"
    assert shown("a plain line", encoding) == "a plain line"


def test_letters_lose_no_more_than_they_must() -> None:
    assert shown("José — x² ≤ “3”", "cp1252") == "José — x² <= “3”"
    assert shown("José — x² ≤ “3”", "ascii") == 'Jose - x2 <= "3"'
    assert shown("Łukasz Groß: 你…", "ascii") == "Lukasz Gross: ?..."
    assert shown("✔ 你", "utf-8") == "✔ 你"
    assert shown("✔", None) == shown("✔", "no-such-codec") == "✔"


@pytest.mark.parametrize("encoding", [*ENCODINGS, "utf-8"])
def test_streams_take_any_text_from_then_on(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = console(encoding), console(encoding, "backslashreplace")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    fall_back()
    print(RICH)
    print(RICH, file=sys.stderr)
    assert written(out) == written(err) == (shown(RICH, encoding) + "\n").encode(encoding)


def test_a_handler_that_the_user_chose_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = console("ascii", "xmlcharrefreplace")
    monkeypatch.setattr(sys, "stdout", chosen)
    fall_back()
    print("✔")
    assert written(chosen) == b"&#10004;\n"


def test_bytes_of_file_names_pass_through_a_console_that_passes_them_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = console("ascii", "surrogateescape")  # the locale C
    monkeypatch.setattr(sys, "stdout", bare)
    fall_back()
    print(os.fsdecode("José".encode()).encode("utf-8", "surrogateescape").decode("ascii", "surrogateescape"), "✔")  # fmt: skip
    assert written(bare) == "José +\n".encode()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_tables_and_bars_are_drawn_with_what_there_is(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.test_render import GRADES, results_table

    out = console(encoding)
    monkeypatch.setattr(sys, "stdout", out)
    fall_back()
    Console(width=60).print(results_table(GRADES, "…"))
    assert b"student-01" in written(out)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("written_in", "code"), [(RIGHT, 0), (PILING, 1)], ids=["right", "wrong"])
def test_check_says_the_same_with_plain_marks(
    encoding: str, written_in: object, code: int, tmp_path: Path
) -> None:
    functions = {**RIGHT} if code == 0 else {**RIGHT, "train_model": PILING}
    path = solved(lab_folder(tmp_path) / "slope.py", functions)
    rich = run_inside("check", str(path), folder=tmp_path)
    plain = run_inside("check", str(path), folder=tmp_path, encoding=encoding)
    assert (rich.code, plain.code) == (code, code), plain.stderr
    assert plain.stdout == shown(rich.stdout, encoding)
    assert ("gradient_zeroing" in plain.stdout.partition("+ ")[0]) == (code == 1)


def test_json_is_utf_8_whatever_the_console_is(tmp_path: Path) -> None:
    path = solved(lab_folder(tmp_path) / "slope.py")
    path.write_text(path.read_text("utf-8") + "\n# %%\nraise ValueError('✔')\n", "utf-8")
    found = run_inside("check", str(path), "--json", folder=tmp_path, encoding="latin-1")
    assert "✔" in str(json.loads(found.stdout.encode("latin-1").decode("utf-8"))["notes"])


@pytest.mark.parametrize("variables", [
    pytest.param({"PYTHONIOENCODING": "cp1252"}, marks=pytest.mark.thorough),
    pytest.param({"PYTHONIOENCODING": "cp932"}, marks=pytest.mark.thorough),
    {"PYTHONUTF8": "0", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"},
])  # fmt: skip
def test_a_process_of_its_own_ends_well(variables: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "new", "course", "✔ ⠋ course"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **variables},
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"written    + ? course/nbgrader_config.py" in done.stdout + done.stderr
    assert "✔ ⠋ course" in (tmp_path / "✔ ⠋ course" / "README.md").read_text("utf-8")


def test_a_name_of_bytes_that_are_no_text_can_be_a_course_s(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    made = run_inside("new", "course", str(folder), folder=tmp_path)
    assert made.code == 0, made.stderr
    assert "caf?/nbgrader_config.py" in made.stdout
    assert "caf\ufffd" in (folder / "README.md").read_text("utf-8")


def test_pytest_shows_what_its_console_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdout__", console("cp932"))
    assert shown_here(CheckFailed("✘ x² …")) == "x x2 …"


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_check_in_a_script_prints_what_the_console_has(
    encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = console(encoding)
    monkeypatch.chdir(lab_folder(tmp_path))
    monkeypatch.setattr(sys, "stdout", out)
    assert check("forward", namespace={"__file__": str(tmp_path / "slope" / "slope.py")}) == 0.0
    assert written(out).decode(encoding)[2:].strip().startswith("forward is not defined")
    assert out.errors == "strict", "the student's own stream is left as it is"
