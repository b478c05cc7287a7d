"""``autograder name``: name the mistake of a group of submissions."""

from __future__ import annotations

import argparse
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, current_standings, printable
from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograder.course.folder import Course
    from autograder.exercise.plan import Plan
    from autograder.grading.groups import Group
    from autograder.grading.lab import Lab


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "name",
        help=say("name-help"),
        description=say("name-description"),
        epilog=say("name-examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "group",
        metavar="GROUP",
        nargs="?",
        help=say("name-group"),
    )
    parser.add_argument("--list", action="store_true", help=say("name-list"))
    parser.add_argument("--id", default="", help=say("name-id"))
    parser.add_argument("--says", metavar="TEXT", default="", help=say("name-says"))
    parser.add_argument("--hint", metavar="TEXT", default="", help=say("name-hint"))
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("name-lab"))
    parser.add_argument("--yes", action="store_true", help=say("name-yes"))
    parser.add_argument(
        "--allow-weak-isolation",
        action="store_true",
        help=say("option-weak"),
    )
    add_place(parser, "--out")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List the groups, or write the file of one. Raises AutograderError."""
    course = course_of(options)
    if options.list:
        return _list(options, course)
    for option, given in (
        ("GROUP", options.group),
        ("--id", options.id),
        ("--says", options.says),
    ):
        if not given:
            raise CourseError(say("name-option", option=option, problem=say("name-missing")))
    return _name(options, course)


def _labs(options: argparse.Namespace, course: Course) -> Iterator[tuple[Lab, list[Group]]]:
    """Yield the labs asked for that have grades, with their groups. Raises AutograderError."""
    from autograder.grading.cache import Store
    from autograder.grading.groups import groups_of
    from autograder.grading.lab import load_lab
    from autograder.grading.results import RESULTS

    names = [options.assignment] if options.assignment else course.lab_names()
    graded = options.graded or course.graded
    for name in names:
        course.exercise(name)
        if options.assignment is None and not (graded / name / RESULTS).is_file():
            continue
        lab, standings = load_lab(course, name), current_standings(options, course, name)
        yield lab, groups_of(standings, _plans(lab), Store(graded, name))


def _plans(lab: Lab) -> Callable[[int], Plan]:
    return lambda variant: lab.of_variant(variant).plan


def _list(options: argparse.Namespace, course: Course) -> int:
    for lab, groups in _labs(options, course):
        alike = sum(len(group.students) for group in groups)
        submissions, several = say("count-submissions", n=alike), say("count-groups", n=len(groups))
        print(say("name-listed", lab=lab.name, submissions=submissions, groups=several))
        for group in groups:
            said = say(
                "name-listed-group",
                group=group.id,
                submissions=say("count-submissions", n=len(group.students)),
                score=group.score,
                max_score=group.max_score,
                checks=", ".join(group.fails),
            )
            print(said)
            if group.departure:
                print(printable(f"      {say(group.departure)}"))
    return 0


def _name(options: argparse.Namespace, course: Course) -> int:
    from autograder.grading.declared import Own
    from autograder.grading.naming import group_file, require_alike, require_own, write_new
    from autograder.grading.observe import budget_for
    from autograder.grading.settle import settled

    own = Own(id=options.id.strip(), says=options.says.strip(), hint=options.hint.strip())
    lab, group = _find(options, course)
    path = require_own(own, lab)
    text, lab = group_file(group, own), lab.of_variant(group.variant)
    with _observatory(options, course, lab.name) as observatory:
        budget = budget_for(lab.plan.exercise.limits)
        source = lab.reference_source
        plan = settled(lab.plan, lab.reference_path, source, observatory, budget)
        require_alike(text, group, plan, observatory)
    submissions = say("count-submissions", n=len(group.students))
    print(say("name-shown", path=path, submissions=submissions), end="\n\n")
    for line in text.split("\n"):
        print(f"    {printable(line)}".rstrip())
    if not options.yes and not _confirmed():
        print(say("wrote-nothing"), file=sys.stderr)
        return 1
    write_new(path, text)
    print(path)
    print(say("name-next", lab=lab.name, submissions=submissions), file=sys.stderr)
    return 0


def _find(options: argparse.Namespace, course: Course) -> tuple[Lab, Group]:
    """Return the group that is meant, and its lab. Raises CourseError."""
    from autograder.grading.groups import find_group

    known = list(_labs(options, course))
    group = find_group([group for _, groups in known for group in groups], options.group)
    return next((lab, group) for lab, groups in known if group in groups)


def _confirmed() -> bool:
    """Ask whether to write; whoever cannot answer says no."""
    print("\n" + say("name-ask"), end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in say("name-ask-yes").split()


@contextlib.contextmanager
def _observatory(options: argparse.Namespace, course: Course, lab: str) -> Iterator[Any]:
    """Open what observes as ``grade`` does by itself. Raises IsolationError."""
    from autograder.engines import pool
    from autograder.grading.cache import Store
    from autograder.grading.observe import Observatory
    from autograder.grading.setup import ENTRY, Settings, choose_isolation

    policy = Settings(submitted=Path(), assignment=lab).policy()
    level = choose_isolation(allow_weak=options.allow_weak_isolation).level
    store = Store(options.graded or course.graded, lab)
    with contextlib.closing(pool.LocalEngine(level, policy, ENTRY, 1)) as engine:
        yield Observatory(engine, policy, store)
