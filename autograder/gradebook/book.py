"""An open gradebook: nbgrader's session, with our tables created and errors in plain words."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

from nbgrader.api import Assignment, Gradebook, MissingEntry
from sqlalchemy import URL, make_url, select
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.orm import Session

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.gradebook.tables import make_tables
from autograder.nbgrader_bridge.config import find_alembic
from autograder.words.catalogue import say

FILE = "gradebook.db"
SQLITE = "sqlite:///"
KINDS = ("sqlite:", "postgresql:", "postgresql+")
_SECRET = re.compile("pass|secret|token|key", re.IGNORECASE)


class BookUnavailable(CourseError):
    """The gradebook's database does not answer, or refused: it may do so another time."""


class Book:
    """A gradebook; use it in ``with``. Raises CourseError where it cannot be opened."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._shown = hidden_password(url)
        if not url.startswith(KINDS) or self._shown.endswith("://…"):
            raise CourseError(say("book-no-url", book=self._shown))
        find_alembic()
        try:
            self._gradebook = Gradebook(url)
            make_tables(self._gradebook.engine)
        except (ArgumentError, NoSuchModuleError) as error:
            raise CourseError(say("book-no-url", book=self._shown)) from error
        except ImportError as error:
            raise CourseError(say("book-needs", book=self._shown, name=error.name)) from error
        except SQLAlchemyError as error:
            raise self._told(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._gradebook.close()

    @property
    def nbgrader(self) -> Gradebook:
        """Nbgrader's own interface to the same database."""
        return self._gradebook

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit all that is done in the block, or nothing of it. Raises CourseError."""
        session: Session = self._gradebook.db()
        try:
            yield session
            session.commit()
        except SQLAlchemyError as error:
            session.rollback()
            raise self._told(error) from error
        except BaseException:
            session.rollback()
            raise

    def assignment(self, lab: str) -> Any:
        """Return nbgrader's assignment. Raises CourseError where the gradebook has none."""
        try:
            return self._gradebook.find_assignment(lab)
        except MissingEntry as error:
            with self.transaction() as session:
                known = ", ".join(sorted(session.scalars(select(Assignment.name)))) or say("none")
            raise CourseError(say("book-no-lab", book=self._shown, known=known, lab=lab)) from error

    def _told(self, error: SQLAlchemyError) -> BookUnavailable:
        lines = str(getattr(error, "orig", None) or error).strip().splitlines()
        cause = lines[0] if lines else type(error).__name__
        for secret in _secrets(self.url):
            cause = cause.replace(secret, "***")
        return BookUnavailable(say("book-failed", book=self._shown, cause=cause))


def url_of(course: Course, given: str | None) -> str:
    """Return the URL of a course's gradebook: the given one, or ``gradebook.db`` in its folder."""
    if given is None:
        return f"{SQLITE}{course.root / FILE}"
    if "://" not in given:  # a file's name
        if ":" in given.partition("@")[0] and "@" in given:
            raise CourseError(say("book-no-url", book="…"))
        return f"{SQLITE}{Path(given).absolute()}"
    if given.startswith("postgresql://"):
        return given.replace("postgresql://", "postgresql+psycopg://", 1)
    return given


def hidden_password(url: str) -> str:
    """Return a URL fit to be shown: no password in it, neither before the host nor behind a ``?``.

    Of a URL that cannot be read, or whose host still has an ``@``, only the scheme is shown.
    """
    scheme, slashes, _ = url.partition("://")
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return f"{scheme}://…" if slashes else "…"
    if "@" in (parsed.host or ""):
        return f"{scheme}://…"
    shown = URL.create(
        parsed.drivername,
        username=parsed.username,
        host=parsed.host,
        port=parsed.port,
        database=parsed.database,
        query={name: value for name, value in parsed.query.items() if not _SECRET.search(name)},
    )
    return shown.render_as_string()


def _secrets(url: str) -> list[str]:
    """Return the passwords in a URL, as written and as meant."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        return []
    values = [str(value) for name, value in parsed.query.items() if _SECRET.search(name)]
    found = [parsed.password or "", *values]
    return [form for secret in found if secret for form in (secret, quote(secret, safe=""))]


def now() -> dt.datetime:
    """Return the time as nbgrader stores it: UTC without a zone."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


def stored(moment: dt.datetime | None) -> dt.datetime | None:
    """Return a time with a zone as nbgrader stores it."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None) if moment else None


def shown(moment: dt.datetime | None) -> dt.datetime | None:
    """Return a time from the database with its zone."""
    return moment.replace(tzinfo=dt.UTC) if moment else None
