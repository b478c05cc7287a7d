"""The queue: jobs are leased to a worker, and free again when the lease ends.

A submission is graded as often as it takes, and recorded once: the gradebook knows a grade again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, case, func, insert, select, update

from autograder.portal.tables import JOB, SUBMISSION

LEASE_SECONDS = 60.0
PAUSES = (2.0, 20.0, 120.0)  # after a failure: what is wrong may be over by then
TRIES = len(PAUSES) + 1
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
    A student's jobs in a lab are done in the order they came: what counts is the last one. What
    failed before is taken alone, so that it takes nobody else's down with it.
    """
    free = (JOB.c.state.in_(("queued", "running"))) & (JOB.c.lease <= now)
    busy = select(JOB.c.student, JOB.c.lab).where(JOB.c.state == "running", JOB.c.lease >= now)
    held = {(row.student, row.lab) for row in connection.execute(busy)}
    found: dict[str, Job] = {}
    lab = ""
    for row in connection.execute(_in_turn(free).limit(200 + most)):
        if row.lab != (lab or row.lab) or row.student in found or (row.student, row.lab) in held:
            continue
        if row.problem and found:
            continue
        lab = row.lab
        found[row.student] = _job(row)
        if len(found) == most or row.problem:
            break
    taken = []
    for job in found.values():
        this = (JOB.c.number == job.number) & free
        leased = {"state": "running", "owner": owner, "lease": now + LEASE_SECONDS}
        made = connection.execute(update(JOB).where(this).values(tries=job.tries + 1, **leased))
        taken += [dataclasses.replace(job, tries=job.tries + 1)] if made.rowcount else []
    return taken


def _in_turn(which: Any) -> Select[Any]:
    """Select jobs in the order in which they are done."""
    turn = func.row_number().over(
        partition_by=(JOB.c.student, JOB.c.priority), order_by=JOB.c.number
    )
    ranked = select(JOB, turn.label("rank")).where(which).subquery()
    return select(ranked).order_by(ranked.c.priority, ranked.c.rank, ranked.c.number)


def renew(connection: Connection, owner: str, now: float) -> None:
    """Keep what a worker has leased."""
    mine = (JOB.c.owner == owner) & (JOB.c.state == "running")
    connection.execute(update(JOB).where(mine).values(lease=now + LEASE_SECONDS))


def release(connection: Connection, owner: str) -> None:
    """Free what a worker still holds, which lost sight of it: the database was away, say."""
    _free(connection, JOB.c.owner == owner)


def release_all(connection: Connection, machine: str) -> None:
    """Free what workers of this machine held, which are no more: only one portal runs on it."""
    _free(connection, JOB.c.owner.startswith(machine, autoescape=True))


def _free(connection: Connection, theirs: Any) -> None:
    """Have jobs wait again, at once. Nobody knows why they ended: that was no try of theirs."""
    values = {"state": "queued", "owner": "", "lease": 0.0, "tries": JOB.c.tries - 1}
    connection.execute(update(JOB).where(theirs, JOB.c.state == "running").values(values))


def finish(connection: Connection, job: Job, owner: str, now: float, seconds: float) -> bool:
    """Note that a job is done; False where it is another worker's by now."""
    values = {"state": "done", "finished": now, "seconds": seconds, "problem": ""}
    return _end(connection, job, owner, values)


def fail(
    connection: Connection, job: Job, owner: str, now: float, problem: str, *, ours: bool = False
) -> bool:
    """Give a job back, to be tried after a while; or up: an instructor sees why, no 0 is given.

    Where nothing can be graded at all, which is ``ours``, jobs wait as long as it takes.
    """
    again = ours or job.tries < TRIES
    values: dict[str, Any] = {"state": "queued" if again else "failed", "problem": problem[:2000]}
    if again:
        values["lease"] = now + PAUSES[min(max(1, job.tries), len(PAUSES)) - 1]
        values["tries"] = job.tries - ours
    else:
        values["finished"] = now
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
    if last.state == "queued":
        return waiting(connection)[submission]
    return State(state=last.state, turn=last.turn, problem=last.problem)


def waiting(connection: Connection) -> dict[str, State]:
    """Return how far those are that are not done, by submission."""
    each = pace(connection)
    found: dict[str, State] = {}
    unended = JOB.c.state.in_(("queued", "running"))
    for ahead, row in enumerate(connection.execute(_in_turn(unended))):
        if row.state == "running":
            found[row.submission] = State(state="running", turn=row.turn)
        else:
            wait = (ahead + 1) * each
            queued = State(state="queued", turn=row.turn, ahead=ahead, wait_seconds=wait)
            found[row.submission] = queued
    return found


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


def is_running(connection: Connection, student: str, now: float) -> bool:
    """Return whether a worker has something of a student in hand."""
    theirs = (JOB.c.student == student) & (JOB.c.state == "running") & (JOB.c.lease > now)
    return connection.execute(select(JOB.c.number).where(theirs)).first() is not None


def retry(connection: Connection, number: int, now: float) -> None:
    """Try a job again that was given up."""
    this = (JOB.c.number == number) & (JOB.c.state == "failed")
    connection.execute(
        update(JOB).where(this).values(state="queued", tries=0, lease=0.0, queued=now)
    )


def _job(row: Any) -> Job:
    return Job(
        number=row.number,
        submission=row.submission,
        lab=row.lab,
        student=row.student,
        tries=row.tries,
    )
