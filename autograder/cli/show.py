"""``autograder show``: why a student has this score; all attempts; all that is known as JSON."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.gradebook.attempt import Attempt
    from autograder.gradebook.override import Override
    from autograder.gradebook.total import Total


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "show",
        help="why a student has this score",
        description="Show a student's attempts from the gradebook, with the evidence of each.",
    )
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("-a", "--assignment", metavar="LAB", help="one lab (default: all)")
    parser.add_argument(
        "--json", action="store_true", help="all that the gradebook holds of the student"
    )
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print to stdout. Raises AutograderError."""
    course = course_of(options)
    with open_book(options, course) as book:
        from autograder.gradebook.attempt import attempts_of
        from autograder.gradebook.override import overrides_of
        from autograder.gradebook.students import all_about, has_lab, require_student
        from autograder.gradebook.total import total_of

        lab = options.assignment
        known = lab is None or has_lab(book, course, lab)
        if options.json:
            about = all_about(book, options.student)
            text = json.dumps(about, indent=1, ensure_ascii=True)
            print(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
            return 0
        require_student(book, options.student)
        attempts = attempts_of(book, options.student, lab)
        overrides = overrides_of(book, options.student, lab)
        labs = dict.fromkeys(attempt.grade.assignment for attempt in attempts)
        if lab is not None and known:
            labs[lab] = None
        for lab in labs:
            total = total_of(book, lab, options.student)
            mine = [attempt for attempt in attempts if attempt.grade.assignment == lab]
            _show(total, mine, [one for name, one in overrides if name == lab])
        if not labs:
            print(f"{options.student}: nothing is graded yet")
    return 0


def _show(total: Total, attempts: list[Attempt], overrides: list[Override]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    head, *rest = total.lines()
    console.print(head, style="bold", markup=False)
    for line in rest:
        console.print(line, markup=False)
    if attempts:
        _checks(console, attempts[-1])
    for one in overrides:
        points = "automatic again" if one.points is None else f"{one.points:g} points by hand"
        reason = printable(one.reason)
        console.print(f"  {one.cell}: {points}, {one.recorded:%Y-%m-%d}: {reason}", markup=False)
    console.print(f"  attempts: {len(attempts)}", markup=False)
    for attempt in attempts:
        grade = attempt.grade
        score = "no score" if grade.score is None else f"{grade.score:g}/{grade.max_score:g}"
        when = f", handed in {attempt.submitted:%Y-%m-%d %H:%M} UTC" if attempt.submitted else ""
        digest = grade.submission_sha256[:12] or "nothing read"
        line = f"  {attempt.recorded:%Y-%m-%d %H:%M} UTC: {score}, {grade.status}{when}, {digest}"
        console.print(line, markup=False)


def _checks(console: Console, attempt: Attempt) -> None:
    """Print the newest attempt's checks, each with the evidence that it rests on."""
    grade = attempt.grade
    for text in (grade.message, *(found.message for found in grade.diagnosis), grade.departure):
        if text:
            console.print(f"  {printable(text)}", markup=False)
    for check in grade.checks:
        mark = "✔" if check.passed else "✘"
        points = f"{check.points:g}/{check.max_points:g}"
        seen = ", ".join(word for word in (check.scenarios, check.evidence) if word)
        console.print(f"  {mark} {check.id} {points} ({seen})", markup=False)
        for text in (check.message, check.hint):
            if text:
                console.print(f"      {printable(text)}", markup=False)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(grade.versions.items()))
    console.print(f"  isolation {grade.isolation}; {versions}", markup=False)
    console.print(f"  exercise {grade.exercise_sha256[:12]}", markup=False)
