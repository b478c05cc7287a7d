"""``docs/write-a-lab.md`` is followed to the letter: its lab is built, proved and graded with."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.sandbox.message import Level

from .page import Walk, read_page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "write-a-lab.md"
SALT = "always the same, so that the test is"


def walk_through(folder: Path, level: Level, *, slow: bool) -> Walk:
    """Take all steps of the page; the course's salt, drawn anew for a reader, is always one."""
    if level == "none":
        pytest.skip("the page grades submissions, and no isolation that counts works here")
    walk = Walk(folder)
    for step in read_page(PAGE).steps:
        if slow or not step.slow:
            walk.take(step)
        for salt in folder.glob("*/secret_salt"):
            salt.write_text(SALT, "utf-8")
    return walk


def test_the_page_leads_to_a_lab_that_grades(tmp_path: Path, best_level: Level) -> None:
    course = walk_through(tmp_path, best_level, slow=False).place
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
    walk_through(tmp_path, best_level, slow=True)
