"""A gradebook of an older version: opening it adds what is missing and keeps every row."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, select, text

from autograder.gradebook.book import Book
from autograder.gradebook.tables import ATTEMPT, METADATA, OVERRIDE

LATER = ("kind", "late", "text", "who", "submission", "previous", "undoes")
ROW = "(id, assignment, student, cell, points, reason, recorded)"


@pytest.fixture
def old(tmp_path: Path) -> str:
    """The URL of a gradebook whose changes by hand have no kind yet, and without ids elsewhere."""
    pytest.importorskip("nbgrader")
    url = f"sqlite:///{tmp_path / 'gradebook.db'}"
    with Book(url) as book:
        book.nbgrader.add_student("student-01", first_name="One")
    engine = create_engine(url)
    with engine.begin() as changing:
        for column in LATER:
            changing.execute(text(f"ALTER TABLE {OVERRIDE.name} DROP COLUMN {column}"))
        changing.execute(text("DROP TABLE autograder_identity"))
        values = "(1, 'slope', 'student-01', 'criterion', 2.0, 'oral exam', '2026-10-01 12:00:00')"
        changing.execute(text(f"INSERT INTO {OVERRIDE.name} {ROW} VALUES {values}"))
    engine.dispose()
    return url


def test_what_is_missing_is_added_and_every_row_stays(old: str) -> None:
    for _ in range(2):  # and opening it once more changes nothing
        with Book(old) as book:
            engine = book.nbgrader.engine
            with engine.connect() as reading:
                [row] = reading.execute(select(OVERRIDE)).all()
                there = {name: inspect(engine).get_columns(name) for name in METADATA.tables}
            assert book.nbgrader.find_student("student-01").first_name == "One"
        assert (row.points, row.reason, row.kind) == (2.0, "oral exam", None)
        for name, table in METADATA.tables.items():
            assert {column["name"] for column in there[name]} == set(table.columns.keys())


def test_columns_of_a_newer_version_are_left_alone(old: str) -> None:
    engine = create_engine(old)
    with engine.begin() as changing:
        changing.execute(text(f"ALTER TABLE {ATTEMPT.name} ADD COLUMN mood VARCHAR(8)"))
    engine.dispose()
    with Book(old) as book:
        columns = inspect(book.nbgrader.engine).get_columns(ATTEMPT.name)
    assert "mood" in {column["name"] for column in columns}
