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

from autograder.cli.gradebook import printable, some
from autograder.errors import CourseError, IsolationError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.cli.grade_output import GradingDisplay
    from autograder.gradebook.run import RunRecorder
    from autograder.grading.results import Changed
    from autograder.grading.run import Session
    from autograder.grading.setup import Opening

NAMED = 20
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 86_400.0


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "grade", help=say("grade-help"), description=say("grade-description")
    )
    parser.add_argument("submitted", metavar="SUBMITTED", type=Path, help=say("grade-submitted"))
    parser.add_argument("-a", "--assignment", metavar="LAB", required=True, help=say("option-lab"))
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("grade-course"))
    parser.add_argument(
        "--out",
        metavar="DIR",
        type=Path,
        help=say("grade-out"),
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_count(1, 256),
        default=os.cpu_count() or 1,
        help=say("grade-jobs"),
    )
    parser.add_argument(
        "--engine",
        metavar="ENGINE",
        type=_engine,
        default="local",
        help=say("grade-engine"),
    )
    parser.add_argument("--json", action="store_true", help=say("grade-json"))
    parser.add_argument(
        "--student",
        metavar="ID",
        action="append",
        default=[],
        help=say("grade-student"),
    )
    parser.add_argument(
        "--accept",
        metavar="ID",
        action="append",
        default=[],
        help=say("grade-accept"),
    )
    parser.add_argument(
        "--db",
        metavar="URL",
        nargs="?",
        const="",
        help=say("grade-db"),
    )
    parser.add_argument("--yes", action="store_true", help=say("grade-yes"))
    parser.add_argument("--fresh", action="store_true", help=say("grade-fresh"))
    parser.add_argument(
        "--real-plots",
        action="store_true",
        help=say("grade-real-plots"),
    )
    parser.add_argument(
        "--allow-weak-isolation",
        action="store_true",
        help=say("option-weak"),
    )
    limits = parser.add_argument_group(say("grade-limits"))
    limits.add_argument(
        "--timeout",
        metavar="S",
        type=_seconds,
        help=say("grade-timeout"),
    )
    limits.add_argument(
        "--memory",
        metavar="MB",
        type=_count(64, 1_000_000),
        default=1024,
        help=say("grade-memory"),
    )
    limits.add_argument(
        "--disk",
        metavar="MB",
        type=_count(1, 100_000),
        default=64,
        help=say("grade-disk"),
    )
    limits.add_argument(
        "--processes", metavar="N", type=_count(2, 10_000), default=32, help=say("grade-threads")
    )
    limits.add_argument(
        "--output",
        metavar="KB",
        type=_count(1, 1_000_000),
        default=1000,
        help=say("grade-output"),
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
        raise IsolationError(say("no-pyseccomp"))
    for name in ("nbgrader", "sqlalchemy") if options.db is not None else ():
        if find_spec(name) is None:
            raise needs(ModuleNotFoundError(name=name))


def _grade(opening: Opening, *, as_json: bool, db: str | None, yes: bool) -> int:
    """Grade, show it, and write it into the gradebook where one is asked for."""
    from autograder.cli.grade_output import GradingDisplay
    from autograder.grading.api import load
    from autograder.grading.run import Session

    weak = "" if opening.strong else say("grade-weak")
    print(
        say(
            "grade-starts",
            assignment=opening.settings.assignment,
            level=opening.level,
            n=len(opening.submissions),
            weak=weak,
        ),
        file=sys.stderr,
    )
    recorder = None if db is None else _recorder(opening, db, yes=yes)
    if recorder is not None:
        opening = opening.knowing(recorder.variants())
    with (
        contextlib.closing(opening),
        contextlib.closing(Session(opening)) as session,
        GradingDisplay(session.total, as_json=as_json) as shown,
    ):
        if session.reused and session.missing:
            shown.say(say("grade-goes-on", missing=session.missing, reused=session.reused))
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
                shown.say(say("grade-recording", done=done, total=session.total))
    except CourseError as error:
        raise CourseError(
            say("grade-not-recorded", error=error, results_path=session.results_path)
        ) from error
    shown.say(say("grade-recorded", book=hidden_password(recorder.url), n=done))
    changed = recorder.changed_since(start)
    if changed:
        shown.say(say("grade-changed", lab=recorder.lab, n=len(changed), who=_some(changed)))


def _some(changed: Sequence[Changed]) -> str:
    return printable(some([f"{one.student} {one.scores}" for one in changed], NAMED))


def _count(least: int, most: int) -> Callable[[str], int]:
    """Return a parser of whole numbers within bounds."""

    def parse(text: str) -> int:
        value = int(text) if text.isascii() and text.isdigit() else -1
        if not least <= value <= most:
            message = say("not-a-whole-number", least=least, most=most, text=text)
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
        raise argparse.ArgumentTypeError(say("not-seconds", text=text))
    return value
