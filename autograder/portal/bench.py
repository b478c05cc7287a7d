"""Grade and record a few submissions of a lab; labs stay loaded, and the sandbox stays warm.

What is done here is what ``autograder grade --db`` does with a folder: the same grader, the same
gradebook, the same files in ``submitted/``. Doing it twice changes nothing.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from autograder.collect.plan import Act, Collection, Place, digests, existing, offered
from autograder.collect.plan import Attempt as Collected
from autograder.collect.single import read_single
from autograder.collect.write import write
from autograder.course.folder import Course
from autograder.course.submission import submission_of
from autograder.course.timestamp import TIMESTAMP, timestamp_text
from autograder.engines.engine import LOCAL, Engine
from autograder.engines.pool import LocalEngine
from autograder.errors import CourseError, SandboxError
from autograder.gradebook.attempt import Attempt, attempts_of
from autograder.gradebook.book import Book, shown, url_of
from autograder.gradebook.dates import late_rule_of
from autograder.gradebook.lateness import FREE, LateRule, Rule
from autograder.gradebook.reckoning import seconds_late
from autograder.gradebook.run import RunRecorder
from autograder.gradebook.standings import standings
from autograder.grading.api import load
from autograder.grading.cache_key import lab_digest
from autograder.grading.decision import load_decisions
from autograder.grading.record import Grade
from autograder.grading.run import Loaded
from autograder.grading.setup import Opening, Settings, choose_engine
from autograder.grading.variant import course_variants
from autograder.portal.intake import Receipt
from autograder.portal.policy import Counts

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """A submission with its bytes."""

    receipt: Receipt
    data: bytes

    @property
    def moment(self) -> dt.datetime:
        """When it was submitted."""
        return dt.datetime.fromtimestamp(self.receipt.received, dt.UTC)


Graded = tuple[Item, Grade]
Earlier = Callable[[str], Sequence[Item]]
"""Returns all of a student's submissions of the lab, the oldest first."""


class Grades:
    """What grades items of a lab; the portal's tests have one of their own."""

    def grade(self, lab: str, items: Sequence[Item]) -> Iterator[Graded]:
        """Yield each item with its grade, in any order; no two are of one student."""
        raise NotImplementedError

    def warm_up(self, lab: str) -> None:
        """Load a lab, so that the first student does not wait for it. Raises AutograderError."""

    def close(self) -> None:
        """End what was started."""


class Bench(Grades):
    """See the module's docstring. Used by one thread."""

    def __init__(
        self,
        course: Course,
        work: Path,
        *,
        jobs: int,
        weak: bool = False,
        engine: str = LOCAL,
        load: Callable[[Opening], Loaded] = load,
    ) -> None:
        self._course, self._work, self._load = course, work, load
        self._settings = Settings(
            submitted=work,
            assignment="",
            course=course.root,
            jobs=jobs,
            engine=engine,
            allow_weak_isolation=weak,
        )
        self._level, self._start = choose_engine(self._settings, jobs)
        self._fresh = True
        self._loaded: dict[str, tuple[bytes, Loaded]] = {}

    @functools.cached_property
    def _engine(self) -> Engine:
        if not self._fresh:  # one that has ended: a cluster is another by now
            self._level, self._start = choose_engine(self._settings, self._settings.jobs)
        self._fresh = False
        return self._start()

    def warm_up(self, lab: str) -> None:
        """Load a lab, so that the first student does not wait for it. Raises AutograderError."""
        with self._mended():
            if isinstance(self._engine, LocalEngine):
                self._engine.start()
            self._grader(lab)

    @contextlib.contextmanager
    def _mended(self) -> Iterator[None]:
        """Begin with another sandbox next time, where this one ended. Raises AutograderError."""
        try:
            yield
        except SandboxError:
            self.close()
            self._loaded.clear()
            raise

    def _grader(self, lab: str) -> Loaded:
        """Return the lab's grader, loaded anew where the lab was changed."""
        digest = lab_digest(self._course, lab)
        known = self._loaded.get(lab)
        if known is None or known[0] != digest:
            self._loaded.pop(lab, None)
            opening = Opening(
                settings=dataclasses.replace(self._settings, assignment=lab),
                course=self._course,
                submissions=[],
                out=self._course.graded,
                level=self._level,
                start_engine=lambda: self._engine,
                variants=course_variants(self._course),
            )
            known = self._loaded[lab] = (digest, self._load(opening))
        return known[1]

    def grade(self, lab: str, items: Sequence[Item]) -> Iterator[Graded]:
        """Yield each item with its grade. Raises AutograderError."""
        by_student = {item.receipt.student: item for item in items}
        accepts = load_decisions(self._course.graded / lab).accepts
        with self._mended(), laid_out(self._work, lab, items) as folder:
            grader = self._grader(lab).grader
            found = [submission_of(folder, student, lab) for student in by_student]
            for _, grade in grader.graded(folder, found, accepts=accepts):
                yield by_student[grade.student], grade

    def close(self) -> None:
        """End the sandbox."""
        engine = self.__dict__.pop("_engine", None)
        if engine is not None:
            engine.close()


