"""Measure how long students wait for feedback when a whole class submits to the portal.

    python benchmarks/portal_load.py [--known OUT] [--phase STUDENTS:SECONDS …] [--jobs N …]
                                     [--db URL] [--scale F] [--out FILE]

Starts ``autograder serve`` with a course of its own, its sandbox and its gradebook, and hands in
over HTTP as browsers do: each student comes at a random moment of the phase, asks for the lab's
page, uploads a file, follows the events until it is graded, and loads the feedback.
Before that, ``WARM`` students submit a wrong file each, which is not measured: the lab is loaded
and its known mistakes are observed, as in a course that was graded once. Every file is another one,
so nothing is graded by a stored trace: right and wrong ones of ``slope`` in turn, every fifth a
notebook. By default 500 in ten minutes, then 200 in one, once for each
number of jobs: 1 and 2. That takes 25 minutes; ``--scale 0.1`` has a tenth of the students in a
tenth of the time.

Counted: answers that were not 202, submissions without a receipt in the database, without a grade
or with two, grades that are not the due ones. Exit code 0 only where all of these are 0.
Measured, from the begin of the upload: until the answer, until the grade is there, until the
feedback page is loaded; medians, 95th percentiles and maxima, and how long the queue became. What a
course needs whose students come as dense as those of a phase, only more of them, is projected from
the processor time of one submission.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path

import httpx
from machine import describe, load, tree_cpu_seconds

from autograder.course.folder import Course
from autograder.gradebook.attempt import attempts_of
from autograder.gradebook.book import Book, url_of
from autograder.portal.intake import receipts
from autograder.portal.people import grant, student_person
from autograder.portal.serve import clock, open_database

ROOT = Path(__file__).resolve().parent.parent
LAB = "slope"
RIGHT = ("functions_only", "inplace_data", "no_grad_update", "grad_set_none", "functional_mse")
WRONG = ("zero_wrong_tensor",)
DUE = {**dict.fromkeys(RIGHT, 10.0), **dict.fromkeys(WRONG, 5.0)}
PHASES = ((500, 600.0), (200, 60.0))
PROJECTED = 10_000
UNTIL_SECONDS = 1800.0
TRIES = 3
WARM = 24  # first submissions, not measured: so many have every variant of the hidden data


@dataclasses.dataclass(kw_only=True)
class Trip:
    """One student's way. Times are seconds since the upload began."""

    student: str
    file: str
    status: int = 0
    id: str = ""
    answered: float = 0.0
    graded: float = 0.0
    read: float = 0.0
    score: float | None = None
    problem: str = ""


def source_of(file: str, number: int) -> tuple[str, bytes]:
    """Return a file's name and bytes; no two are equal."""
    folder = "accepted" if file in RIGHT else "rejected"
    text = (ROOT / "reference" / LAB / folder / f"{file}.py").read_text("utf-8")
    code = text.replace("# %%", "#") + f"\n# {number}\n"
    if number % 5:
        return f"{LAB}.py", code.encode()
    cell = {"cell_type": "code", "id": "one", "metadata": {}, "execution_count": None}
    cell |= {"outputs": [], "source": code}
    book = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return f"{LAB}.ipynb", json.dumps(book).encode()


