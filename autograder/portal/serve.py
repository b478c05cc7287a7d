"""Open a course's portal and keep it open."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import uvicorn

from autograder.course.folder import Course, require_writable
from autograder.errors import CourseError
from autograder.gradebook.book import SQLITE, Book, now, url_of
from autograder.grading.cache import Lock
from autograder.lti.jupyterhub import Hub, Service, load_settings
from autograder.lti.openid import OpenId
from autograder.lti.platform import load_platforms, own_key
from autograder.lti.provider import load_provider, load_secret
from autograder.portal.app import Below, make_app
from autograder.portal.bench import Grades, Recorder, clear
from autograder.portal.database import Database
from autograder.portal.learning import TIMEOUT_SECONDS
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


def openid_of(folder: Path, base: str, secret: str = "") -> OpenId | None:
    """Return the sign-in that a portal's folder describes, None where none. Raises CourseError."""
    provider = load_provider(folder / "openid.json")
    if provider is None:
        return None
    client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
    secret = secret or load_secret(folder / "openid.secret")
    return OpenId(provider, secret, client, redirect=f"{base}/openid/back")


def hub_of(folder: Path, service: Service) -> Hub:
    """Return the sign-in through the JupyterHub that serves a portal. Raises CourseError."""
    if (folder / "openid.json").exists():
        raise CourseError(say("hub-and-openid", file=str(folder / "openid.json")))
    client = httpx.AsyncClient(timeout=TIMEOUT_SECONDS)
    return Hub(service, load_settings(folder / "jupyterhub.json"), client)


@contextlib.contextmanager
def opened(
    course: Course,
    *,
    db: str | None,
    base: str,
    bench: Callable[[Path], Grades],
    labs: Sequence[str] = (),
    batch: int = BATCH,
    sign_in: str | Service = "",
) -> Iterator[Site]:
    """Open a portal, its worker at work. Raises CourseError, also where one is open already.

    ``sign_in`` is this portal's secret at the university's provider of sign-ins, if not in a file,
    or what a JupyterHub says that it is.
    """
    folder = require_writable(state_folder(course))
    with contextlib.ExitStack() as stack:
        lock = Lock(folder)
        stack.callback(lock.close)
        work = folder / "work"
        clear(work)
        database = open_database(course, db)
        stack.callback(database.close)
        recorder = Recorder(course, work, db)
        stack.callback(recorder.close)
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
            openid=hub_of(folder, sign_in)
            if isinstance(sign_in, Service)
            else openid_of(folder, base.rstrip("/"), sign_in),
        )

        def send(lab: str, student: str) -> None:
            if platforms:
                send_score(site, lab, student, is_new=True)

        worker = Worker(database, bench(work), recorder, clock, batch=batch, done=send)
        site.wake = worker.wake
        worker.start(labs)
        stack.callback(worker.close)
        yield site


def serve(
    course: Course,
    *,
    db: str | None,
    address: tuple[str, int],
    url: str,
    jobs: int,
    bench: Callable[[Path], Grades],
    sign_in: str | Service = "",
) -> None:
    """Serve until stopped. ``url`` is the address that people use, behind a proxy.

    ``bench`` makes what grades in a folder, ``jobs`` submissions at a time. ``sign_in`` is that of
    ``opened``; a Hub's proxy passes whole paths on, others those below the portal's own.
    """
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
        bench=bench,
        labs=labs,
        batch=max(BATCH, 2 * jobs),
        sign_in=sign_in,
    ) as site:
        app, whole = make_app(site), isinstance(sign_in, Service)
        settings = uvicorn.Config(
            Below(app, site.path) if whole else app,
            host=host,
            port=port,
            root_path="" if whole else site.path,
            access_log=False,  # addresses have personal links in them
            log_level="warning",
            server_header=False,
            proxy_headers=bool(url),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(settings).run()
