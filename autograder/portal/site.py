"""One open portal: what its requests share."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from joserfc.jwk import RSAKey

from autograder.course.folder import Course
from autograder.errors import AutograderError
from autograder.exercise.loader import load_exercise
from autograder.exercise.spec import Exercise
from autograder.gradebook.attempt import Attempt, attempts_of
from autograder.gradebook.book import Book
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.standings import standings
from autograder.gradebook.students import has_lab
from autograder.grading.account import PLAIN
from autograder.grading.cache import Store
from autograder.grading.cache_key import lab_digest
from autograder.grading.decision import load_decisions
from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.result import Verdict
from autograder.lti.jupyterhub import Hub
from autograder.lti.openid import OpenId
from autograder.lti.platform import Platform
from autograder.portal.board import Board
from autograder.portal.database import Database
from autograder.portal.limits import Rates
from autograder.portal.public import PublicChecks, open_checks
from autograder.report.write import Pictures, make_feedback, open_pictures

STATE = "portal"


@dataclasses.dataclass(kw_only=True)
class Site:
    """A course with its portal's database. ``base`` is the address that people use."""

    course: Course
    database: Database
    book_url: str
    base: str
    clock: Callable[[], float]
    wake: Callable[[], None]
    platforms: Sequence[Platform] = ()
    key: RSAKey | None = None
    openid: OpenId | Hub | None = None
    rates: Rates = dataclasses.field(default_factory=Rates)
    wire: Any = None  # what talks to platforms, while the portal is open

    def __post_init__(self) -> None:
        """Make room for what is kept of the labs."""
        self.shelf = Shelf(self)
        self.board = Board(self.database)

    @property
    def secure(self) -> bool:
        """Whether people come over TLS."""
        return urlsplit(self.base).scheme == "https"

    @property
    def path(self) -> str:
        """What all addresses begin with, below the host; no slash at the end."""
        return urlsplit(self.base).path.rstrip("/")

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Shown:
    """A lab as pages show it."""

    digest: bytes
    exercise: Exercise
    pictures: Pictures | None


class Shelf:
    """Reads the gradebook and makes the pages of ``report``; labs stay loaded."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._lock = threading.Lock()
        self._book: Book | None = None
        self._labs: dict[str, Shown] = {}
        self._exercises: dict[str, tuple[bytes, Exercise]] = {}
        self._public: dict[str, tuple[bytes, PublicChecks | None]] = {}

    @contextlib.contextmanager
    def book(self) -> Iterator[Book]:
        """Use the gradebook; each thread has a session of its own. Raises CourseError."""
        with self._lock:
            if self._book is None:
                self._book = Book(self._site.book_url)
        try:
            yield self._book
        finally:
            self._book.nbgrader.db.remove()

    def close(self) -> None:
        """Close the gradebook."""
        if self._book is not None:
            self._book.nbgrader.close()

    def exercise(self, lab: str) -> Exercise | None:
        """Return a lab's exercise, loaded anew where it changed; None where it cannot be."""
        course = self._site.course
        try:
            digest = lab_digest(course, lab)
            known = self._exercises.get(lab)
            if known is None or known[0] != digest:
                with self._lock:
                    known = self._exercises[lab] = (digest, load_exercise(course.exercise(lab)))
        except AutograderError:
            return None
        return known[1]

    def _shown(self, lab: str) -> Shown:
        course = self._site.course
        digest = lab_digest(course, lab)
        with self._lock:
            known = self._labs.get(lab)
            if known is None or known.digest != digest:
                exercise = load_exercise(course.exercise(lab))
                pictures = open_pictures(course, lab, exercise, course.graded)
                known = Shown(digest=digest, exercise=exercise, pictures=pictures)
                self._labs[lab] = known
            return known

    def public(self, lab: str, grade: Grade) -> Verdict | None:
        """Return what the public checks say of an attempt, None where they cannot be asked."""
        course = self._site.course
        digest = lab_digest(course, lab)
        with self._lock:
            known = self._public.get(lab)
            if known is None or known[0] != digest:
                known = self._public[lab] = (digest, open_checks(course, lab))
            return known[1].of(grade) if known[1] is not None else None

    def standings(self, lab: str, only: str | None = None) -> list[Standing]:
        """Return the scores of a lab, nobody's where the gradebook does not have it yet."""
        course = self._site.course
        with self.book() as book:
            if not has_lab(book, course, lab):
                return []
            decisions = load_decisions(course.graded / lab)
            return standings(book, lab, only, decisions, rule=LateRule(course))

    def attempts(self, student: str, lab: str) -> list[Attempt]:
        """Return a student's grades of a lab, oldest first."""
        with self.book() as book:
            return attempts_of(book, student, lab)

    def feedback(self, lab: str, grade: Grade, standing: Standing | None) -> str:
        """Return the page about one attempt: about the one that counts with all that it came to."""
        shown = self._shown(lab)
        counts = standing is not None and standing.grade is not None
        if standing is None or not counts or not _same(standing, grade):
            standing = Standing(
                student=grade.student,
                assignment=lab,
                raw_score=grade.score,
                score=grade.score,
                max_score=grade.max_score,
                grade=grade,
                account=PLAIN,
            )
        store = Store(self._site.course.graded, lab)
        return make_feedback(shown.exercise.title, standing, grade, shown.pictures, store)


def _same(standing: Standing, grade: Grade) -> bool:
    counting = standing.grade
    return counting is not None and counting.submission_sha256 == grade.submission_sha256


def state_folder(course: Course) -> Path:
    """Return where a course's portal keeps its own things."""
    return course.root / STATE