async def asked(send: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """Ask again where a connection ended that was kept open, as browsers do."""
    for _ in range(TRIES - 1):
        with contextlib.suppress(httpx.TransportError):
            return await send()
    return await send()


async def visit(client: httpx.AsyncClient, trip: Trip, token: str, number: int) -> None:
    """Submit, watch, and read."""
    headers = {"Authorization": f"Bearer {token}"}
    programs = headers | {"Accept": "application/json"}
    await asked(lambda: client.get(f"/labs/{LAB}", headers=headers))
    name, data = source_of(trip.file, number)
    begun = time.monotonic()
    form = {"data": {"once": f"once-{number}"}, "files": {"file": (name, data)}}
    sent = await asked(lambda: client.post(f"/labs/{LAB}", headers=programs, **form))
    trip.answered, trip.status = time.monotonic() - begun, sent.status_code
    if sent.status_code != 202:
        trip.problem = sent.text[:200]
        return
    trip.id = sent.json()["id"]
    where = f"/submissions/{trip.id}"
    ended = False
    while not ended and time.monotonic() - begun < UNTIL_SECONDS:
        with contextlib.suppress(httpx.TransportError):
            async with client.stream("GET", f"{where}/events", headers=headers) as events:
                async for line in events.aiter_lines():
                    if line.startswith("data: ") and json.loads(line[6:])["ended"]:
                        ended, trip.graded = True, time.monotonic() - begun
    page = await asked(lambda: client.get(where, headers=headers))
    trip.read = time.monotonic() - begun
    state = (await asked(lambda: client.get(f"{where}/state", headers=programs))).json()
    trip.score = state.get("score")
    if not page.is_success:
        trip.problem = f"the feedback page: {page.status_code}"


async def phase(
    base: str, trips: Sequence[Trip], tokens: dict[str, str], seconds: float, first: int
) -> int:
    """Have everybody come once within so many seconds; return the longest queue."""
    chance, longest, ended = random.Random(first), 0, False
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=base, timeout=300, limits=limits) as client:

        async def one(place: int, trip: Trip) -> None:
            await asyncio.sleep(chance.uniform(0.0, seconds))
            try:
                await visit(client, trip, tokens[trip.student], first + place)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                trip.problem = f"{type(error).__name__}: {error}"

        async def watch() -> None:
            nonlocal longest
            while not ended:
                with contextlib.suppress(httpx.HTTPError, ValueError):
                    found = (await client.get("/healthz")).json()
                    longest = max(longest, found.get("queued", 0))
                await asyncio.sleep(1.0)

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(one(place, trip) for place, trip in enumerate(trips)))
        ended = True
        await watching
    return longest


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def served(course: Course, jobs: int, db: str | None) -> Iterator[tuple[str, int]]:
    """Yield the address of a portal that has loaded the lab, and its process."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("autograder")), "serve"]
    command += [
        "--course",
        str(course.root),
        "--port",
        str(port),
        "--jobs",
        str(jobs),
        *(["--db", db] if db else []),
    ]
    base = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        while True:
            if process.poll() is not None:
                raise SystemExit("the portal ended")
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{base}/healthz").is_success:
                    break
            time.sleep(0.2)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait()


def count(course: Course, db: str | None, trips: Sequence[Trip]) -> dict[str, int]:
    """Return how many were refused, lost, doubled, and graded wrongly: by what is stored."""
    database = open_database(course, db)
    with database.read() as connection:
        stored = receipts(connection)
    database.close()
    by_id = {one.id: one for one in stored}
    found = {"refused": 0, "lost": 0, "ungraded": 0, "doubled": 0, "wrong": 0, "problems": 0}
    with Book(url_of(course, db)) as book:
        for trip in trips:
            found["problems"] += bool(trip.problem)
            found["refused"] += trip.status != 202
            receipt = by_id.get(trip.id)
            if receipt is None:
                found["lost"] += trip.status == 202
                continue
            grades = [
                one
                for one in attempts_of(book, trip.student, LAB)
                if one.submission_sha256 == receipt.sha256
            ]
            found["ungraded"] += not grades
            found["doubled"] += len(grades) > 1
            found["wrong"] += trip.score != DUE[trip.file]
    found["doubled"] += len(stored) - len(by_id.keys() & {trip.id for trip in trips})
    return found


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median, the 95th percentile and the maximum."""
    ordered = sorted(values) or [0.0]
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"p50": statistics.median(ordered), "p95": p95, "max": ordered[-1]}


def make_course(folder: Path) -> Course:
    """Return a course with one lab."""
    for name in ("reference", "assignments"):
        shutil.copytree(ROOT / name / LAB, folder / name / LAB)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return Course(folder)


