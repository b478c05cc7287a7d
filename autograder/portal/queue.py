"""The queue: jobs are leased to a worker, and free again when the lease ends.

A submission is graded as often as it takes, and recorded once: the gradebook knows a grade again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, case, func, insert, select, update

from autograder.portal.tables import JOB, SUBMISSION

LEASE_SECONDS = 60.0
TRIES = 3
FIRST, AGAIN = 0, 1  # priorities: whoever waits for an answer comes before a regrade
RECENT = 50  # jobs that an estimate goes by
GUESS_SECONDS = 1.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class Job:
    """A submission to be graded."""

    number: int
    submission: str
    lab: str
    student: str
    tries: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class State:
    """How far a submission is; ``ahead`` are the jobs before it, ``problem`` why it failed."""

    state: str
    turn: int = 0
    ahead: int = 0
    wait_seconds: float = 0.0
    problem: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self.state in ("done", "failed")


def enqueue(connection: Connection, submission: str, *, lab: str, student: str, now: float) -> None:
    """Add a job: the first of a submission, or one that grades it again."""
    last = connection.scalar(select(func.max(JOB.c.turn)).where(JOB.c.submission == submission))
    turn = 0 if last is None else last + 1
    values = {"submission": submission, "turn": turn, "lab": lab, "student": student}
    connection.execute(
        insert(JOB).values(
            priority=AGAIN if turn else FIRST,
            state="queued",
            owner="",
            lease=0.0,
            tries=0,
            queued=now,
            problem="",
            **values,
        )
    )


def regrade(connection: Connection, lab: str, now: float) -> int:
    """Queue all submissions of a lab that do not wait already; return how many."""
    waiting = select(JOB.c.submission).where(JOB.c.state.in_(("queued", "running")))
    wanted = (
        select(SUBMISSION.c.id, SUBMISSION.c.student)
        .where(SUBMISSION.c.lab == lab, SUBMISSION.c.id.not_in(waiting))
        .order_by(SUBMISSION.c.number)
    )
    rows = connection.execute(wanted).all()
    for row in rows:
        enqueue(connection, row.id, lab=lab, student=row.student, now=now)
    return len(rows)


def take(connection: Connection, owner: str, most: int, now: float) -> list[Job]:
    """Lease the next jobs, all of one lab and each of another student.

    Urgent ones first; then everybody's first before anybody's second; then in the order they came.
    A student's jobs in a lab are done in the order they came: what counts is the last one.
    """
    free = (JOB.c.state == "queued") | ((JOB.c.state == "running") & (JOB.c.lease < now))
    busy = select(JOB.c.student, JOB.c.lab).where(JOB.c.state == "running", JOB.c.lease >= now)
    held = {(row.student, row.lab) for row in connection.execute(busy)}
    turn = func.row_number().over(
        partition_by=(JOB.c.student, JOB.c.priority), order_by=JOB.c.number
    )
    ranked = select(JOB, turn.label("rank")).where(free).subquery()
    order = (ranked.c.priority, ranked.c.rank, ranked.c.number)
    found: dict[str, Job] = {}
    lab = ""
    for row in connection.execute(select(ranked).order_by(*order).limit(200 + most)):
        if row.lab != (lab or row.lab) or row.student in found or (row.student, row.lab) in held:
            continue
        lab = row.lab
        found[row.student] = _job(row)
        if len(found) == most:
            break
    taken = []
    for job in found.values():
        this = (JOB.c.number == job.number) & free
        leased = {"state": "running", "owner": owner, "lease": now + LEASE_SECONDS}
        made = connection.execute(update(JOB).where(this).values(tries=job.tries + 1, **leased))
        taken += [dataclasses.replace(job, tries=job.tries + 1)] if made.rowcount else []
    return taken


def renew(connection: Connection, owner: str, now: float) -> None:
    """Keep what a worker has leased."""
    mine = (JOB.c.owner == owner) & (JOB.c.state == "running")
    connection.execute(update(JOB).where(mine).values(lease=now + LEASE_SECONDS))


def release_all(connection: Connection, machine: str) -> None:
    """Free what workers of this machine held, which are no more: only one portal runs on it."""
    theirs = JOB.c.owner.startswith(machine, autoescape=True) & (JOB.c.state == "running")
    connection.execute(update(JOB).where(theirs).values(state="queued", owner="", lease=0.0))


def finish(connection: Connection, job: Job, owner: str, now: float, seconds: float) -> bool:
    """Note that a job is done; False where it is another worker's by now."""
    values = {"state": "done", "finished": now, "seconds": seconds, "problem": ""}
    return _end(connection, job, owner, values)


