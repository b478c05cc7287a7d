"""``autograder grade``: grade a folder of submissions."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli.gradebook import printable
from autograder.errors import CourseError, IsolationError

if TYPE_CHECKING:
    from autograder.cli.grade_output import GradingDisplay
    from autograder.gradebook.run import RunRecorder
    from autograder.grading.results import Changed
    from autograder.grading.run import Session
    from autograder.grading.setup import Opening

NAMED = 20
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 86_400.0
DESCRIPTION = """\
Grade every submission in SUBMITTED: nbgrader's layout <student>/<lab>/<lab>.ipynb, or a folder
of <student>/<file>, or of <student>.py and <student>.ipynb. Each runs in a sandbox of its own.
Each grade is stored as it is done: what ended early goes on from there when it is run again, and
a file, lab and framework that did not change are not graded twice.
"""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "grade", help="grade a folder of submissions", description=DESCRIPTION
    )
    parser.add_argument("submitted", metavar="SUBMITTED", type=Path, help="folder of submissions")
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help="the lab's name")
    parser.add_argument(
        "--course", metavar="DIR", type=Path, help="course folder (default: found from SUBMITTED)"
    )
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help="grades and traces, with --db notebooks, too (default: COURSE/graded, "
        "and COURSE/autograded for notebooks)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count(1, 256),
        default=os.cpu_count() or 1,
        help="submissions at a time (default: the number of cores; with dask: its threads)",
    )
    parser.add_argument(
        "--engine",
        metavar="ENGINE",
        type=_engine,
        default="local",
        help="who runs the jobs: local (default), dask://HOST:PORT or tls://HOST:PORT of a "
        "dask scheduler, or its scheduler file FILE.json; see docs/scaling.md",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a submission")
    parser.add_argument(
        "--student",
        metavar="ID",
        action="append",
        default=[],
        help="only this one (repeatable)",
    )
    parser.add_argument(
        "--accept",
        metavar="ID",
        action="append",
        default=[],
        help="count what this one handed in, even if it says that it is of another lab; kept by "
        "grading again (repeatable)",
    )
    parser.add_argument(
        "--db",
        metavar="URL",
        nargs="?",
        const="",
        help="write the gradebook, too: COURSE/gradebook.db, a file, postgresql://USER@HOST/NAME",
    )
    parser.add_argument(
        "--yes", action="store_true", help="with --db: add many whom the gradebook does not know"
    )
    parser.add_argument("--fresh", action="store_true", help="grade all anew, reuse nothing")
    parser.add_argument(
        "--real-plots",
        action="store_true",
        help="draw every plot: slower, and the grades are the same (default: matplotlib does "
        "nothing at first, and a file in which something fails runs again with the real one)",
    )
    parser.add_argument(
        "--allow-weak-isolation",
        action="store_true",
        help="run even where no isolation that counts works: only for code that you trust",
    )
    limits = parser.add_argument_group("limits of one submission")
    limits.add_argument(
        "--timeout",
        metavar="S",
        type=_seconds,
        help="seconds of processor time, of all cells and calls together (default: the lab's)",
    )
    limits.add_argument(
        "--memory",
        metavar="MB",
        type=_count(64, 1_000_000),
        default=1024,
        help="megabytes (default: 1024)",
    )
    limits.add_argument(
        "--disk",
        metavar="MB",
        type=_count(1, 100_000),
        default=64,
        help="private disk (default: 64)",
    )
    limits.add_argument(
        "--processes", metavar="N", type=_count(2, 10_000), default=32, help="threads (default: 32)"
    )
    limits.add_argument(
        "--output",
        metavar="KB",
        type=_count(1, 1_000_000),
        default=1000,
        help="printed text (default: 1000)",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Grade, with a progress bar on stderr; results on stdout."""
    from autograder.grading.setup import Settings, open_run

    require_packages(options)
    settings = Settings(
        submitted=options.submitted,
        assignment=options.assignment,
        course=options.course,
        out=options.out,
        jobs=options.jobs,
        engine=options.engine,
        fresh=options.fresh,
        real_plots=options.real_plots,
        allow_weak_isolation=options.allow_weak_isolation,
        timeout_seconds=options.timeout,
        memory_bytes=options.memory * 1_000_000,
        disk_bytes=options.disk * 1_000_000,
        output_bytes=options.output * 1_000,
        processes=options.processes,
        students=tuple(options.student),
        accept=tuple(options.accept),
    )
    with contextlib.closing(open_run(settings)) as opening:
        return _grade(opening, as_json=options.json, db=options.db, yes=options.yes)


