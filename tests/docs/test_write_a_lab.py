"""``docs/write-a-lab.md`` is followed to the letter: its lab is built, proved and graded with."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from pathlib import Path
from unittest.mock import patch

import pytest

from autograder.cli.main import main
from autograder.engines.pool import LocalEngine
from autograder.sandbox.message import Level
from tests.shared import no_mistakes_published, one_engine

from .page import COLUMNS, Command, Walk, compare, read_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "write-a-lab.md"
SALT = "always the same, so that the test is"


class Inside(Walk):
    """Runs our own commands in this process, with an engine that runs already."""

    def __init__(self, folder: Path, engine: LocalEngine) -> None:
        super().__init__(folder)
        self._engine = engine

    def _run(self, step: Command) -> None:
        words = shlex.split(step.text)
        if words[0] != "autograder":
            super()._run(step)
            return
        said = io.StringIO()
        with (
            one_engine(self._engine),
            no_mistakes_published(),  # the thorough walk publishes them
            patch.dict(os.environ, COLUMNS=COLUMNS),
            contextlib.chdir(self.place),
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(said),
        ):
            code = main(words[1:])
        compare(step, code, said.getvalue())


def walk_through(walk: Walk, level: Level, *, page: Path = PAGE, slow: bool) -> Walk:
    """Take all steps of the page; the course's salt, drawn anew for a reader, is always one."""
    if level == "none":
        pytest.skip("the page grades submissions, and no secure sandbox is available here")
    folder = walk.place
    for step in read_page(page).steps:
        if slow or not step.slow:
            walk.take(step)
        for salt in folder.glob("*/secret_salt"):
            salt.write_text(SALT, "utf-8")
    return walk


@pytest.mark.timeout(1500)
def test_the_page_leads_to_a_lab_that_grades(tmp_path: Path, standard: LocalEngine) -> None:
    course = walk_through(Inside(tmp_path, standard), standard.level, slow=False).place
    grades = (course / "graded" / "hours" / "results.jsonl").read_text("utf-8").splitlines()
    assert len(grades) == 2
    assert '"score":0.0' in grades[0]
    assert "gradient-not-zeroed" in grades[1]
    assert (course / "feedback" / "student-02" / "hours" / "feedback.html").is_file()
    assert (course / "graded" / "hours" / "report.html").is_file()


@pytest.mark.thorough
def test_the_page_leads_to_a_lab_that_holds_wherever_mistakes_are_planted(
    tmp_path: Path, best_level: Level
) -> None:
    """As a reader does, each command in a process of its own."""
    walk_through(Walk(tmp_path), best_level, slow=True)
