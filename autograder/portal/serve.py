"""Open a course's portal and keep it open."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from autograder.course.folder import Course, require_writable
from autograder.errors import CourseError
from autograder.gradebook.book import SQLITE, Book, now, url_of
from autograder.grading.cache import Lock
from autograder.lti.platform import load_platforms, own_key
from autograder.portal.app import make_app
from autograder.portal.bench import Bench, Grades, Recorder, clear
from autograder.portal.database import Database
from autograder.portal.outgoing import send_score
from autograder.portal.site import Site, state_folder
from autograder.portal.worker import Worker
from autograder.words.catalogue import say

BATCH = 8
GRACE_SECONDS = 5


def clock() -> float:
    """Return the time, in seconds since 1970."""
    return now().replace(tzinfo=dt.UTC).timestamp()


def database_url(course: Course, db: str | None) -> str:
    """Return where the portal's own tables lie: beside the gradebook's where that is named."""
    if db is not None:
        return url_of(course, db)
    return f"{SQLITE}{state_folder(course) / 'portal.db'}"


def open_database(course: Course, db: str | None) -> Database:
    """Open the portal's tables. Raises CourseError."""
    folder = require_writable(state_folder(course))
    folder.chmod(0o700)  # what students submitted, and who they are
    return Database(database_url(course, db))


@contextlib.contextmanager
def opened(
    course: Course,
    *,
    db: str | None,
    base: str,
    bench: Callable[[Path], Grades],
    labs: Sequence[str] = (),
) -> Iterator[Site]:
    """Open a portal, its worker at work. Raises CourseError, also where one is open already."""
    folder = require_writable(state_folder(course))
    with contextlib.ExitStack() as stack:
        lock = Lock(folder)
        stack.callback(lock.close)
        work = folder / "work"
        clear(work)
        database = open_database(course, db)
        stack.callback(database.close)
        recorder = Recorder(course, work, db)
        with Book(recorder.url):  # so that the first student does not wait for it
            pass
        platforms = load_platforms(folder / "platforms.json")
        site = Site(
            course=course,
            database=database,
            book_url=recorder.url,
            base=base.rstrip("/"),
            clock=clock,
            wake=lambda: None,
            platforms=platforms,
            key=own_key(folder / "key.json") if platforms else None,
        )

        def send(lab: str, student: str) -> None:
            if platforms:
                send_score(site, lab, student, is_new=True)

        worker = Worker(database, bench(work), recorder, clock, batch=BATCH, done=send)
        site.wake = worker.wake
        worker.start(labs)
        stack.callback(worker.close)
        yield site


def serve(
    course: Course, *, db: str | None, address: tuple[str, int], url: str, jobs: int, weak: bool
) -> None:
    """Serve until stopped. ``url`` is the address that people use, behind a proxy."""
    host, port = address
    base = url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
    if urlsplit(base).scheme not in ("http", "https") or not urlsplit(base).hostname:
        raise CourseError(say("portal-no-url", url=base))
    logging.basicConfig(level=logging.WARNING)
    labs = sorted(course.lab_names(), key=lambda lab: not (course.graded / lab).is_dir())
    with opened(
        course,
        db=db,
        base=base,
        bench=lambda work: Bench(course, work, jobs=jobs, weak=weak),
        labs=labs,
    ) as site:
        settings = uvicorn.Config(
            make_app(site),
            host=host,
            port=port,
            root_path=site.path,
            access_log=False,  # addresses have personal links in them
            log_level="warning",
            server_header=False,
            proxy_headers=bool(url),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(settings).run()
