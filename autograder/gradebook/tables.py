"""Our tables, in nbgrader's database: attempts with their evidence, overrides, students' ids.

They name students and assignments as nbgrader does, and refer to none of its rows: what nbgrader
removes, or makes anew, loses no evidence.
"""

from __future__ import annotations

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
)

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