@contextlib.contextmanager
def laid_out(work: Path, lab: str, items: Sequence[Item]) -> Iterator[Path]:
    """Write items as nbgrader lays out submissions, into a folder that is gone afterwards."""
    work.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="batch-", dir=work))
    try:
        for item in items:
            place = folder / item.receipt.student / lab
            place.mkdir(parents=True)
            (place / TIMESTAMP).write_text(timestamp_text(item.moment), encoding="utf-8")
            (place / item.receipt.name).write_bytes(item.data)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Recorder:
    """Puts grades into the gradebook, and files into ``submitted/`` and ``attempts/``."""

    def __init__(self, course: Course, work: Path, db: str | None = None) -> None:
        self._course, self._work = course, work
        self.url = url_of(course, db)
        self._rule = LateRule(course)
        self._open: Book | None = None

    @contextlib.contextmanager
    def _book(self) -> Iterator[Book]:
        """Use the gradebook, which stays open as long as nothing goes wrong with it."""
        if self._open is None:
            self._open = Book(self.url)
        try:
            yield self._open
        except BaseException:
            self.close()
            raise
        self._open.nbgrader.db.remove()

    def close(self) -> None:
        """Close the gradebook."""
        if self._open is not None:
            self._open.nbgrader.close()
            self._open = None

    def record(self, lab: str, graded: Sequence[Graded], counts: Counts, earlier: Earlier) -> None:
        """Record grades, no two of one student. Raises CourseError.

        Afterwards the submission counts that a policy says, whatever was graded last.
        """
        self._write(lab, graded)
        for item, _ in graded:
            student = item.receipt.student
            items = {one.receipt.sha256: one for one in earlier(student)}
            with self._book() as book:
                found = attempts_of(book, student, lab)
                due, rule = due_of(book, lab, student), late_rule_of(book, lab) or self._rule
            known = [one for one in found if one.submission_sha256 in items]
            wanted = order(known, [*items], counts, rule, due)
            is_ = [one.submission_sha256 for one in latest(known)]
            if is_ != [one.submission_sha256 for one in wanted]:
                for one in wanted:
                    self._write(lab, [(items[one.submission_sha256], one.grade)])
            chosen = wanted[-1].submission_sha256 if wanted else item.receipt.sha256
            self._keep(lab, items.get(chosen, item), list(items.values()))

    def _write(self, lab: str, graded: Sequence[Graded]) -> None:
        items = [item for item, _ in graded]
        with laid_out(self._work, lab, items) as folder:
            found = [submission_of(folder, item.receipt.student, lab) for item in items]
            recorder = RunRecorder(self.url, self._course, lab, folder, found, opened=self._book)
            recorder.require_gradebook(yes=True)
            decisions = load_decisions(self._course.graded / lab)
            for _ in recorder.record((one for _, one in graded), decisions, _say_nothing):
                pass

    def _keep(self, lab: str, chosen: Item, items: Sequence[Item]) -> None:
        """Have the file that counts in ``submitted/``, and the others in ``attempts/``."""
        submitted = self._course.root / "submitted"
        place = Place(
            lab=lab,
            submitted=submitted,
            attempts=submitted.with_name("attempts"),
            resolve=lambda _: (),
            known=lambda _: True,
            many=lambda _new, _known: False,
        )
        others = [one for one in items if one is not chosen]
        for item, counts in [(chosen, True), *((one, False) for one in others)]:
            with laid_out(self._work, lab, [item]) as folder:
                path = folder / item.receipt.student / lab / item.receipt.name
                _keep_one(path, item, place, counts=counts)


