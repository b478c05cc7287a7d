"""The portal's database: opened, brought up to date, and used in short transactions.

One transaction writes at a time, on PostgreSQL as on SQLite: what was read in it is still so when
it commits. All of them are short.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, create_engine, event
from sqlalchemy.exc import SQLAlchemyError

from autograder.errors import CourseError
from autograder.gradebook.book import hidden_password
from autograder.words.catalogue import say

MIGRATIONS = Path(__file__).with_name("migrations")
WAIT_SECONDS = 30  # for another writer
WRITES = "portal_writes"
LOCK = 0x706F7274616C  # of PostgreSQL's advisory locks, the writer's


class Unavailable(CourseError):
    """The database does not answer, or not in time: what was asked for can be asked again."""


class Database:
    """Transactions from any thread. Raises CourseError where the database cannot be opened."""

    def __init__(self, url: str) -> None:
        self._shown = hidden_password(url)
        try:
            if url.startswith("sqlite"):
                waits: dict[str, Any] = {"timeout": WAIT_SECONDS, "check_same_thread": False}
                self.engine = create_engine(url, connect_args=waits, hide_parameters=True)
                event.listen(self.engine, "connect", _prepare)
                event.listen(self.engine, "begin", _begin)
            else:
                self.engine = create_engine(url, pool_pre_ping=True, pool_size=20)
                event.listen(self.engine, "begin", _begin_on_server)
            self._migrate()
        except (SQLAlchemyError, ImportError) as error:
            raise self._told(error) from error

    def _migrate(self) -> None:
        """Make the tables, or change those of an older version: all of it or nothing.

        Raises CourseError where a newer version made them.
        """
        settings = Config()
        settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        try:
            with self.write() as connection:
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")
        except CommandError as error:  # it has a version that is none of ours
            self.close()
            raise CourseError(say("portal-database-newer", book=self._shown)) from error

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """See one state of all tables throughout the block. Raises CourseError."""
        with self._transaction(writes=False) as connection:
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Commit all that is done in the block, or nothing of it. Raises CourseError."""
        with self._transaction(writes=True) as connection:
            yield connection

    @contextlib.contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            opened = self.engine.connect().execution_options(**{WRITES: writes})
            with opened as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise self._told(error) from error

    def _told(self, error: Exception) -> Unavailable:
        cause = type(getattr(error, "orig", None) or error).__name__
        return Unavailable(say("portal-database", book=self._shown, cause=cause))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Have SQLite keep what is committed even if the power goes, and let readers go on."""
    connection.isolation_level = None  # transactions begin below
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """Take the lock for writing at once: one that is asked for later may be refused."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_on_server(connection: Connection) -> None:
    """Wait for the other writer, so long; else see one state of all tables.

    Who takes the lock and is heard of no more loses it.
    """
    if connection.get_execution_options().get(WRITES, False):
        limits = f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"
        idle = f"SET LOCAL idle_in_transaction_session_timeout = '{2 * WAIT_SECONDS}s'"
        for statement in (limits, idle, f"SELECT pg_advisory_xact_lock({LOCK})"):
            connection.exec_driver_sql(statement)
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
