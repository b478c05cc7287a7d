"""The worker: a thread that takes jobs from the queue, grades and records them, for ever.

It may end at any moment. What it held is taken again by the next one, and grading and recording
twice is grading and recording once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from sqlalchemy import Connection

from autograder.errors import AutograderError, SandboxError
from autograder.portal import queue
from autograder.portal.bench import Earlier, Graded, Grades, Item, Recorder
from autograder.portal.database import Database
from autograder.portal.intake import bytes_of, receipt_of, receipts
from autograder.portal.people import new_id
from autograder.portal.policy import load_policy

_log = logging.getLogger(__name__)
IDLE_SECONDS = 2.0  # between two looks at the queue, if nobody says that there is something
RENEW_SECONDS = queue.LEASE_SECONDS / 3
MACHINE = f"{socket.gethostname()}:"[:60]

Done = Callable[[str, str], None]
"""Called with the lab and the student of each new grade, after it is recorded."""


class Worker:
    """See the module's docstring. ``wake`` has it look at once; ``close`` ends it."""

    def __init__(
        self,
        database: Database,
        grades: Grades,
        recorder: Recorder,
        clock: Callable[[], float],
        *,
        batch: int,
        done: Done = lambda _lab, _student: None,
    ) -> None:
        self._database, self._grades, self._recorder = database, grades, recorder
        self._clock, self._batch, self._done = clock, batch, done
        self._owner = f"{MACHINE}{os.getpid()}:{new_id()}"
        self._wakes, self._ends = threading.Event(), threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self, labs: Iterable[str] = ()) -> None:
        """Begin, where nobody else on this machine works at this queue; load labs while idle."""
        with self._database.write() as connection:
            queue.release_all(connection, MACHINE)
        for target in (lambda: self._work(labs), self._renew):
            thread = threading.Thread(target=target, daemon=True)
            self._threads.append(thread)
            thread.start()

    def wake(self) -> None:
        """Say that there is something to do."""
        self._wakes.set()

    def close(self) -> None:
        """End after the batch at hand."""
        self._ends.set()
        self._wakes.set()
        for thread in self._threads:
            thread.join()
        self._grades.close()

    def _work(self, labs: Iterable[str]) -> None:
        cold = iter(labs)
        while not self._ends.is_set():
            try:
                worked = self.step() or self._warm(cold)
            except Exception:  # noqa: BLE001  # a database that is away comes back; jobs stay
                _log.exception("the worker goes on after an error")
                worked = False
            if not worked:
                self._wakes.wait(IDLE_SECONDS)
                self._wakes.clear()

    def _warm(self, cold: Iterator[str]) -> bool:
        """Load the next lab while there is nothing else to do; False where all are loaded."""
        lab = next(cold, None)
        if lab is None:
            return False
        try:
            self._grades.warm_up(lab)
        except AutograderError:  # said again, to whom it concerns, by its first job
            _log.exception("%s cannot be loaded", lab)
        return True

    def _renew(self) -> None:
        while not self._ends.wait(RENEW_SECONDS):
            with contextlib.suppress(AutograderError), self._database.write() as connection:
                queue.renew(connection, self._owner, self._clock())

    def step(self) -> bool:
        """Take and do the next jobs; return whether there were any."""
        began = time.monotonic()
        with self._database.write() as connection:
            queue.release(connection, self._owner)  # of a step that an error ended
            jobs = queue.take(connection, self._owner, self._batch, self._clock())
            items = {job.student: (job, _item(connection, job.submission)) for job in jobs}
            counts = load_policy(connection, jobs[0].lab).counts if jobs else "last"
        if not jobs:
            return False
        lab, left = jobs[0].lab, {job.number: job for job in jobs}
        found: list[Graded] = []
        problem, ours = "the grader returned no grade", False
        try:
            wanted = [item for _, item in items.values() if item is not None]
            for item, grade in self._grades.grade(lab, wanted):
                if grade.status == "sandbox_error":
                    problem = str(grade.message.code)
                else:
                    found.append((item, grade))
            self._recorder.record(lab, found, counts, self._earlier(lab))
        except Exception as error:  # noqa: BLE001  # ours, whatever it is: the job is tried again
            _log.exception("%s: jobs are put back", lab)
            found, problem = [], f"{type(error).__name__}: {error}"
            ours = isinstance(error, SandboxError)  # no engine: that says nothing of the jobs
        for item, _ in found:  # before the jobs are done: a crash here does it once more
            with contextlib.suppress(AutograderError):
                self._done(lab, item.receipt.student)
        each = (time.monotonic() - began) / len(jobs)
        done = [items[item.receipt.student][0] for item, _ in found]
        self._finish(left, done, each, problem, ours=ours)
        return True

    def _finish(
        self,
        left: dict[int, queue.Job],
        done: Sequence[queue.Job],
        each: float,
        problem: str,
        *,
        ours: bool,
    ) -> None:
        now = self._clock()
        with self._database.write() as connection:
            for job in done:
                queue.finish(connection, left.pop(job.number), self._owner, now, each)
            for job in left.values():
                queue.fail(connection, job, self._owner, now, problem, ours=ours)

    def _earlier(self, lab: str) -> Earlier:
        """Return what reads all of a student's submissions of a lab."""

        def earlier(student: str) -> list[Item]:
            with self._database.read() as connection:
                return [
                    Item(receipt=one, data=bytes_of(connection, one.id))
                    for one in receipts(connection, lab, student)
                ]

        return earlier


def _item(connection: Connection, submission: str) -> Item | None:
    receipt = receipt_of(connection, submission)
    if receipt is None:  # forgotten since
        return None
    return Item(receipt=receipt, data=bytes_of(connection, submission))
