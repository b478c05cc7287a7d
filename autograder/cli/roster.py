"""``autograder roster``: the students, their ids elsewhere, and who has not submitted."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable, some
from autograder.cli.people import deciding
from autograder.errors import CourseError
from autograder.words.catalogue import say

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
        help=say("roster-help"),
        description=say("roster-description"),
    )
    parser.add_argument(
        "--add",
        metavar="FILE",
        type=Path,
        help=say("roster-add"),
    )
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("roster-lab"))
    parser.add_argument("--forget", metavar="STUDENT", help=say("roster-forget"))
    parser.add_argument("--yes", action="store_true", help=say("roster-yes"))
    add_place(parser)
    parser.set_defaults(run=run)
    own = parser.add_subparsers(metavar="COMMAND", help=say("roster-own"))
    _add_import(own)
    _add_link(own)


def _add_import(commands: Any) -> None:
    parser = commands.add_parser(
        "import",
        help=say("roster-import-help"),
        description=say("roster-import-description"),
        argument_default=argparse.SUPPRESS,  # what the whole command has is said there
    )
    parser.add_argument("files", metavar="FILE", type=Path, nargs="+")
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("roster-import-lab"))
    parser.add_argument(
        "--format", choices=("auto", *SYSTEMS), default="auto", help=say("roster-import-format")
    )
    parser.add_argument(
        "--column",
        metavar="FIELD=TITLE",
        action="append",
        default=[],
        help=say("roster-import-column"),
    )
    parser.add_argument(
        "--id",
        metavar="KIND",
        default="",
        help=say("roster-import-id"),
    )
    parser.add_argument("--encoding", default=None, help=say("roster-import-encoding"))
    parser.add_argument(
        "--dry-run", action="store_true", default=False, help=say("roster-import-dry-run")
    )
    parser.add_argument("--yes", action="store_true", default=False, help=say("roster-import-yes"))
    add_place(parser)
    parser.set_defaults(run=run_import)


def _add_link(commands: Any) -> None:
    parser = commands.add_parser(
        "link",
        help=say("roster-link-help"),
        description=say("roster-link-description"),
        argument_default=argparse.SUPPRESS,
    )
    parser.add_argument("student", metavar="STUDENT", nargs="?", default=None)
    parser.add_argument("identity", metavar="SYSTEM:KIND=ID", nargs="?", default=None)
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("roster-link-lab"))
    parser.add_argument("--new", action="store_true", default=False, help=say("roster-link-new"))
    parser.add_argument("--yes", action="store_true", default=False, help=say("roster-link-yes"))
    parser.add_argument(
        "--work",
        action="store_true",
        default=False,
        help=say("roster-link-work"),
    )
    parser.add_argument("--undo", action="store_true", default=False, help=say("roster-link-undo"))
    add_place(parser)
    parser.set_defaults(run=run_link)


def run(options: argparse.Namespace) -> int:
    """Do what the options say; missing students on stdout. Raises AutograderError."""
    if not (options.add or options.assignment or options.forget):
        raise CourseError(say("roster-nothing-asked"))
    course = course_of(options)
    with open_book(options, course, new=options.add is not None) as book:
        from autograder.gradebook.students import add_roster, has_lab, who_is_missing

        if options.assignment:
            has_lab(book, course, options.assignment)
        if options.add:
            print(say("count-students", n=add_roster(book, options.add)), file=sys.stderr)
        if options.forget:
            _forget(options, course, book)
        if options.assignment:
            there, missing = who_is_missing(book, options.assignment)
            for student in missing:
                print(student)
            print(say("roster-missing", missing=len(missing), there=len(there)), file=sys.stderr)
    return 0


def _forget(options: argparse.Namespace, course: Course, book: Book) -> None:
    """Remove a student, by whichever id, and the folders of all their ids."""
    from autograder.gradebook.forgetting import forget_files
    from autograder.gradebook.identity import folders_of, people_of
    from autograder.gradebook.students import forget

    people = people_of(book)
    student = people.find(options.forget)
    if not options.yes:
        raise CourseError(say("roster-not-removed", student=student))
    graded = options.graded or course.graded
    removed = [
        path for name in folders_of(people, student) for path in forget_files(course, name, graded)
    ]
    forget(book, student)
    for path in removed:
        print(say("roster-removed-from", path=path), file=sys.stderr)
    print(say("roster-removed", n=len(removed), student=student))


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
        raise CourseError(say("roster-which-lab", path=path))
    persons = [sheet.person(row, lab) for row in sheet.people]
    decided = decide(people, persons, options.id)
    new = [one for one in decided if one.new]
    _say(path, sheet, decided, people)
    taken = [(one.student, one.person) for one in decided if one.student]
    here = len({one.student for one in decided if one.student} & people.students.keys())
    if people.are_many(len(new), here) and not options.yes and not options.dry_run:
        known = len(people.students)
        many = say("roster-many-new", path=path, new=len(new), n=len(decided), known=known)
        raise CourseError(many)
    if not options.dry_run:
        count = save(book, taken, path.name)
        print(say("roster-ids-new", n=count), file=sys.stderr)
    for student, person in taken:
        for one in identities_of(person, student, path.name):
            if not people.has(one):
                people.add(one)
        people.students.setdefault(student)
    return sum(bool(one.problem) for one in decided)


def _say(path: Path, sheet: Sheet, decided: Sequence[Decision], people: People) -> None:
    """Print what was understood of a file, and what becomes of its lines."""
    from autograder.lms.joining import kind_name

    known = [one for one in decided if one.student and not one.new]
    new = [one for one in decided if one.new]
    left_open = [one for one in decided if one.problem]
    lines = [f"{path}: {sheet.system}, {sheet.table.says()}", f"  {'; '.join(sheet.says())}"]
    lines += [say("roster-left-out", line=row.line, what=what) for row, what in sheet.aside]
    lines += [say("roster-shortened", id=text) for text in sheet.shortened()]
    by = sorted({kind_name(one.by) for one in known})
    how = say("roster-known-by" if by else "roster-known", n=len(known), by=", ".join(by))
    lines.append(say("roster-sums", known=how, n=len(decided), new=len(new), open=len(left_open)))
    if known:
        absent = sorted(set(people.students) - {one.student for one in decided})
        lines += [say("roster-absent", who=some(absent, SHOWN))] if absent else []
    for line in lines:
        print(printable(line), file=sys.stderr)
    for one in new:
        print(printable(say("roster-new", student=one.student, person=one.person.says())))
    for one in left_open:
        print(printable(f"{one.person.where}: {one.problem}"))
        for command in deciding(one.person, one.candidates):
            print(printable(f"    {command}"))


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
            print(say("roster-undone", source=source or say("nobody"), target=target))
            return 0
        one = _identity(options, course)
        student = options.student if options.new else people_of(book).find(options.student)
        one = dataclasses.replace(one, student=student)
        before, alias = whose_was(book, one)
        plan = work_of(book, course, before, student, one.scope)
        stays = not before or before == student or not (alias or one.scope or options.work)
        if plan.lines and before != student and not stays and not options.yes:
            print(say("roster-would-move", before=before, one=one.says(), student=student))
            for line in plan.lines:
                print(printable(f"  {line}"))
            print(say("roster-not-moved"))
            return 1
        kept = plan.lines if stays and before not in ("", student) else ()
        if stays:
            plan = dataclasses.replace(plan, labs=(), lines=())
        releases = _releases(book, course, plan.labs)
        link_and_move(book, course, one, plan, releases, rule, new=options.new)
        _share_decisions(options.graded or course.graded, plan)
    moved = before not in ("", student)
    code = "roster-no-longer" if moved else "roster-linked"
    print(say(code, one=one.says(), student=student, before=before))
    for line in kept:
        print(printable(say("roster-keeps", before=before, line=line)))
    return 0


def _share_decisions(graded: Path, plan: Plan) -> None:
    """Apply what was decided about work to whoever has it now. Raises CourseError."""
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
        raise CourseError(say("roster-link-what"))
    system, _, rest = options.identity.partition(":")
    kind, _, value = rest.partition("=")
    if not value or kind not in KINDS or system not in SYSTEMS:
        kinds = ", ".join(KINDS)
        problem = say(
            "roster-link-form", identity=options.identity, kinds=kinds, systems=", ".join(SYSTEMS)
        )
        raise CourseError(problem)
    lab = options.assignment or ""
    if (kind in SCOPED) != bool(lab):
        raise CourseError(
            say("roster-link-needs-lab", identity=options.identity)
            if kind in SCOPED
            else say("roster-link-no-lab", kind=kind, lab=lab)
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
