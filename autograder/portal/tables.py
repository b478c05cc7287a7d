"""The portal's tables. Times are seconds since 1970; scores lie in the gradebook, not here."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

PERSON = Table(
    "portal_person",
    METADATA,
    Column("id", String(43), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("student", String(128), unique=True),  # the id in the course; None: no student
    Column("name", String(255), nullable=False),
    Column("issuer", String(255), nullable=False),  # of a platform; else empty, as is the subject
    Column("subject", String(255), nullable=False),
    Column("created", Float, nullable=False),
)
Index("portal_person_of", PERSON.c.issuer, PERSON.c.subject)
SECRET = Table(
    "portal_secret",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # link, token (of the command line), session
    Column("person", String(43), nullable=False),
    Column("created", Float, nullable=False),
    Column("expires", Float, nullable=False),
)
"""What somebody can show to be known. Only its digest is kept; what is revoked is removed."""
Index("portal_secret_of", SECRET.c.person, SECRET.c.kind)
SUBMISSION = Table(
    "portal_submission",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(43), nullable=False, unique=True),
    Column("student", String(128), nullable=False),
    Column("lab", String(128), nullable=False),
    Column("attempt", Integer, nullable=False),  # 1, 2, … of this student in this lab
    Column("name", String(255), nullable=False),  # as the browser called the file
    Column("data", LargeBinary, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("received", Float, nullable=False),
    Column("once", String(64), nullable=False),  # of the form: the same one sent twice is one
    UniqueConstraint("student", "lab", "attempt"),
    UniqueConstraint("student", "once"),
)
JOB = Table(
    "portal_job",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("submission", String(43), nullable=False),
    Column("turn", Integer, nullable=False),  # 0: graded first; 1, 2, …: graded again
    Column("lab", String(128), nullable=False),
    Column("student", String(128), nullable=False),
    Column("priority", Integer, nullable=False),  # the least first
    Column("state", String(16), nullable=False),  # queued, running, done, failed
    Column("owner", String(128), nullable=False),
    Column("lease", Float, nullable=False),  # until when the owner has it
    Column("tries", Integer, nullable=False),
    Column("queued", Float, nullable=False),
    Column("finished", Float),
    Column("seconds", Float),  # of the worker
    Column("problem", Text, nullable=False),
    UniqueConstraint("submission", "turn"),
)
Index("portal_job_of", JOB.c.state, JOB.c.priority)
POLICY = Table(
    "portal_policy",
    METADATA,
    Column("lab", String(128), primary_key=True),
    Column("open", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),  # 0: as many as one likes
    Column("pause_seconds", Float, nullable=False),
    Column("late", Boolean, nullable=False),  # whether something is taken after the due date
    Column("told", String(16), nullable=False),
    Column("counts", String(16), nullable=False),
)
AUDIT = Table(
    "portal_audit",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("at", Float, nullable=False),
    Column("person", String(43), nullable=False),
    Column("who", String(255), nullable=False),
    Column("act", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("detail", Text, nullable=False),
)
LOGIN = Table(
    "portal_login",
    METADATA,
    Column("state", String(64), primary_key=True),
    Column("body", Text, nullable=False),
    Column("expires", Float, nullable=False),
)
"""Launches under way, each used once."""
COLUMN = Table(
    "portal_column",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("student", String(128), nullable=False),
    Column("lab", String(128), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("client_id", String(255), nullable=False),
    Column("lineitem", Text, nullable=False),
    Column("subject", String(255), nullable=False),
    Column("stamped", String(40)),  # the time that was last sent
    UniqueConstraint("student", "lab", "lineitem"),
)
"""Where a student's grades of a lab go in a learning platform."""
OUTBOX = Table(
    "portal_outbox",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("column", Integer, nullable=False),
    Column("given", Float, nullable=False),
    Column("maximum", Float, nullable=False),
    Column("is_new", Boolean, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("until", Float, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, refused
    Column("why", Text, nullable=False),
)
