"""``autograder doctor``: which sandboxes work here and why, what is installed, what is missing."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from autograder.words.catalogue import say


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "doctor", help=say("doctor-help"), description=say("doctor-description")
    )
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("doctor-course"))
    parser.add_argument("--db", metavar="URL", help=say("doctor-db"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Try every level in a throwaway child; print how it fared and what the best one lacks."""
    from rich.console import Console
    from rich.table import Table

    from autograder.engines.identity import versions
    from autograder.sandbox.detection import try_level
    from autograder.sandbox.registry import LEVELS, STRONG, USUAL, gaps_of

    console = Console(highlight=False)
    table = Table(title=say("doctor-title"))
    for column in ("level", "works", "secure", "detail"):
        table.add_column(say(f"doctor-{column}"), overflow="fold")
    trials = [try_level(level) for level in LEVELS]
    for trial in trials:
        works, secure = (say("yes" if it else "no") for it in (trial.works, trial.level in STRONG))
        table.add_row(trial.level, works, secure, trial.detail)
    console.print(table)
    chosen = next(trial for trial in trials if trial.works and trial.level in USUAL)
    console.print(say("doctor-uses", level=chosen.level), markup=False)
    if chosen.level not in STRONG:
        console.print(say("doctor-refuses"))
    gaps = gaps_of(chosen.level, groups="memory" in chosen.controllers)
    for name, reason in gaps.items():
        console.print(say("doctor-gap", name=name, reason=say(reason)), markup=False)
    versioned = ", ".join(f"{name} {version}" for name, version in versions().items())
    console.print(versioned, markup=False)
    for line in (*_lacking(options.course), *_gradebook(options)):
        console.print(line, markup=False, soft_wrap=True)
    return 0


def _gradebook(options: argparse.Namespace) -> Iterator[str]:
    """Yield where nbgrader's columns and ours differ. Raises CourseError."""
    from autograder.cli.gradebook import has_book, open_book, printable
    from autograder.course.folder import find_course
    from autograder.errors import CourseError

    try:
        course = find_course(options.course, Path.cwd())
    except CourseError:
        return
    if not has_book(options, course) or find_spec("nbgrader") is None:
        return
    with open_book(options, course) as book:
        from autograder.gradebook.copying import compare
        from autograder.gradebook.lateness import LateRule
        from autograder.gradebook.students import has_lab

        for lab in [lab for lab in course.lab_names() if has_lab(book, course, lab)]:
            copies, others = compare(book, lab, LateRule(course))
            for one in copies:
                yield printable(say("doctor-book-mend", lab=lab, words=one.words))
            for one in others:
                yield printable(say("doctor-book-counts", lab=lab, words=one.words))
            if not copies and not others:
                yield say("doctor-book-same", lab=lab)


def _lacking(given: Path | None) -> Iterator[str]:
    """Yield what is said of modules that the submissions graded last import and are not here.

    Raises CourseError where the folder given is no course.
    """
    from autograder.course.folder import find_course
    from autograder.errors import CourseError
    from autograder.grading.lacking import Lacking
    from autograder.grading.results import read_results

    found = Lacking()
    try:
        course = find_course(given, Path.cwd())
    except CourseError:
        if given is not None:
            raise
        return
    for path in sorted(course.graded.glob("*/results.jsonl")):
        with contextlib.suppress(CourseError):  # written by an older version: not doctor's matter
            for standing in read_results(path):
                found.add(standing.grade.missing_modules if standing.grade is not None else ())
    found.only_missing_now()
    yield from found.lines()
