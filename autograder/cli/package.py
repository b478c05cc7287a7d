"""``autograder package``: a lab's grader for places where students submit, and what runs there."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import printable
from autograder.course.folder import find_course
from autograder.errors import AutograderError, CourseError
from autograder.words.catalogue import languages, say, speaking

if TYPE_CHECKING:
    from autograder.package.bundle import Bundle
    from autograder.package.run import Outcome

VISIBILITY = ("visible", "after_due_date", "after_published", "hidden")
ROOTS = {"gradescope": "/autograder", "prairielearn": "/grade"}
SUBMITTED = {"gradescope": "submission", "prairielearn": "student"}
PLACES = tuple(ROOTS)


def add_command(commands: Any) -> None:
    """Add the command and its places."""
    parser = commands.add_parser("package", help=say("package-help"))
    places = parser.add_subparsers(dest="place", required=True, metavar="PLACE")
    one = _place(places, "gradescope", say("package-gradescope-help"), "FILE.zip")
    _add_visibility(one)
    one.set_defaults(run=run_gradescope)
    other = _place(places, "prairielearn", say("package-prairielearn-help"), "DIR")
    other.add_argument(
        "--image", metavar="NAME", default="USER/autograder", help=say("package-image")
    )
    other.set_defaults(run=run_prairielearn)
    repository = _place(places, "github", say("package-github-help"), "DIR")
    repository.set_defaults(run=run_github)
    inside = places.add_parser(
        "run", help=say("package-run-help"), description=say("package-run-description")
    )
    inside.add_argument("bundle", metavar="BUNDLE", type=Path, help=say("package-run-bundle"))
    inside.add_argument("--place", choices=PLACES, help=say("package-run-place"))
    inside.add_argument("--root", metavar="DIR", type=Path, help=say("package-run-root"))
    inside.add_argument("--submission", metavar="DIR", type=Path, help=say("package-run-folder"))
    _add_visibility(inside)
    inside.set_defaults(run=run_inside)


def _place(places: Any, name: str, told: str, out: str) -> argparse.ArgumentParser:
    """Add a place with what all of them ask for."""
    parser: argparse.ArgumentParser = places.add_parser(name, help=told, description=told)
    parser.add_argument("lab", metavar="LAB", help=say("option-lab"))
    parser.add_argument("--out", metavar=out, type=Path, required=True, help=say("package-out"))
    parser.add_argument("--course", metavar="DIR", type=Path, help=say("option-course-from-here"))
    parser.add_argument(
        "--require", metavar="SPEC", action="append", default=[], help=say("package-require")
    )
    if name in PLACES:
        parser.add_argument("--allow-uid", action="store_true", help=say("package-allow-uid"))
    return parser


def _add_visibility(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--visibility", choices=VISIBILITY, default="visible", help=say("package-visibility")
    )


def run_gradescope(options: argparse.Namespace) -> int:
    """Write the zip and say what to set. Raises AutograderError."""
    from autograder.package.gradescope import write_zip

    bundle = _bundle(options)
    write_zip(bundle, options.out, visibility=options.visibility, further=options.require)
    print(say("new-written", path=options.out))
    print(say("package-gradescope-set", points=f"{bundle.max_score:g}"))
    if options.visibility != "visible":
        print(say("package-hides-total"))
    return 0


def run_prairielearn(options: argparse.Namespace) -> int:
    """Write image and question, and say what to do. Raises AutograderError."""
    from autograder.package.prairielearn import write_folder

    write_folder(_bundle(options), options.out, options.image, options.require)
    print(say("new-written", path=options.out))
    print(say("package-prairielearn-set", image=options.image))
    return 0


def run_github(options: argparse.Namespace) -> int:
    """Write a repository for students, and say what it is. Raises AutograderError."""
    from autograder.package.github import write_repository

    course = find_course(options.course, Path.cwd())
    course.exercise(options.lab)
    write_repository(course, options.lab, options.out, options.require)
    print(say("new-written", path=options.out))
    print(say("package-github-set"))
    return 0


def _bundle(options: argparse.Namespace) -> Bundle:
    """Compile the lab. Raises AutograderError."""
    from autograder.package.compiling import Order, compile_bundle

    course = find_course(options.course, Path.cwd())
    course.exercise(options.lab)
    if not options.out.absolute().parent.is_dir():
        raise CourseError(say("no-such-folder", folder=options.out.parent))
    print(say("package-observing", lab=options.lab), file=sys.stderr)
    return compile_bundle(Order(course=course, lab=options.lab, allow_uid=options.allow_uid))


def run_inside(options: argparse.Namespace) -> int:
    """Grade one submission with a bundle. Nothing that breaks here becomes a 0."""
    from autograder.package.bundle import read_bundle
    from autograder.package.run import Outcome

    try:
        bundle = read_bundle(options.bundle)
    except AutograderError as error:
        if options.place is None:
            raise
        outcome = Outcome(lab="", title="", max_score=0.0, isolation=None, problem=str(error))
        return _show(options, outcome)
    with speaking(bundle.language if bundle.language in languages() else "", everywhere=True):
        return _show(options, _graded(options, bundle))


def _graded(options: argparse.Namespace, bundle: Bundle) -> Outcome:
    """Grade the folder that is named, or that of the place. Raises CourseError without one."""
    from autograder.package.run import grade_one

    folder = options.submission
    if folder is None and options.place is None:
        raise CourseError(say("package-run-needs-folder"))
    return grade_one(bundle, folder or _root(options) / SUBMITTED[options.place])


def _root(options: argparse.Namespace) -> Path:
    return options.root or Path(ROOTS[options.place])


def _show(options: argparse.Namespace, outcome: Outcome) -> int:
    """Write the place's result and its log; return 1 where there is no score."""
    from autograder.package import gradescope, prairielearn
    from autograder.package.said import lines_for_instructor

    if options.place is None:
        sys.stdout.write(outcome.to_json().decode() + "\n")
    elif options.place == "gradescope":
        root = _root(options)
        gradescope.write_results(outcome, root, options.visibility)
        _log(*lines_for_instructor(outcome), gradescope.other_total(root, outcome))
    else:
        prairielearn.write_results(outcome, _root(options))
        _log(*lines_for_instructor(outcome))
    return 0 if outcome.score is not None else 1


def _log(*lines: str) -> None:
    """Print what the place's log is to have."""
    for line in filter(None, lines):
        print(printable(line))