def fail(connection: Connection, job: Job, owner: str, now: float, problem: str) -> bool:
    """Give a job back, or up after some tries: then an instructor sees why. No 0 is given."""
    again = job.tries < TRIES
    values: dict[str, Any] = {"state": "queued" if again else "failed", "problem": problem[:2000]}
    values |= {"lease": 0.0} if again else {"finished": now}
    return _end(connection, job, owner, values)


def _end(connection: Connection, job: Job, owner: str, values: dict[str, Any]) -> bool:
    mine = (JOB.c.number == job.number) & (JOB.c.owner == owner) & (JOB.c.state == "running")
    return bool(connection.execute(update(JOB).where(mine).values(owner="", **values)).rowcount)


def state_of(connection: Connection, submission: str) -> State:
    """Return how far a submission is. One that is graded again is done all the while."""
    wanted = select(JOB).where(JOB.c.submission == submission).order_by(JOB.c.turn)
    rows = connection.execute(wanted).all()
    if not rows:
        return State(state="done")
    first, last = rows[0], rows[-1]
    if last.state == "done" or (first.state == "done" and last.state != "failed"):
        return State(state="done", turn=last.turn)
    if last.state != "queued":
        return State(state=last.state, turn=last.turn, problem=last.problem)
    before = (JOB.c.priority < last.priority) | (
        (JOB.c.priority == last.priority) & (JOB.c.number < last.number)
    )
    ahead = _count(connection, before)
    wait = (ahead + 1) * pace(connection)
    return State(state="queued", turn=last.turn, ahead=ahead, wait_seconds=wait)


def pace(connection: Connection) -> float:
    """Return how many seconds a job has taken lately."""
    recent = (
        select(JOB.c.seconds)
        .where(JOB.c.seconds.is_not(None))
        .order_by(JOB.c.finished.desc())
        .limit(RECENT)
    )
    found = [float(one) for one in connection.scalars(recent)]
    return sum(found) / len(found) if found else GUESS_SECONDS


def lengths(connection: Connection) -> dict[str, int]:
    """Return how many jobs are in each state."""
    states = select(JOB.c.state, func.count()).group_by(JOB.c.state)
    return {row[0]: row[1] for row in connection.execute(states)}


def unfinished(connection: Connection, most: int = 200) -> Sequence[Any]:
    """Return the jobs that are not done, failed ones first."""
    order = case((JOB.c.state == "failed", 0), (JOB.c.state == "running", 1), else_=2)
    wanted = select(JOB).where(JOB.c.state != "done").order_by(order, JOB.c.priority, JOB.c.number)
    return connection.execute(wanted.limit(most)).all()


def retry(connection: Connection, number: int, now: float) -> None:
    """Try a job again that was given up."""
    this = (JOB.c.number == number) & (JOB.c.state == "failed")
    connection.execute(update(JOB).where(this).values(state="queued", tries=0, queued=now))


def _count(connection: Connection, before: Any) -> int:
    waiting = select(func.count()).where(before, JOB.c.state.in_(("queued", "running")))
    return int(connection.scalar(waiting) or 0)


def _job(row: Any) -> Job:
    return Job(
        number=row.number,
        submission=row.submission,
        lab=row.lab,
        student=row.student,
        tries=row.tries,
    )
