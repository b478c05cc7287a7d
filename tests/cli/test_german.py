"""With --lang de no command falls back on English: neither its help nor what it prints."""

from __future__ import annotations

import argparse
import re
import shutil
import string
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from autograder.cli.main import build_parser
from autograder.engines.pool import LocalEngine
from autograder.words.catalogue import LOCALE, speaking
from tests.shared import learn, one_engine

from .command import ROOT
from .inside import run_inside

WORDS = 3  # a sentence with fewer words of its own may be German by chance
RIGHT = (ROOT / "reference" / "slope" / "slope.py").read_text("utf-8")
WRONG = RIGHT.replace("w.grad.zero_()", "pass")
ROSTER = "id,last_name\nstudent-01,X\nstudent-02,X\nstudent-03,X\n"
SHEET = (
    "Student,ID,SIS User ID,SIS Login ID,Section,slope (1)\n    Points Possible,,,,,10\n"
    '"X, student-01",1,student-01,,A,\n"X, student-09",9,student-09,,A,\n'
)
COMMANDS = (
    "doctor",
    "new course other",
    "new lab second",
    "new lab class",
    "build --check slope",
    "build nolab",
    "roster",
    "roster --add students.csv",
    "roster -a slope",
    "roster import sheet.csv --dry-run",
    "roster import sheet.csv",
    "roster link student-01 canvas:user=77",
    "roster link student-02 canvas:user=77",
    "roster link --undo",
    "roster link nobody canvas:user=5",
    "roster --forget student-03",
    "collect archive.zip -a slope --dry-run",
    "collect sheet.csv -a slope",
    "changes -a slope",
    "show student-01",
    "override student-02 -a slope --bonus 1",
    "override student-02 -a slope --bonus 1 --reason good",
    "override student-02 -a slope --total --points 99 --reason good",
    "override student-02 -a slope --undo",
    "show student-02 -a slope",
    "reviewed student-01 -a slope",
    "reviewed nobody -a slope",
    "changes -a slope",
    "export -a slope --out all.csv",
    "export -a slope --format canvas",
    "export -a slope --format canvas --roster sheet.csv --out filled.csv",
    "report -a slope",
    "feedback -a slope",
    "name --list -a slope",
    "name -a slope",
    "name ffff -a slope --id none --says ja",
    "report -a nolab",
    "grade submitted -a slope --engine foo",
    "grade submitted -a slope --jobs 0",
    "grade nowhere -a slope",
    "verify nolab",
    "check nothing.py",
)


def parsers(parser: argparse.ArgumentParser, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of a parser and of its commands with where it stands."""
    yield f"{name} description", parser.description or ""
    yield f"{name} epilog", parser.epilog or ""
    for action in parser._actions:
        yield f"{name} {action.dest}", action.help or ""
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                yield f"{name} {choice.dest}", choice.help or ""
            for inner, one in action.choices.items():
                yield from parsers(one, f"{name} {inner}")


def sentences(language: str) -> dict[str, tuple[str, ...]]:
    with (LOCALE / language / "LC_MESSAGES" / "command.po").open("rb") as file:
        found = [(one.id, one.string) for one in read_po(file) if one.id]
    return {
        code if isinstance(code, str) else code[0]: (text,) if isinstance(text, str) else text
        for code, text in found
    }


def english() -> list[str]:
    """Return what is fixed in the English sentences of the catalogue, where German has others."""
    german = sentences("de")
    found = []
    for code, forms in sentences("en").items():
        for form in set(forms) - set(german[code]):
            fixed = max((before for before, *_ in string.Formatter().parse(form)), key=len)
            if len(re.findall(r"[^\W\d]{2,}", fixed)) >= WORDS:
                found.append(fixed)
    return [one for one in found if not any(one in text for text in chain(*german.values()))]


def test_every_text_of_the_help_is_german() -> None:
    with speaking("en"):
        before = dict(parsers(build_parser()))
    with speaking("de"):
        after = dict(parsers(build_parser()))
    assert before.keys() == after.keys()
    assert [place for place, text in before.items() if text and text == after[place]] == []


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, standard: LocalEngine, bank: Path) -> Path:
    """A course with a gradebook, and files that an LMS would have made."""
    pytest.importorskip("nbgrader")
    root = tmp_path_factory.mktemp("course")
    ignored = shutil.ignore_patterns("accepted", "rejected", "__pycache__")
    shutil.copytree(ROOT / "reference" / "slope", root / "reference" / "slope", ignore=ignored)
    shutil.copytree(ROOT / "assignments" / "slope", root / "assignments" / "slope")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for student, source in (("student-01", RIGHT), ("student-02", WRONG)):
        path = root / "submitted" / student / "slope" / "slope.py"
        path.parent.mkdir(parents=True)
        path.write_text(source, "utf-8")
    (root / "students.csv").write_text(ROSTER)
    (root / "sheet.csv").write_text(SHEET)
    shutil.make_archive(str(root / "archive"), "zip", root / "submitted")
    learn(root / "graded", bank)
    weak = ["--allow-weak-isolation"] if standard.level == "none" else []
    with one_engine(standard):
        done = run_inside("grade", "submitted", "-a", "slope", "--db", *weak, folder=root)
        assert done.code == 0, done.stderr
        spoken = run_inside(
            "--lang", "de", "grade", "submitted", "-a", "slope", "--db", *weak, folder=root
        )
    assert "Abgaben zu slope" in spoken.stderr
    return root


@pytest.mark.thorough
def test_what_commands_print_is_german(course: Path, tmp_path: Path) -> None:
    shutil.copytree(course, tmp_path / "course")
    not_german, wrong = english(), []
    for command in COMMANDS:
        done = run_inside("--lang", "de", *command.split(), folder=tmp_path / "course")
        for line in (*done.stdout.splitlines(), *done.stderr.splitlines()):
            found = [one for one in not_german if one in line]
            wrong += [(command, line, found)] * bool(found)
    assert wrong == []


def test_the_page_about_the_class_is_german(course: Path, tmp_path: Path) -> None:
    pages = {}
    for name in ("en", "de"):
        path = tmp_path / f"{name}.html"
        done = run_inside(
            "--lang", name, "report", "-a", "slope", "--out", str(path), folder=course
        )
        assert done.code == 0, done.stderr
        pages[name] = path.read_text("utf-8")
    assert '<html lang="de">' in pages["de"]
    assert "Was die Klasse falsch macht" in pages["de"]
    said = [one for one in english() if one in pages["en"]]
    assert len(said) > 5
    assert [one for one in said if one in pages["de"]] == []
