"""What pages tell people to type is there, and does what they say."""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import NamedTuple

import jsonschema
import msgspec
import pytest

from autograder.cli.main import build_parser
from autograder.engines.pool import LocalEngine
from autograder.grading.record import results_schema
from tests.cli.inside import run_inside
from tests.shared import learn, one_engine

from .commands import PAGES, ROOT, Command, commands_of

ALL = [command for page in PAGES for command in commands_of(page)]
OURS = [command for command in ALL if command.words[0] == "autograder"]
OF_THE_REPOSITORY = re.compile(
    r"^(assignments|autograder|benchmarks|docs|reference|submitted|tests)\b"
)
ELSEWHERE = ("write-a-lab.md",)  # a page that works in a course of its own
STUDENTS = ("student-01", "student-05", "student-06", "student-09")
TARGETS = re.compile(r"^([a-z]+):", re.MULTILINE)


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each command."""
    actions = build_parser()._actions
    found = next(a for a in actions if isinstance(a, argparse._SubParsersAction))
    return dict(found.choices)


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    """Return a command's options, and those of its own commands."""
    inner = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    nested = (options_of(one) for action in inner for one in action.choices.values())
    return set(parser._option_string_actions).union(*nested)


def refusal(words: tuple[str, ...]) -> str:
    """Return what the command line says against these words, or nothing."""
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            build_parser().parse_args(words)
    except SystemExit as end:
        return said.getvalue() if end.code else ""
    return ""


def test_commands_are_found_in_blocks_and_in_sentences() -> None:
    assert len([command for command in OURS if command.whole]) >= 20
    assert len([command for command in OURS if not command.whole]) >= 30
    assert len({command.page for command in OURS}) >= 10


