"""``autograder new``: an empty course, or a small sound lab to start from."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from autograder.course.folder import find_course
from autograder.scaffold.name import KINDS
from autograder.words.catalogue import say


def add_command(commands: Any) -> None:
    """Add the command and its two kinds."""
    parser = commands.add_parser("new", help=say("new-help"))
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    course = kinds.add_parser(
        "course", help=say("new-course-help"), description=say("new-course-description")
    )
    course.add_argument("folder", metavar="DIR", type=Path, help=say("new-course-folder"))
    course.set_defaults(run=run_course)
    lab = kinds.add_parser("lab", help=say("new-lab-help"), description=say("new-lab-description"))
    lab.add_argument("name", metavar="NAME", help=say("new-lab-name"))
    begun = lab.add_mutually_exclusive_group()
    begun.add_argument(
        "--contract",
        choices=KINDS,
        default=KINDS[0],
        help=say("new-lab-contract", kind=KINDS[0]),
    )
    begun.add_argument("--from", dest="origin", metavar="LAB", help=say("new-lab-from"))
    lab.add_argument("--title", metavar="TEXT", default="", help=say("new-lab-title"))
    lab.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-from-here"))
    lab.set_defaults(run=run_lab)


def run_course(options: argparse.Namespace) -> int:
    """Make a course and say what comes next. Raises CourseError."""
    from autograder.scaffold.course import write_course

    for path in write_course(options.folder):
        print(say("new-written", path=path))
    place = "" if options.folder.resolve() == Path.cwd() else f"cd {_quoted(options.folder)}"
    _print_next(place, "autograder new lab NAME")
    return 0


def run_lab(options: argparse.Namespace) -> int:
    """Make a lab and say what comes next. Raises CourseError."""
    from autograder.scaffold.course import copy_lab, write_lab

    course = find_course(options.course, Path.cwd())
    if options.origin:
        written = copy_lab(course, options.name, options.origin, options.title)
    else:
        written = write_lab(course, options.name, options.contract, options.title)
    for path in written:
        print(say("new-written", path=path.relative_to(course.root)))
    folder = course.exercise(options.name).parent
    where = f" --course {_quoted(options.course)}" if options.course else ""
    _print_next(
        f"autograder build {options.name}{where}",
        f"autograder verify {options.name} --quick{where}",
        "" if options.origin else f"grep -rn 'Edit:' {_quoted(_near(folder))}",
    )
    return 0


def _print_next(*commands: str) -> None:
    print(say("new-next"))
    for command in filter(None, commands):
        print(f"  {command}")


def _near(path: Path) -> Path:
    """Return the path from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
