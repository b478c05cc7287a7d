"""``docs/write-parts.md`` is followed to the letter: its lab of parts is built, proved, graded with."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.engines.pool import LocalEngine
from autograder.sandbox.message import Level

from .page import Walk
from .test_write_a_lab import Inside, walk_through

PAGE = Path(__file__).resolve().parents[2] / "docs" / "write-parts.md"


@pytest.mark.timeout(1500)
def test_the_page_leads_to_a_lab_that_grades(tmp_path: Path, standard: LocalEngine) -> None:
    """What the page proves with ``verify`` is proved by the thorough walk."""
    walk = walk_through(Inside(tmp_path, standard), standard.level, page=PAGE, slow=False)
    grades = (walk.place / "graded" / "scores" / "results.jsonl").read_text("utf-8").splitlines()
    assert '"score":0.0' in grades[0]
    assert '"score":8.0,"max_score":11.0' in grades[1]


@pytest.mark.thorough
def test_the_page_leads_to_a_lab_that_is_proved(tmp_path: Path, best_level: Level) -> None:
    """As a reader does, each command in a process of its own."""
    walk_through(Walk(tmp_path), best_level, page=PAGE, slow=True)
