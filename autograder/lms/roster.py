"""What importing a list of people would change, before anything is written."""

from __future__ import annotations

import collections
import dataclasses
from collections.abc import Sequence

from autograder.lms.joining import People, is_id, new_id
from autograder.lms.person import NAME, SCOPED, Match, Person
from autograder.lms.words import name_key
from autograder.words.catalogue import say


@dataclasses.dataclass(frozen=True, kw_only=True)
class Decision:
    """One line: whose it is (``known``, ``new``), or why that is not said (``open``).

    ``candidates`` are students who could be meant.
    """

    person: Person
    student: str = ""
    by: str = ""
    new: bool = False
    problem: str = ""
    candidates: tuple[str, ...] = ()


def decide(people: People, persons: Sequence[Person], prefer: str = "") -> list[Decision]:
    """Return whose each line is. Nothing is guessed: what could be two people's stays open.

    ``prefer`` is the kind of id that new students are called by.
    """
    own = people.own_kind(persons)
    odd = _doubled(persons)
    matches = [
        Match(problem=odd[place]) if place in odd else people.match(person, own)
        for place, person in enumerate(persons)
    ]
    names = collections.Counter(name_key(person.full) for person in _distinct(persons))
    decided = [
        _decision(people, person, match, prefer, namesakes=names[name_key(person.full)])
        for person, match in zip(persons, matches, strict=True)
    ]
    return _each_once(decided)


def _distinct(persons: Sequence[Person]) -> list[Person]:
    """Return each person once, whatever lines speak of them."""
    return list({tuple(sorted(one.ids.items())) or one.where: one for one in persons}.values())


def _doubled(persons: Sequence[Person]) -> dict[int, str]:
    """Return the lines that share an id with a line of somebody else, each with what it is."""
    lines: dict[tuple[str, str], list[int]] = {}
    for place, person in enumerate(persons):
        for kind, value in person.ids.items():
            lines.setdefault((kind, value), []).append(place)
    found = {}
    for (kind, value), places in lines.items():
        if len({tuple(persons[place].ids.items()) for place in places}) > 1:
            where = f" {say('and')} ".join(persons[place].where for place in places)
            for place in places:
                found[place] = say(
                    "line-doubled", kind=kind, value=value, where=where, who=persons[place].says()
                )
    return found


def _decision(
    people: People, person: Person, match: Match, prefer: str, *, namesakes: int
) -> Decision:
    """Return what becomes of one line."""
    if match.by == NAME and namesakes > 1:
        problem = say("line-namesakes", n=namesakes, person=person.says())
        return Decision(person=person, problem=problem, candidates=(match.student,))
    if match.problem:
        return Decision(person=person, problem=match.problem, candidates=match.candidates)
    if not match.new:
        return Decision(person=person, student=match.student, by=match.by)
    student = person.student or new_id(person, prefer)
    if student in people.students:
        problem = say("people-taken", person=person.says(), student=student)
        return Decision(person=person, problem=problem, candidates=(student,))
    if not is_id(student):
        code = "line-no-id-but-list" if SCOPED.issuperset(person.ids) else "line-no-id"
        problem = say(code, person=person.says())
        return Decision(person=person, problem=problem)
    return Decision(person=person, student=student, new=True)


def _each_once(decided: Sequence[Decision]) -> list[Decision]:
    """Leave open all lines that would be one student's and speak of different people."""
    lines: dict[str, list[Person]] = {}
    for one in decided:
        if one.student:
            lines.setdefault(one.student, []).append(one.person)
    return [
        dataclasses.replace(
            one,
            student="",
            new=False,
            problem=say("line-same-student", person=one.person.says(), student=one.student),
            candidates=() if one.new else (one.student,),
        )
        if one.student and len(_distinct(lines[one.student])) > 1
        else one
        for one in decided
    ]
