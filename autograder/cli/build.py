"""``autograder build``: make what students receive, or say whether it is up to date."""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import AutograderError, CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.course.folder import Course
    from autograder.grading.publish import Publisher


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "build", help=say("build-help"), description=say("build-description")
    )
    parser.add_argument("labs", metavar="LAB", nargs="*", help=say("build-labs"))
    parser.add_argument(
        "--check",
        action="store_true",
        help=say("build-check"),
    )
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-from-here"))
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print a line a file; a lab with an error does not keep the others from being built."""
    try:
        from autograder.assignment.build import compare, write
    except ModuleNotFoundError as error:
        raise AutograderError(say("package-missing", name=error.name)) from error
    from autograder.course.folder import find_course

    course = find_course(options.course, Path.cwd())
    labs = list(dict.fromkeys(options.labs)) or course.lab_names()
    if not labs:
        raise CourseError(say("course-without-labs", root=course.root))
    sound = True
    make = compare if options.check else write
    with ExitStack() as stack:
        publisher = _publisher(course, stack)
        for lab in labs:
            try:
                for file in make(course, lab, publisher):
                    detail = f": {file.detail}" if file.detail else ""
                    print(f"{file.state:<10} {file.path.relative_to(course.root)}{detail}")
                    sound &= file.state in ("written", "unchanged")
            except AutograderError as error:
                print(say("error-line", error=error), file=sys.stderr)
                sound = False
    if options.check and not sound:
        print(say("build-stale"), file=sys.stderr)
    return 0 if sound else 1


def _publisher(course: Course, stack: ExitStack) -> Publisher:
    """Return what observes references; its sandbox starts when it is first needed.

    References are the instructor's own code, so any isolation will do.
    """
    import functools

    from autograder.engines.pool import LocalEngine
    from autograder.grading.publish import Publisher
    from autograder.grading.setup import ENTRY, Settings, choose_isolation

    policy = Settings(submitted=course.root, assignment="").policy()

    @functools.cache
    def open_engine() -> LocalEngine:
        engine = LocalEngine(choose_isolation(allow_weak=True).level, policy, ENTRY, 1)
        stack.callback(engine.close)
        return engine

    return Publisher(course, open_engine, policy)