@pytest.mark.parametrize("command", [c for c in OURS if c.whole], ids=str)
def test_a_command_that_is_shown_is_understood(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scheduler.json").write_text('{"address": "tcp://127.0.0.1:8786"}')
    assert refusal(command.words[1:]) == ""


@pytest.mark.parametrize("command", [c for c in OURS if not c.whole], ids=str)
def test_a_command_in_a_sentence_and_its_options_are_there(command: Command) -> None:
    known = parsers()
    words = command.words[1:]
    if words[:1] == ("--lang",):
        words = words[2:]
    name = next((word for word in words if not word.startswith("-")), None)
    if name is None or name == "COMMAND":
        return
    assert name in known
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert options <= options_of(known[name])


def test_an_option_that_is_not_there_is_refused() -> None:
    assert "unrecognized" in refusal(("grade", "submitted", "-a", "slope", "--quickly"))


@pytest.mark.parametrize("command", [c for c in ALL if c.words[0] == "make"], ids=str)
def test_a_target_of_make_that_is_named_is_there(command: Command) -> None:
    targets = set(TARGETS.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    assert {word for word in command.words[1:] if "=" not in word} <= targets


def test_files_of_the_repository_that_commands_name_are_there() -> None:
    missing = [
        str(command)
        for command in ALL
        if command.page.name not in ELSEWHERE
        for word in command.words[1:]
        if OF_THE_REPOSITORY.match(word) and not (ROOT / word).exists()
    ]
    assert missing == []


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one lab and four students, with the files that an LMS would give."""
    root = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    shutil.copytree(ROOT / "reference" / "slope", root / "reference" / "slope", ignore=ignored)
    shutil.copytree(ROOT / "assignments" / "slope", root / "assignments" / "slope")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    with zipfile.ZipFile(root / "download.zip", "w") as archive:
        for student in STUDENTS:
            for path in sorted((ROOT / "submitted" / student).rglob("slope*")):
                if path.is_file():
                    archive.write(path, f"{student}/slope/{path.name}")
    rows = [f'"X, {student}",{student},,,A,' for student in STUDENTS]
    head = "Student,ID,SIS User ID,SIS Login ID,Section,slope (1)"
    points = "    Points Possible,,,,,10"
    (root / "gradebook-export.csv").write_text("\n".join([head, points, *rows]) + "\n")
    sheet = "Identifier,Full name,Grade,Maximum grade,Grade can be changed,Last modified (grade)"
    lines = [f"Participant {n},{student} X,,10.00,Yes,-" for n, student in enumerate(STUDENTS, 1)]
    (root / "worksheet.csv").write_text("\n".join([sheet, *lines]) + "\n")
    shutil.copy(ROOT / "submitted" / "student-01" / "slope" / "slope.ipynb", root)
    (root / "students.csv").write_text(
        "id,last_name\n" + "\n".join(f"{s},X" for s in STUDENTS) + "\n"
    )
    return root


class Finished(NamedTuple):
    """How a command ended, and what it said."""

    returncode: int
    stdout: str
    stderr: str


def run_here(course: Path, *words: str) -> Finished:
    """Give a command in the course folder, in this process: what it imports is imported once."""
    return Finished(*run_inside(*words, folder=course))


@pytest.fixture(scope="module")
def followed(course: Path, standard: LocalEngine, bank: Path) -> list[tuple[Command, Finished]]:
    """Each command of the gradebook's page, given in the page's order, and how it ended."""
    pytest.importorskip("nbgrader")
    learn(course / "graded", bank)
    weak = ["--allow-weak-isolation"] if standard.level == "none" else []
    ended = []
    for command in commands_of(ROOT / "docs" / "gradebook.md"):
        if command.whole and command.words[0] == "autograder":
            words = command.words[1:]
            with one_engine(standard):
                done = run_here(course, *words, *(weak if words[0] == "grade" else []))
            ended.append((command, done))
    return ended


def test_the_page_on_the_gradebook_does_what_it_says(
    followed: list[tuple[Command, Finished]], course: Path
) -> None:
    assert len(followed) > 8
    for command, done in followed:
        assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert (course / "import.csv").is_file()
    assert (course / "feedback" / "student-09" / "slope" / "feedback.html").is_file()
    gone = ("graded/slope/report.html", "submitted/student-05", "feedback/student-05")
    assert not [path for path in gone if (course / path).exists()], "forgotten at the end"


@pytest.mark.usefixtures("followed")
@pytest.mark.parametrize("format_", ["csv", "nbgrader"])
def test_a_table_has_a_line_for_each_student(course: Path, format_: str) -> None:
    done = run_here(course, "export", "-a", "slope", "--format", format_)
    assert done.returncode == 0
    assert (
        sum(student in done.stdout for student in STUDENTS) == len(STUDENTS) - 1
    )  # one is forgotten


@pytest.mark.usefixtures("followed")
def test_who_has_a_score_and_no_line_in_the_roster_is_named_with_exit_code_1(course: Path) -> None:
    whole = (course / "gradebook-export.csv").read_text()
    (course / "short.csv").write_text("\n".join(whole.splitlines()[:3]) + "\n")
    words = ("export", "-a", "slope", "--format", "canvas", "--roster", "short.csv")
    done = run_here(course, *words)
    assert done.returncode == 1
    assert "student-09" in done.stderr


def test_lines_of_a_real_run_are_of_the_published_schema(
    course: Path, standard: LocalEngine, bank: Path
) -> None:
    learn(course / "graded", bank)
    weak = ["--allow-weak-isolation"] if standard.level == "none" else []
    if not (course / "submitted").is_dir():
        assert run_here(course, "collect", "download.zip", "-a", "slope").returncode == 0
    unusable = course / "submitted" / "student-99" / "slope" / "report.pdf"
    unusable.parent.mkdir(parents=True)
    unusable.write_bytes(b"%PDF-1.7")
    with one_engine(standard):
        done = run_here(course, "grade", "submitted", "-a", "slope", "--json", *weak)
    shutil.rmtree(unusable.parents[1])
    assert done.returncode == 0, done.stderr
    lines = [msgspec.json.decode(line) for line in done.stdout.splitlines()]
    assert {line["student"] for line in lines} >= {"student-01", "student-06", "student-09"}
    assert {line["status"] for line in lines} == {"graded", "not_gradable"}
    for line in lines:
        jsonschema.validate(line, results_schema())
        assert set(line) | {"texts"} == set(results_schema()["properties"])


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("doctor",), 0),
        (("grade", "submitted"), 2),
        (("grade", "nowhere", "-a", "slope"), 1),
        (("grade", "submitted", "-a", "nolab"), 1),
        (("build", "--check", "nolab"), 1),
    ],
)
def test_exit_codes_are_those_of_the_page(course: Path, words: tuple[str, ...], code: int) -> None:
    assert run_here(course, *words).returncode == code
