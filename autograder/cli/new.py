"""``autograder new``: an empty course, or a small sound lab to start from."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path
from typing import Any

from autograder.course.folder import find_course
from autograder.scaffold.name import KINDS

LAB = """\
Write reference/NAME/: a spec, a page with its solution, and right and wrong examples. The lab is
small and holds as it is; its places to change say "Edit:".
"""
COURSE = """\
Make a course folder without labs: folders, nbgrader's configuration, what git ignores, and a
secret_salt of its own, which makes hidden data unforeseeable.
"""


def add_command(commands: Any) -> None:
    """Add the command and its two kinds."""
    parser = commands.add_parser("new", help="make a new course or a new lab")
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="KIND")
    course = kinds.add_parser("course", help="make a course folder", description=COURSE)
    course.add_argument("folder", metavar="DIR", type=Path, help="a folder that is new or empty")
    course.set_defaults(run=run_course)
    lab = kinds.add_parser("lab", help="make a lab in a course folder", description=LAB)
    lab.add_argument("name", metavar="NAME", help="lower-case letters, digits and _")
    lab.add_argument(
        "--contract",
        choices=KINDS,
        default=KINDS[0],
        help="functions over globals such as w and lr, or an nn.Module with an optimizer "
        f"(default: {KINDS[0]})",
    )
    lab.add_argument("--title", metavar="TEXT", default="", help="the page's title")
    lab.add_argument(
        "--course", metavar="DIR", type=Path, help="course folder (default: found from here)"
    )
    lab.set_defaults(run=run_lab)


def run_course(options: argparse.Namespace) -> int:
    """Make a course and say what comes next. Raises CourseError."""
    from autograder.scaffold.course import write_course

    for path in write_course(options.folder):
        print(f"written    {path}")
    place = "" if options.folder.resolve() == Path.cwd() else f"cd {_quoted(options.folder)}"
    _print_next(place, "autograder new lab NAME")
    return 0


def run_lab(options: argparse.Namespace) -> int:
    """Make a lab and say what comes next. Raises CourseError."""
    from autograder.scaffold.course import write_lab

    course = find_course(options.course, Path.cwd())
    for path in write_lab(course, options.name, options.contract, options.title):
        print(f"written    {path.relative_to(course.root)}")
    where = f" --course {_quoted(options.course)}" if options.course else ""
    _print_next(
        f"autograder build {options.name}{where}",
        f"autograder verify {options.name} --quick{where}",
        f"grep -rn 'Edit:' {_quoted(_near(course.root / 'reference' / options.name))}",
    )
    return 0


def _print_next(*commands: str) -> None:
    print("\nnext:")
    for command in filter(None, commands):
        print(f"  {command}")


def _near(path: Path) -> Path:
    """Return the path from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))