def _keep_one(path: Path, item: Item, place: Place, *, counts: bool) -> None:
    student = item.receipt.student
    reading, read = read_single(path, student, place.lab, item.moment)
    [entry] = reading.entries
    made = Collected(
        student=student,
        files={item.receipt.name: entry.member},
        submitted=item.moment,
        late=False,
        person=entry.person,
        label="",
        act="new",
    )
    folder, kept = place.submitted / student / place.lab, place.attempts / student / place.lab
    here = offered(made, read) == digests(folder)
    act: Act = "unchanged"
    if counts and not here:
        act = "newer" if existing(folder) else "new"
    elif not counts and not here:
        earlier = [digests(one) for one in kept.iterdir()] if kept.is_dir() else []
        act = "unchanged" if offered(made, read) in earlier else "older"
    if act != "unchanged":
        made = dataclasses.replace(made, act=act)
        for _ in write(Collection(layout="file", attempts=(made,), refused=()), read, place):
            pass


def latest(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the newest grade of each file, the one recorded last at the end."""
    files: dict[str, Attempt] = {}
    for one in attempts:
        if one.status != "sandbox_error":
            files.pop(one.submission_sha256, None)
            files[one.submission_sha256] = one
    return list(files.values())


def order(
    attempts: Sequence[Attempt],
    submitted: Sequence[str],
    counts: Counts,
    rule: Rule,
    due: dt.datetime | None = None,
) -> list[Attempt]:
    """Return the newest grade of each file so that the one that is to count is the last.

    ``submitted`` are the files' digests in the order in which they were submitted last. The best
    has the most points after what lateness costs; of equals it is the first.
    """
    found = sorted(latest(attempts), key=lambda one: submitted.index(one.submission_sha256))
    if counts == "best" and found:
        best = max(found, key=lambda one: _worth(one, rule, due))
        found = [*(one for one in found if one is not best), best]
    return found


def due_of(book: Book, lab: str, student: str) -> dt.datetime | None:
    """Return when a lab is due for a student, an extension included; None if never."""
    try:
        book.assignment(lab)
    except CourseError:  # nobody's submission of it was graded yet, and no date was set
        return None
    found = standings(book, lab, student, rule=FREE)
    return found[0].due if found else shown(book.assignment(lab).duedate)


def _worth(one: Attempt, rule: Rule, due: dt.datetime | None) -> float:
    score = one.grade.score
    if score is None or one.status == "not_gradable":
        return -1.0
    return score - rule.cost(one.grade.student, score, seconds_late(one.submitted, due))


def _say_nothing(_student: str, _codes: Sequence[str]) -> None:
    return None


def clear(work: Path) -> None:
    """Remove what a portal left that was killed. Only one runs at a time."""
    for path in work.glob("batch-*") if work.is_dir() else ():
        if not os.path.islink(path):  # noqa: PTH114  # a link is not ours
            shutil.rmtree(path, ignore_errors=True)
