"""What commands that match ids to students have in common."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING

from autograder.cli.gradebook import has_book, open_book
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from autograder.course.folder import Course
    from autograder.lms.joining import People
    from autograder.lms.person import Match, Person

LINK = "autograder roster link"


def people_known(options: argparse.Namespace, course: Course, submitted: Path) -> People:
    """Return whom the gradebook knows; without one, those who have a folder in ``submitted``.

    Raises CourseError.
    """
    from autograder.lms.joining import People

    if has_book(options, course):
        with open_book(options, course) as book:
            from autograder.gradebook.identity import people_of

            return people_of(book)
    folders = [path for path in submitted.iterdir() if path.is_dir()] if submitted.is_dir() else []
    handed_in = {
        lab: {path.name for path in folders if (path / lab).is_dir()} for lab in course.lab_names()
    }
    return People([path.name for path in folders], (), handed_in)


def resolver(people: People) -> Callable[[Sequence[Person]], list[Match]]:
    """Return what says whose an archive's files are: a student's, or a new one's.

    Where nobody is known yet, nobody is new.
    """
    from autograder.lms.person import Match

    def resolve(persons: Sequence[Person]) -> list[Match]:
        own = people.own_kind(persons)
        return [called(person, people.match(person, own)) for person in persons]

    def called(person: Person, match: Match) -> Match:
        if match.problem:
            commands = f" {say('or')} ".join(deciding(person, match.candidates))
            said = f"{match.problem}; {commands}" if commands else match.problem
            return dataclasses.replace(match, problem=said)
        if not match.new:
            return match
        student = person.student or next(iter(person.ids.values()), "")
        if not student:
            problem = say("people-no-id", person=person.says())
            return Match(problem=problem)
        if student in people.students:
            problem = say("people-taken", person=person.says(), student=student)
            return Match(problem=problem, candidates=(student,))
        return dataclasses.replace(match, student=student, new=bool(people.students))

    return resolve


def deciding(person: Person, candidates: Sequence[str]) -> Iterator[str]:
    """Yield the commands that say whose a person's id is."""
    from autograder.lms.joining import Identity, new_id

    kinds = [kind for kind in ("participant", "user") if kind in person.ids] or list(person.ids)
    if not kinds:
        return
    kind, scope = kinds[0], person.scope if kinds[0] == "participant" else ""
    for student in candidates:
        one = Identity(
            student=student,
            system=person.system,
            kind=kind,
            value=person.ids[kind],
            scope=scope,
        )
        yield f"{LINK} {student} {one.says()}"
    fresh = new_id(person)
    if fresh and fresh not in candidates:
        one = Identity(
            student=fresh, system=person.system, kind=kind, value=person.ids[kind], scope=scope
        )
        yield f"{LINK} {fresh} {one.says()} --new"
