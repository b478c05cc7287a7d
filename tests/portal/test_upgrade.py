"""A portal's database of another version: an older one is brought up to date, a newer one refused."""

from __future__ import annotations

import contextlib

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text

from autograder.errors import CourseError
from autograder.portal import database as of_portal
from autograder.portal.database import Database
from autograder.portal.people import student_person
from autograder.portal.tables import METADATA, PERSON
from tests.portal.conftest import START


def script() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(of_portal.MIGRATIONS))
    return settings


REVISIONS = [one.revision for one in ScriptDirectory.from_config(script()).walk_revisions()][::-1]


def at_revision(url: str, revision: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """Open a database as the version with this last migration did."""
    with monkeypatch.context() as patched:
        patched.setattr(command, "upgrade", lambda settings, _head: real(settings, revision))
        return Database(url)


real = command.upgrade


@pytest.mark.parametrize("revision", REVISIONS)
def test_rows_of_every_older_version_are_there_in_the_tables_of_now(
    url: str, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(at_revision(url, revision, monkeypatch)) as old, old.write() as writing:
        student_person(writing, "student-01", "One", START)
    with contextlib.closing(Database(url)) as new, new.read() as reading:
        assert reading.scalars(select(PERSON.c.student)).all() == ["student-01"]
        differs = compare_metadata(MigrationContext.configure(reading), METADATA)
        ours = [one for one in differs if "remove" not in str(one[0])]  # alembic's own table
        assert ours == []


def test_a_database_of_a_newer_version_is_refused_in_words_and_left_alone(url: str) -> None:
    with contextlib.closing(Database(url)) as newer, newer.write() as writing:
        student_person(writing, "student-01", "One", START)
        writing.execute(text("UPDATE portal_version SET version_num = 'from-the-future'"))
    with pytest.raises(CourseError, match="newer version of autograder"):
        Database(url)
    with contextlib.closing(at_any(url)) as engine:
        tables = inspect(engine.engine).get_table_names()
        with engine.engine.connect() as reading:
            version = reading.scalar(text("SELECT version_num FROM portal_version"))
    assert version == "from-the-future"
    assert PERSON.name in tables


def at_any(url: str) -> Database:
    """Open a database without any migration."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Database, "_migrate", lambda _self: None)
        return Database(url)
