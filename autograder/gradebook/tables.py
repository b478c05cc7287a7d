"""Our tables, in nbgrader's database: attempts with their evidence, overrides, students' ids.

What was told of a score, and what of nbgrader's columns is a copy of ours, lies there, too. They
name students and assignments as nbgrader does: what nbgrader removes, or makes anew, loses no
evidence.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    Float,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    inspect,
    text,
)
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

METADATA = MetaData()

ATTEMPT = Table(
    "autograder_attempt",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("digest", String(64), nullable=False),  # of the grade without what changes by itself
    Column("turn", Integer, nullable=False),  # the last recorded counts, whatever the clock says
    Column("recorded", DateTime, nullable=False),  # UTC
    Column("submitted", DateTime),  # UTC
    Column("status", String(32), nullable=False),
    Column("score", Float),
    Column("max_score", Float, nullable=False),
    Column("submission_sha256", String(64), nullable=False),
    Column("exercise_sha256", String(64), nullable=False),
    Column("isolation", String(32), nullable=False),
    Column("grade", Text, nullable=False),  # the whole record, as in results.jsonl
    UniqueConstraint("assignment", "student", "digest"),
)
Index("autograder_attempt_of", ATTEMPT.c.assignment, ATTEMPT.c.student)

OVERRIDE = Table(
    "autograder_override",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("cell", String(128), nullable=False),
    Column("points", Float),  # None: the override before it was taken back
    Column("reason", Text, nullable=False),
    Column("recorded", DateTime, nullable=False),  # UTC
    # What follows came later: None in rows of before, which are of cells.
    Column("kind", String(16)),
    Column("late", Integer),  # 1: being late is taken off a total all the same
    Column("text", Text),  # a comment; until when an extension lasts
    Column("who", String(128)),
    Column("submission", String(64)),  # what counted then
    Column("previous", Float),  # the points by hand that a cell had before
    Column("undoes", Integer),  # the row that this one undoes
)
"""Every change by hand, a row each; none is ever changed or removed. ``cell`` is a check's name,
too, and empty where a change is of no part."""
SAID = Table(
    "autograder_said",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("assignment", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("occasion", String(32), nullable=False),  # an export's format, or "grade"
    Column("recorded", DateTime, nullable=False),  # UTC
    Column("snapshot", Text, nullable=False),  # what was told; of "grade": what was before it
    Column("after", Text),  # of "grade": what is since
)
Index("autograder_said_of", SAID.c.assignment, SAID.c.occasion)
COPY = Table(
    "autograder_copy",
    METADATA,
    Column("score", String(32), primary_key=True),  # the id of nbgrader's row
    Column("extra", Float, nullable=False),  # how much of its extra credit is ours
)
LATE = Table(
    "autograder_late",
    METADATA,
    Column("assignment", String(128), primary_key=True),
    Column("percent", Float, nullable=False),  # of the points, for each day begun
    Column("most", Float, nullable=False),  # percent that go at most
    Column("days", Float),  # what comes later has no points; None: no end
)
"""What being late costs in a lab that has a rule of its own."""
MOVE = Table(
    "autograder_move",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("source", String(128), nullable=False),
    Column("target", String(128), nullable=False),
    Column("recorded", DateTime, nullable=False),  # UTC
    Column("undone", Integer, nullable=False),
    Column("moved", Text, nullable=False),  # all that undoing it needs, as JSON
)
IDENTITY = Table(
    "autograder_identity",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("student", String(128), nullable=False),
    Column("system", String(32), nullable=False),  # canvas, moodle, …
    Column("kind", String(32), nullable=False),  # user, login, email, …, or name
    Column("scope", String(128), nullable=False),  # the assignment, where ids are given for each
    Column("value", String(255), nullable=False),  # as it was written
    Column("key", String(255), nullable=False),  # what spellings of it have in common
    Column("source", Text, nullable=False),  # the file that it came from
    Column("recorded", DateTime, nullable=False),  # UTC
)
Index("autograder_identity_of", IDENTITY.c.student)
_IDS = IDENTITY.c.kind != "name"  # several people may have one name
Index(
    "autograder_identity_once",
    *(IDENTITY.c[name] for name in ("system", "kind", "scope", "key")),
    unique=True,
    sqlite_where=_IDS,
    postgresql_where=_IDS,
)
Index("autograder_override_of", OVERRIDE.c.assignment, OVERRIDE.c.student)


def make_tables(engine: Engine) -> None:
    """Make the tables that are missing, and the columns that an older version did not have."""
    METADATA.create_all(engine)
    for table, column in _missing(engine):
        kind = column.type.compile(engine.dialect)
        try:
            with engine.begin() as connection:
                connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {column.name} {kind}"))
        except SQLAlchemyError:  # another process may have been quicker
            if (table, column.name) in [(t, c.name) for t, c in _missing(engine)]:
                raise


def _missing(engine: Engine) -> list[tuple[str, Column[Any]]]:
    found = []
    for name, table in METADATA.tables.items():
        there = {column["name"] for column in inspect(engine).get_columns(name)}
        found += [(name, column) for column in table.columns if column.name not in there]
    return found
