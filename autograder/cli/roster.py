"""``autograder roster``: who there is, who they are elsewhere, and who has not handed in."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable
from autograder.cli.people import deciding
from autograder.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.course.folder import Course
    from autograder.gradebook.book import Book
    from autograder.gradebook.moving import Plan
    from autograder.gradebook.release import Release
    from autograder.lms.joining import Identity, People
    from autograder.lms.roster import Decision
    from autograder.lms.sheet import Sheet

SHOWN = 20
SYSTEMS = ("canvas", "moodle", "gradescope", "blackboard", "brightspace", "plain")


def add_command(commands: Any) -> None:
    """Add the command, its options, and its own commands."""
    parser = commands.add_parser(
        "roster",
        help="add students; say who they are in an LMS; say who has not handed in",
        description="Keep the list of students and of their ids elsewhere in the gradebook, and "
        "say who is missing.",
    )
    parser.add_argument(
        "--add",
        metavar="FILE",
        type=Path,
        help="CSV with the column id, and any of first_name, last_name, email, lms_user_id",
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", help="who is missing in this lab")
    parser.add_argument(
        "--forget", metavar="STUDENT", help="remove a student: gradebook, files, grades, traces"
    )
    parser.add_argument("--yes", action="store_true", help="with --forget: really do so")
    add_place(parser)
    parser.set_defaults(run=run)
    own = parser.add_subparsers(metavar="COMMAND", help="import or link")
    _add_import(own)
    _add_link(own)


def _add_import(commands: Any) -> None:
    parser = commands.add_parser(
        "import",
        help="read who there is from files that an LMS exported",
        description="Read who there is, and who they are there, from tables that Canvas, Moodle, "
        "Gradescope, Blackboard or Brightspace exported, or from any table with a line a student.",
        argument_default=argparse.SUPPRESS,  # what the whole command has is said there
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+")
    parser.add_argument(
        "-a", "--assignment", metavar="LAB", help="Moodle's worksheet: of which assignment"
    )
    parser.add_argument(
        "--format", choices=("auto", *SYSTEMS), default="auto", help="whose (default: seen)"
    )
    parser.add_argument(
        "--column",
        metavar="FIELD=TITLE",
        action="append",
        default=[],
        help="the column of login, email, number, user, participant, name, first or last",
    )
    parser.add_argument(
        "--id",
        metavar="KIND",
        default="",
        help="what new students are called by: login, number, email or user (default: the first)",
    )
    parser.add_argument("--encoding", default=None, help="of the files, where one is read wrongly")
    parser.add_argument("--dry-run", action="store_true", default=False, help="say, write nothing")
    parser.add_argument(
        "--yes", action="store_true", default=False, help="add many whom the course does not know"
    )
    add_place(parser)
    parser.set_defaults(run=run_import)


def _add_link(commands: Any) -> None:
    parser = commands.add_parser(
        "link",
        help="say whose an id is",
        description="Say that an id in some system is this student's, such as "
        "'moodle:participant=4711 -a slope' or 'canvas:user=12345'.",
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("student", metavar="STUDENT", nargs="?", default=None)
    parser.add_argument("identity", metavar="SYSTEM:KIND=ID", nargs="?", default=None)
    parser.add_argument("-a", "--assignment", metavar="LAB", help="for Moodle's participant")
    parser.add_argument(
        "--new", action="store_true", default=False, help="a student whom the course has not yet"
    )
    parser.add_argument(
        "--yes", action="store_true", default=False, help="move what came under the id, too"
    )
    parser.add_argument(
        "--work",
        action="store_true",
        default=False,
        help="move all work of whoever had the id so far, even of a student with other ids",
    )
    parser.add_argument("--undo", action="store_true", default=False, help="undo the last link")
    add_place(parser)
    parser.set_defaults(run=run_link)


def run(options: argparse.Namespace) -> int:
    """Do what the options say; missing students on stdout. Raises AutograderError."""
    if not (options.add or options.assignment or options.forget):
        raise CourseError("give --add FILE, -a LAB or --forget STUDENT, or 'import' or 'link'")
    course = course_of(options)
    with open_book(options, course, new=options.add is not None) as book:
        from autograder.gradebook.students import add_roster, has_lab, who_is_missing

        if options.assignment:
            has_lab(book, course, options.assignment)
        if options.add:
            print(f"{add_roster(book, options.add)} students", file=sys.stderr)
        if options.forget:
            _forget(options, course, book)
        if options.assignment:
            there, missing = who_is_missing(book, options.assignment)
            for student in missing:
                print(student)
            print(f"{len(there)} handed in, {len(missing)} missing", file=sys.stderr)
    return 0


def _forget(options: argparse.Namespace, course: Course, book: Book) -> None:
    """Remove a student, by whichever id, and the folders of all their ids."""
    from autograder.gradebook.forgetting import forget_files
    from autograder.gradebook.identity import folders_of, people_of
    from autograder.gradebook.students import forget

    people = people_of(book)
    student = people.find(options.forget)
    if not options.yes:
        raise CourseError(f"{student}: nothing was removed; say --yes as well")
    graded = options.graded or course.graded
    removed = [
        path for name in folders_of(people, student) for path in forget_files(course, name, graded)
    ]
    forget(book, student)
    for path in removed:
        print(f"removed from {path}", file=sys.stderr)
    print(f"{student}: removed from the gradebook and {len(removed)} places")


def run_import(options: argparse.Namespace) -> int:
    """Read each file, say what was understood, and keep it; 1 where something stays open.

    Raises AutograderError; then the files before are in.
    """
    course = course_of(options)
    lab = options.assignment or ""
    if lab:
        course.exercise(lab)
    still_open = 0
    with open_book(options, course, new=not options.dry_run) as book:
        from autograder.gradebook.identity import people_of

        people = people_of(book)
        for path in options.files:
            still_open += _import(options, book, people, path, lab)
    return int(bool(still_open))


def _import(options: argparse.Namespace, book: Book, people: People, path: Path, lab: str) -> int:
    """Import one file into ``people`` and the gradebook; return how many lines stay open."""
    from autograder.gradebook.identity import identities_of, save
    from autograder.lms.registry import understood
    from autograder.lms.roster import decide
    from autograder.lms.sheet import Named
    from autograder.lms.table import read_table

    said = "" if options.format == "auto" else options.format
    table = read_table(path, options.encoding)
    _, sheet = understood(table, Named.of(options.column, said))
    if "participant" in sheet.kinds and not lab:
        problem = "Moodle numbers people anew in each assignment; -a LAB says which this is of"
        raise CourseError(f"{path}: {problem}")
    persons = [sheet.person(row, lab) for row in sheet.people]
    decided = decide(people, persons, options.id)
    new = [one for one in decided if one.new]
    _say(path, sheet, decided, people)
    taken = [(one.student, one.person) for one in decided if one.student]
    here = len({one.student for one in decided if one.student} & people.students.keys())
    if people.are_many(len(new), here) and not options.yes and not options.dry_run:
        problem = f"{len(new)} of {len(decided)} are not known in this course of "
        problem += f"{len(people.students)}; --yes adds them"
        raise CourseError(f"{path}: nothing was written: {problem}")
    if not options.dry_run:
        count = save(book, taken, path.name)
        print(f"  {count} ids are new in the gradebook", file=sys.stderr)
    for student, person in taken:
        for one in identities_of(person, student, path.name):
            if not people.has(one):
                people.add(one)
        people.students.setdefault(student)
    return sum(bool(one.problem) for one in decided)


def _say(path: Path, sheet: Sheet, decided: Sequence[Decision], people: People) -> None:
    """Print what was understood of a file, and what becomes of its lines."""
    known = [one for one in decided if one.student and not one.new]
    new = [one for one in decided if one.new]
    left_open = [one for one in decided if one.problem]
    lines = [f"{path}: {sheet.system}, {sheet.table.says()}", f"  {'; '.join(sheet.says())}"]
    lines += [f"  line {row.line}: {what}, left out" for row, what in sheet.aside]
    lines += [f"  {text}: a spreadsheet has shortened this id" for text in sheet.shortened()]
    by = sorted({one.by for one in known})
    how = f" (by {', '.join(by)})" if by else ""
    lines.append(
        f"  {len(decided)} people: {len(known)} known{how}, {len(new)} new, {len(left_open)} open"
    )
    if known:
        absent = sorted(set(people.students) - {one.student for one in decided})
        lines += [f"  not in it, and kept: {_some(absent)}"] if absent else []
    for line in lines:
        print(printable(line), file=sys.stderr)
    for one in new:
        print(printable(f"{one.student}: new, {one.person.says()}"))
    for one in left_open:
        print(printable(f"{one.person.where}: {one.problem}"))
        for command in deciding(one.person, one.candidates):
            print(printable(f"    {command}"))


def _some(who: Sequence[str]) -> str:
    more = f" and {len(who) - SHOWN} more" if len(who) > SHOWN else ""
    return f"{', '.join(who[:SHOWN])}{more}"


def run_link(options: argparse.Namespace) -> int:
    """Say whose an id is, and move what came under it; 1 where --yes is to be said first.

    Raises AutograderError.
    """
    course = course_of(options)
    with open_book(options, course) as book:
        from autograder.gradebook.identity import people_of, whose_was
        from autograder.gradebook.lateness import LateRule
        from autograder.gradebook.moving import link_and_move, move_back, work_of

        rule = LateRule(course)
        if options.undo:
            from autograder.gradebook.moving import last_move

            source, target = move_back(book, _releases(book, course, last_move(book)[3].labs), rule)
            print(f"undone: what was {source or 'nobody'}'s is no longer {target}'s")
            return 0
        one = _identity(options, course)
        student = options.student if options.new else people_of(book).find(options.student)
        one = dataclasses.replace(one, student=student)
        before, alias = whose_was(book, one)
        plan = work_of(book, course, before, student, one.scope)
        stays = not before or before == student or not (alias or one.scope or options.work)
        if plan.lines and before != student and not stays and not options.yes:
            print(f"{one.says()}: {student} gets what came under it as {before}:")
            for line in plan.lines:
                print(printable(f"  {line}"))
            print("nothing was changed: --yes does it, and 'roster link --undo' undoes it")
            return 1
        kept = plan.lines if stays and before not in ("", student) else ()
        if stays:
            plan = dataclasses.replace(plan, labs=(), lines=())
        releases = _releases(book, course, plan.labs)
        link_and_move(book, course, one, plan, releases, rule, new=options.new)
        _share_decisions(options.graded or course.graded, plan)
    moved = f", no longer {before}'s" if before not in ("", student) else ""
    print(f"{one.says()}: {student}{moved}")
    for line in kept:
        print(printable(f"  {before} keeps {line}; --work moves it, too"))
    return 0


def _share_decisions(graded: Path, plan: Plan) -> None:
    """Let what was decided about work hold for whoever has it now. Raises CourseError."""
    import msgspec

    from autograder.grading.decision import decide, read_decisions

    for lab in plan.labs:
        made = [one for one in read_decisions(graded / lab) if one.student == plan.source]
        if made:
            replace = msgspec.structs.replace
            decide(graded / lab, [replace(one, student=plan.target) for one in made])


def _identity(options: argparse.Namespace, course: Course) -> Identity:
    """Return the id that is meant. Raises CourseError where it cannot be."""
    from autograder.lms.joining import Identity
    from autograder.lms.person import KINDS, SCOPED

    if not (options.student and options.identity):
        raise CourseError("give STUDENT and SYSTEM:KIND=ID, or --undo")
    system, _, rest = options.identity.partition(":")
    kind, _, value = rest.partition("=")
    if not value or kind not in KINDS or system not in SYSTEMS:
        kinds = ", ".join(KINDS)
        problem = f"SYSTEM:KIND=ID, a system of {', '.join(SYSTEMS)} and a kind of {kinds}"
        raise CourseError(f"{options.identity}: {problem}")
    lab = options.assignment or ""
    if (kind in SCOPED) != bool(lab):
        raise CourseError(
            f"{options.identity}: -a LAB says of which assignment"
            if kind in SCOPED
            else f"-a {lab}: a {kind} is the same in all assignments"
        )
    if lab:
        course.exercise(lab)
    return Identity(
        student=options.student,
        system=system,
        kind=kind,
        value=value,
        scope=lab,
        source="roster link",
    )


def _releases(book: Book, course: Course, labs: Sequence[str]) -> list[Release]:
    """Return the labs that the gradebook has, as it has them. Raises CourseError."""
    from autograder.exercise.loader import load_exercise
    from autograder.gradebook.release import release_of
    from autograder.gradebook.students import has_lab

    there = [lab for lab in labs if lab in course.lab_names() and has_lab(book, course, lab)]
    return [
        release_of(book, course, lab, load_exercise(course.exercise(lab)).points) for lab in there
    ]
