"""What the LTI core keeps in the database: launches under way, and grades on their way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, delete, insert, select, update
from starlette.concurrency import run_in_threadpool

from autograder.lti.launch import Pending
from autograder.lti.outbox import Waiting
from autograder.lti.platform import choose
from autograder.portal.database import Database
from autograder.portal.policy import WITH_POINTS, load_policy, told_now
from autograder.portal.site import Site
from autograder.portal.tables import COLUMN, LOGIN, OUTBOX

EACH = 50  # grades in one delivery


class StoredLogins:
    """Launches under way; see ``autograder.lti.launch.Logins``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, pending: Pending) -> None:
        """Store a launch that has begun; those that nobody ended in time go."""
        body = msgspec.json.encode(pending).decode()
        await run_in_threadpool(keep, self._database, pending.state, body, pending.expires)

    async def take(self, state: str) -> Pending | None:
        """Remove and return a launch: of two who ask, one gets it."""
        body = await run_in_threadpool(take, self._database, state)
        return msgspec.json.decode(body, type=Pending) if body else None


def keep(database: Database, state: str, body: str, expires: float) -> None:
    """Store something under a state for a while."""
    with database.write() as connection:
        connection.execute(delete(LOGIN).where(LOGIN.c.expires < expires - 2 * 3600))
        connection.execute(insert(LOGIN).values(state=state, body=body, expires=expires))


def take(database: Database, state: str) -> str:
    """Remove what is stored under a state and return it, nothing where there is nothing."""
    with database.write() as connection:
        this = delete(LOGIN).where(LOGIN.c.state == state[:64]).returning(LOGIN.c.body)
        return connection.scalar(this) or ""


def add_column(connection: Connection, **values: str) -> None:
    """Keep where a student's grades of a lab go."""
    names = ("student", "lab", "lineitem")
    same = [COLUMN.c[name] == values[name] for name in names]
    known = connection.execute(select(COLUMN.c.number).where(*same)).first()
    if known is None:
        connection.execute(insert(COLUMN).values(**values))
    else:
        this = update(COLUMN).where(COLUMN.c.number == known.number)
        connection.execute(this.values(**values))


def send_score(site: Site, lab: str, student: str, *, is_new: bool) -> int:
    """Put a student's score of now on its way to each platform; return how many it goes to.

    Nothing goes while students are not to be told their points. A later score takes an earlier
    one's place.
    """
    found = site.shelf.standings(lab, student)
    if not found or found[0].score is None:
        return 0
    [standing] = found
    with site.database.write() as connection:
        policy = load_policy(connection, lab)
        if told_now(policy, standing.due, site.clock()) not in WITH_POINTS:
            return 0
        theirs = select(COLUMN.c.number).where(COLUMN.c.student == student, COLUMN.c.lab == lab)
        columns = connection.scalars(theirs).all()
        for column in columns:
            mine = (OUTBOX.c.column == column) & (OUTBOX.c.state == "waiting")
            older = connection.scalars(select(OUTBOX.c.is_new).where(mine)).all()
            connection.execute(delete(OUTBOX).where(OUTBOX.c.column == column))
            values = {"column": column, "given": standing.score, "maximum": standing.max_score}
            values |= {"is_new": is_new or any(older), "tries": 0, "until": 0.0}
            connection.execute(insert(OUTBOX).values(state="waiting", why="", **values))
    return len(columns)


def refused_scores(site: Site, lab: str) -> list[tuple[str, str]]:
    """Return whose grades of a lab a platform will not take, and why."""
    wanted = (
        select(COLUMN.c.student, OUTBOX.c.why)
        .join(COLUMN, COLUMN.c.number == OUTBOX.c.column)
        .where(OUTBOX.c.state == "refused", COLUMN.c.lab == lab)
    )
    with site.database.read() as connection:
        return [(row.student, row.why) for row in connection.execute(wanted)]


class StoredOutbox:
    """Grades on their way; see ``autograder.lti.outbox.Outbox``."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def due(self, now: float) -> Sequence[Waiting]:
        """Return what must be sent now."""
        return await run_in_threadpool(self._due, now)

    def _due(self, now: float) -> list[Waiting]:
        wanted = (
            select(OUTBOX, COLUMN)
            .join(COLUMN, COLUMN.c.number == OUTBOX.c.column)
            .where(OUTBOX.c.state == "waiting", OUTBOX.c.until <= now)
            .order_by(OUTBOX.c.number)
            .limit(EACH)
        )
        with self._site.database.read() as connection:
            rows = connection.execute(wanted).all()
        return [one for row in rows if (one := self._waiting(row)) is not None]

    def _waiting(self, row: Any) -> Waiting | None:
        platform = choose(self._site.platforms, row.issuer, row.client_id)
        if platform is None:  # removed since: it waits until it is there again
            return None
        return Waiting(
            id=row.number,
            platform=platform,
            lineitem=row.lineitem,
            subject=row.subject,
            given=row.given,
            maximum=row.maximum,
            comment=f"{self._site.base}/labs/{row.lab}",
            is_new=row.is_new,
            tries=row.tries,
            stamped=dt.datetime.fromisoformat(row.stamped) if row.stamped else None,
        )

    async def stamp(self, waiting: Waiting, at: dt.datetime) -> None:
        """Store the time that is about to be sent."""
        column = select(OUTBOX.c.column).where(OUTBOX.c.number == waiting.id).scalar_subquery()
        this = update(COLUMN).where(COLUMN.c.number == column)
        await self._change(this.values(stamped=at.isoformat()))

    async def sent(self, waiting: Waiting) -> None:
        """Remove a grade that the platform has."""
        await self._change(delete(OUTBOX).where(OUTBOX.c.number == waiting.id))

    async def later(self, waiting: Waiting, until: float, why: str) -> None:
        """Keep a grade until a time."""
        values = {"until": until, "why": why[:1000], "tries": waiting.tries + 1}
        await self._change(update(OUTBOX).where(OUTBOX.c.number == waiting.id).values(values))

    async def refused(self, waiting: Waiting, why: str) -> None:
        """Set a grade aside."""
        values = {"state": "refused", "why": why[:1000]}
        await self._change(update(OUTBOX).where(OUTBOX.c.number == waiting.id).values(values))

    async def _change(self, statement: Any) -> None:
        def change() -> None:
            with self._site.database.write() as connection:
                connection.execute(statement)

        await run_in_threadpool(change)