def measure(options: argparse.Namespace, jobs: int, folder: Path) -> dict[str, object]:
    """Run all phases with a number of jobs, and count."""
    course, db = make_course(folder), options.db
    if options.known:
        shutil.copytree(options.known / LAB / "traces", course.graded / LAB / "traces")
    phases = [(max(1, round(n * options.scale)), s * options.scale) for n, s in options.phase]
    names = [f"student-{n:05}" for n in range(max(WARM, *(n for n, _ in phases)))]
    database = open_database(course, db)
    with database.write() as connection:
        people = [student_person(connection, name, "", clock()) for name in names]
        tokens = {one.student: grant(connection, one, "token", clock()) for one in people}
    database.close()
    files, records, every = (*RIGHT, *WRONG), [], []
    with served(course, jobs, db) as (base, pid):
        warm = [Trip(student=name, file=WRONG[0]) for name in names[:WARM]]
        asyncio.run(phase(base, warm, tokens, 0.0, 10_000_000))  # known mistakes are observed now
        every += warm
        for number, (students, seconds) in enumerate(phases):
            trips = [
                Trip(student=name, file=files[place % len(files)])
                for place, name in enumerate(names[:students])
            ]
            cpu, begun = tree_cpu_seconds(pid), time.monotonic()
            longest = asyncio.run(phase(base, trips, tokens, seconds, 1_000_000 * number))
            every += trips
            done = [trip for trip in trips if trip.read]
            records.append(
                {
                    "jobs": jobs,
                    "students": students,
                    "seconds": seconds,
                    "took_seconds": round(time.monotonic() - begun, 1),
                    "cpu_each": round((tree_cpu_seconds(pid) - cpu) / students, 3),
                    "longest_queue": longest,
                    "answered": spread([trip.answered for trip in done]),
                    "graded": spread([trip.graded for trip in done]),
                    "read": spread([trip.read for trip in done]),
                }
            )
            print(shown(records[-1]), flush=True)
    counted = count(course, db, every)
    problems = sorted({trip.problem for trip in every if trip.problem})
    print(f"jobs {jobs}: " + ", ".join(f"{n} {what}" for what, n in counted.items()), flush=True)
    for problem in problems[:5]:
        print(f"  {problem}")
    return {"records": records, "counted": counted, "problems": problems}


def shown(record: dict[str, object]) -> str:
    """Return a record as a row of the table in docs/portal.md."""
    parts = [f"{record['students']} in {record['seconds']:g} s", str(record["jobs"])]
    for name in ("answered", "graded", "read"):
        found = record[name]
        assert isinstance(found, dict)
        parts.append(f"{found['p50']:.2f} / {found['p95']:.2f} / {found['max']:.2f} s")
    parts += [str(record["longest_queue"]), f"{record['cpu_each']:.2f} s"]
    return "| " + " | ".join(parts) + " |"


def project(record: dict[str, object]) -> str:
    """Return what 10,000 students would need who come as long as a phase lasted."""
    cpu, seconds = float(str(record["cpu_each"])), float(str(record["seconds"]))
    cores = PROJECTED * cpu / seconds
    hours = PROJECTED * cpu / 2 / 3600
    return (
        f"{PROJECTED:,} students in {seconds:g} s need {cores:.1f} cores that do nothing else; "
        f"two cores are done with them after {hours:.1f} hours"
    )


def _phase(text: str) -> tuple[int, float]:
    students, _, seconds = text.partition(":")
    return int(students), float(seconds)


def main() -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--known", type=Path, help="an output folder with slope's mistakes")
    parser.add_argument("--phase", type=_phase, nargs="+", default=PHASES)
    parser.add_argument("--jobs", type=int, nargs="+", default=(1, 2))
    parser.add_argument("--db", help="an empty PostgreSQL database; one number of jobs only")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--out", type=Path, help="where the raw figures go, as JSON")
    options = parser.parse_args()
    before, found = load(), []
    print("| students | jobs | answered p50/p95/max | graded | feedback read | queue | CPU each |")
    print("|---|---|---|---|---|---|---|")
    for jobs in options.jobs:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(options, jobs, Path(folder)))
    last = found[-1]["records"]
    assert isinstance(last, list)
    for record in last:
        print(project(record))
    machine = describe() | {"load_before": before}
    print(f"{machine['cores']} cores, load before {before}")
    if options.out:
        options.out.write_text(json.dumps({"machine": machine, "runs": found}, indent=1) + "\n")
    counted = [one["counted"] for one in found]
    return int(any(any(one.values()) for one in counted if isinstance(one, dict)))


if __name__ == "__main__":
    sys.exit(main())