def require_packages(options: argparse.Namespace) -> None:
    """Say at once what is not installed, and not after an hour of grading.

    Raises CourseError for the gradebook's packages, IsolationError for the sandbox's.
    """
    from autograder.cli.gradebook import needs

    local = options.engine == "local" and sys.platform == "linux"
    if local and not options.allow_weak_isolation and find_spec("pyseccomp") is None:
        advice = "pip install 'torch-autograder[instructor]'"
        raise IsolationError(f"no isolation counts without the package pyseccomp; {advice}")
    for name in ("nbgrader", "sqlalchemy") if options.db is not None else ():
        if find_spec(name) is None:
            raise needs(ModuleNotFoundError(name=name))


def _grade(opening: Opening, *, as_json: bool, db: str | None, yes: bool) -> int:
    """Grade, show it, and write it into the gradebook where one is asked for."""
    from autograder.cli.grade_output import GradingDisplay
    from autograder.grading.api import load
    from autograder.grading.run import Session

    weak = "" if opening.strong else " (NOT a security boundary)"
    print(
        f"{len(opening.submissions)} submissions of {opening.settings.assignment}, "
        f"isolation: {opening.level}{weak}",
        file=sys.stderr,
    )
    recorder = None if db is None else _recorder(opening, db, yes=yes)
    with (
        contextlib.closing(Session(opening)) as session,
        GradingDisplay(session.total, as_json=as_json) as shown,
    ):
        if session.reused and session.missing:
            shown.say(f"{session.reused} are graded already, {session.missing} to do")
        for grade in session.grades(load):
            shown.add(grade)
            if recorder is None:
                shown.ask(grade.student, session.decisions.asked(grade))
        if recorder is not None:
            _record(recorder, session, shown)
        shown.finish(session)
        return 1 if session.sandbox_errors or session.judge_errors else 0


def _recorder(opening: Opening, db: str, *, yes: bool) -> RunRecorder:
    """Return what writes the gradebook. Raises CourseError where that will not do: before hours."""
    from autograder.cli.gradebook import needs

    try:
        from autograder.gradebook.book import url_of
        from autograder.gradebook.run import RunRecorder
    except ImportError as error:
        raise needs(error) from error
    settings, course = opening.settings, opening.course
    url = url_of(course, db or None)
    lab, out = settings.assignment, settings.out
    if out is not None and out.absolute() == course.graded:
        out = None
    run = RunRecorder(url, course, lab, settings.submitted, opening.submissions, out)
    run.require_gradebook(yes=yes)
    return run


def _record(recorder: RunRecorder, session: Session, shown: GradingDisplay) -> None:
    """Write the grades into the gradebook. Raises CourseError; the results stay all the same."""
    from autograder.gradebook.book import hidden_password

    done, start = 0, recorder.latest_change()
    try:
        for done in recorder.record(session.stored(), session.decisions, shown.ask):
            if done % 1000 == 0 and done < session.total:
                shown.say(f"{done} of {session.total} are in the gradebook")
    except CourseError as error:
        raise CourseError(f"{error}; the grades are in {session.results_path}") from error
    shown.say(f"{done} are in the gradebook, {hidden_password(recorder.url)}")
    changed = recorder.changed_since(start)
    if changed:
        said = f"'autograder changes -a {recorder.lab}' says by which check"
        shown.say(f"{len(changed)} earlier scores changed; {said}: {_some(changed)}")


def _some(changed: Sequence[Changed]) -> str:
    shown = [f"{one.student} {one.scores}" for one in changed[:NAMED]]
    more = f" and {len(changed) - NAMED} more" if len(changed) > NAMED else ""
    return printable(f"{', '.join(shown)}{more}")


def _count(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() else -1
        if not least <= value <= most:
            message = f"{text!r} is not a whole number from {least} to {most}"
            raise argparse.ArgumentTypeError(message)
        return value

    return parse


def _engine(text: str) -> str:
    from autograder.engines.engine import scheduler_address

    try:
        scheduler_address(text)
    except CourseError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return text


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not SHORTEST_SECONDS <= value <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds from 0.1 on")
    return value
