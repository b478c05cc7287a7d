"""``autograder show``: why a student has this score; all attempts; all that is known as JSON."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.cli.gradebook import add_place, course_of, open_book, printable
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.gradebook.attempt import Attempt
    from autograder.gradebook.hand import Entry
    from autograder.gradebook.total import Total
    from autograder.grading.decision import Decision


def add_command(commands: Any) -> None:
    """Add the command and its options."""
    parser = commands.add_parser(
        "show",
        help=say("show-help"),
        description=say("show-description"),
    )
    parser.add_argument("student", metavar="STUDENT")
    parser.add_argument("-a", "--assignment", metavar="LAB", help=say("show-lab"))
    parser.add_argument("--json", action="store_true", help=say("show-json"))
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print to stdout. Raises AutograderError."""
    course = course_of(options)
    with open_book(options, course) as book:
        from autograder.gradebook.attempt import attempts_of
        from autograder.gradebook.hand import log_of
        from autograder.gradebook.identity import people_of
        from autograder.gradebook.lateness import LateRule
        from autograder.gradebook.said import regraded, since_exports
        from autograder.gradebook.students import all_about, has_lab
        from autograder.gradebook.total import total_of
        from autograder.grading.decision import Decisions, read_decisions

        graded = options.graded or course.graded
        lab = options.assignment
        known = lab is None or has_lab(book, course, lab)
        student = people_of(book).find(options.student, lab or "")
        if options.json:
            about = all_about(book, student)
            about["decisions"] = _decided(graded, student)
            text = json.dumps(about, indent=1, ensure_ascii=True)
            print(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))
            return 0
        attempts = attempts_of(book, student, lab)
        entries, rule = log_of(book, student, lab), LateRule(course)
        labs = dict.fromkeys(attempt.grade.assignment for attempt in attempts)
        labs |= dict.fromkeys(one.lab for one in entries)
        if lab is not None and known:
            labs[lab] = None
        for lab in labs:
            made = read_decisions(graded / lab)
            total = total_of(book, lab, student, Decisions(made), rule=rule)
            _show(
                total,
                [attempt for attempt in attempts if attempt.grade.assignment == lab],
                [one for one in entries if one.lab == lab],
                [one for one in made if one.student == student],
            )
            for one in since_exports(book, lab, [total.standing]):
                print(printable(say("show-changed", told=one.told)))
            for one in regraded(book, lab, student):
                print(printable(say("show-regraded", told=one.told)))
        if not labs:
            print(say("show-nothing", student=student))
    return 0


def _decided(graded: Path, student: str) -> list[dict[str, Any]]:
    """Return what was decided about a student's submissions in all labs, fit for JSON."""
    import msgspec

    from autograder.grading.decision import FILE, read_decisions

    return [
        {"assignment": path.parent.name, **msgspec.to_builtins(one)}
        for path in sorted(graded.glob(f"*/{FILE}"))
        for one in read_decisions(path.parent)
        if one.student == student
    ]


def _show(
    total: Total,
    attempts: list[Attempt],
    entries: list[Entry],
    decisions: list[Decision],
) -> None:
    from rich.console import Console

    from autograder.gradebook.counting import counting
    from autograder.grading.results import status_word

    console = Console(highlight=False, soft_wrap=True)
    head, *rest = total.lines()
    console.print(head, style="bold", markup=False)
    for line in rest:
        console.print(line, markup=False)
    counted = counting(attempts)
    if attempts:
        _checks(console, counted.attempt or attempts[-1])
    for line in _by_hand(entries):
        console.print(f"  {printable(line)}", markup=False)
    for decision in decisions:
        console.print(f"  {_words(decision)}", markup=False)
    console.print(say("show-attempts", n=len(attempts)), markup=False)
    for attempt in attempts:
        grade = attempt.grade
        score = say("no-score") if grade.score is None else f"{grade.score:g}/{grade.max_score:g}"
        when = say("show-submitted", at=_moment(attempt.submitted)) if attempt.submitted else ""
        digest = grade.submission_sha256[:12] or say("show-nothing-read")
        counts = say("show-counts") if attempt is counted.attempt else ""
        said = f"{score}, {status_word(grade.status)}{counts}{when}, {digest}"
        console.print(f"  {_moment(attempt.recorded)}: {said}", markup=False)
        if attempt is counted.later and grade.message:
            console.print(f"      {printable(say(grade.message))}", markup=False)


def _by_hand(entries: list[Entry]) -> Iterator[str]:
    """Yield what was changed by hand, each with its number, whether it applies, who, when, why."""
    from autograder.gradebook.hand import standing_entries

    alive = {one.number for one in standing_entries(entries)}
    for one in entries:
        undone = say("show-undone") if one.kind != "undo" and one.number not in alive else ""
        who = say("show-by", who=one.who) if one.who else ""
        when = f", {one.recorded:%Y-%m-%d}{who}" if one.recorded else who
        why = f": {one.reason}" if one.reason else ""
        yield f"{one.number}. {one.words}{undone}{when}{why}"


def _moment(at: dt.datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _words(decision: Decision) -> str:
    from autograder.judge.review import reason_of

    what = say("show-accepted") if decision.accepted else say("show-looked-at")
    why = " ".join(map(reason_of, decision.reviewed))
    said = [f"{decision.submission[:12]} {what}", why, decision.reason]
    return printable(": ".join(text for text in said if text))


def _checks(console: Console, attempt: Attempt) -> None:
    """Print an attempt's checks, each with the evidence that it rests on."""
    from autograder.judge.grouping import heads

    grade = attempt.grade
    causes = (cause for group in grade.groups for cause in group.causes)
    for text in (grade.message, *causes):
        if text:
            console.print(f"  {printable(say(text))}", markup=False)
    for check in grade.checks:
        evidence = "" if check.evidence == "none" else check.evidence
        seen = ", ".join(word for word in (check.scenarios, evidence) if word)
        console.print(f"  {heads([check])}{seen and f' ({seen})'}", markup=False)
        for text in (check.message, check.hint):
            if text:
                console.print(f"      {printable(say(text))}", markup=False)
    versions = ", ".join(f"{name} {version}" for name, version in sorted(grade.versions.items()))
    sandbox = say("show-sandbox", level=grade.isolation, versions=versions)
    console.print(sandbox, markup=False)
    exercise = say("show-exercise", digest=grade.exercise_sha256[:12])
    console.print(exercise, markup=False)
