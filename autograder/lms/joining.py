"""Whose an id is: what a course knows of its people, and how a new id is joined to them.

From the surest to the least: the same system's id; the course's own; e-mail and login from any
system; the institution's number where the names agree; the whole name where it is one person's.
What speaks for two people, or against the one, is never decided here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from autograder.errors import CourseError
from autograder.lms.person import KINDS, NAME, SCOPED, Match, Person, id_key
from autograder.lms.words import name_key
from autograder.words.catalogue import say

NEW_ID = ("login", "number", "email", "user", "github")
ANYWHERE = ("email", "login", "github")  # these mean the same person in every system
COURSE = "course"  # the system of what nbgrader's own columns say
OWN = "own"
ANY = "*"
FEW = 3


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity:
    """One id of a student: in which system, of which kind, for which assignment, from where."""

    student: str
    system: str
    kind: str
    value: str
    scope: str = ""
    source: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What only one student has."""
        return self.system, self.kind, self.scope, id_key(self.kind, self.value)

    def says(self) -> str:
        """Return it as ``roster link`` takes it."""
        where = f" -a {self.scope}" if self.scope else ""
        return f"{self.system}:{self.kind}={self.value}{where}"


class People:
    """The people of a course and their ids; it grows with each that is added."""

    def __init__(
        self,
        students: Iterable[str],
        identities: Iterable[Identity] = (),
        handed_in: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        self.students = dict.fromkeys(students)
        self._handed_in = handed_in or {}
        self._exact: dict[tuple[str, str, str, str], str] = {}
        self._loose: dict[tuple[str, str], set[str]] = {}
        self._names: dict[str, set[str]] = {}
        self._of: dict[str, list[Identity]] = {}
        self._listed = False
        self._sources: set[str] = set()  # students whose course id came from a system that is known
        for one in identities:
            self.add(one)

    def add(self, one: Identity) -> None:
        """Take an id. Raises CourseError where it is another student's."""
        owner = self._exact.get(one.key, one.student)
        if one.kind != NAME and owner != one.student:
            raise CourseError(say("id-taken", one=one.says(), owner=owner))
        self.students.setdefault(one.student)
        self._of.setdefault(one.student, []).append(one)
        if one.kind == NAME:
            self._names.setdefault(name_key(one.value), set()).add(one.student)
            return
        self._exact[one.key] = one.student
        self._listed |= one.system != COURSE
        if one.value == one.student and one.system != COURSE:
            self._sources.add(one.student)
        if one.kind not in SCOPED:
            for kind in _also(one.kind, one.value):
                key = (kind, id_key(kind, one.value))
                self._loose.setdefault(key, set()).add(one.student)

    def are_many(self, new: int, here: int) -> bool:
        """Return whether to ask first about so many new people, ``here`` being those known.

        Where only those are known who submitted before, more may come, as long as most of these are
        there; where a list told who there is, they may not.
        """
        known = len(self.students)
        most = not self._listed and here * 2 >= known
        return known > 0 and new >= FEW and new * 5 > known and not most

    def ids_of(self, student: str) -> list[Identity]:
        """Return all that is known of a student."""
        return list(self._of.get(student, ()))

    def has(self, one: Identity) -> bool:
        """Return whether an id is known as this student's."""
        if one.kind == NAME:
            return one.student in self._names.get(name_key(one.value), ())
        return self._exact.get(one.key) == one.student

    def own_kind(self, people: Collection[Person]) -> str:
        """Return the kind of id that the course's own ids are of, as far as nobody said.

        It is the one of which the most are students' ids; ``ANY`` where two fit equally and speak
        of different people, nothing where none fits.
        """
        fits: dict[str, set[tuple[int, str]]] = {}
        for place, person in enumerate(people):
            for kind, value in person.ids.items():
                if self._may_be_own(person, kind, value):
                    fits.setdefault(kind, set()).add((place, value))
        best = max(fits, key=lambda kind: len(fits[kind]), default="")
        tied = [kind for kind in fits if len(fits[kind]) == len(fits[best])]
        return ANY if any(fits[kind] != fits[best] for kind in tied) else best

    def _may_be_own(self, person: Person, kind: str, value: str) -> bool:
        """Return whether a student's course id may be this id; a system's is not another's."""
        if value not in self.students or value in self._sources:
            return False
        return kind not in SCOPED or value in self._handed_in.get(person.scope, ())

    def having(self, kind: str, value: str) -> set[str]:
        """Return who has an id of just this kind in any system; ``id`` is the course's own."""
        if kind == "id":
            return {value} & self.students.keys()
        return set(self._loose.get((kind, id_key(kind, value)), ()))

    def match(self, person: Person, own_kind: str = "") -> Match:
        """Return whose a person's ids are, or that nobody has them, or a problem."""
        found = (
            self._by_course_id(person)
            or self._by_same_system(person)
            or self._by_any_system(person, own_kind)
            or self._by_number(person)
        )
        if len({student for student, _ in found}) > 1:
            said = f" {say('and')} ".join(
                say("match-by", student=student, kind=kind_name(kind)) for student, kind in found
            )
            return _open(
                say("match-several", said=said, who=person.says()),
                *(student for student, _ in found),
            )
        if not found:
            return self._by_name(person)
        student, kind = found[0]
        against = self._against(student, person, kind)
        if against:
            return _open(
                say(
                    "match-but",
                    against=against,
                    kind=kind_name(kind),
                    student=student,
                    who=person.says(),
                ),
                student,
            )
        return Match(student=student, by=kind)

    def _by_course_id(self, person: Person) -> list[tuple[str, str]]:
        if person.student in self.students:
            return [(person.student, "id")]
        found = self._anyone(person.student, person.scope) if person.student else ()
        return [(student, "id") for student in sorted(found)]

    def _anyone(self, value: str, scope: str) -> set[str]:
        """Return all who have an id of this text, in any system."""
        return {
            student
            for (_, kind, where, key), student in self._exact.items()
            if where in ("", scope) and key == id_key(kind, value)
        }

    def _by_same_system(self, person: Person) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for kind, value in person.ids.items():
            scope = person.scope if kind in SCOPED else ""
            student = self._exact.get((person.system, kind, scope, id_key(kind, value)))
            if student is not None:
                found.setdefault(student, kind)
        return list(found.items())

    def _by_any_system(self, person: Person, own_kind: str) -> list[tuple[str, str]]:
        found: dict[str, str] = {}
        for kind, value in person.ids.items():
            if own_kind in (kind, ANY) and self._may_be_own(person, kind, value):
                found.setdefault(value, OWN)
            for also in _also(kind, value):
                if also in ANYWHERE:
                    for student in self._loose.get((also, id_key(also, value)), ()):
                        found.setdefault(student, also)
            listed = self._exact.get((COURSE, kind, "", id_key(kind, value)))
            if listed is not None:
                found.setdefault(listed, kind)
        return list(found.items())

    def _by_number(self, person: Person) -> list[tuple[str, str]]:
        value = person.ids.get("number", "")
        owners = self._loose.get(("number", id_key("number", value)), set()) if value else set()
        agreeing = [one for one in sorted(owners) if self._same_name(one, person.full)]
        return [(student, "number") for student in agreeing]

    def _same_name(self, student: str, name: str) -> bool:
        """Return whether names agree: one has all the words of the other, or is not known."""
        known = [set(name_key(i.value).split()) for i in self.ids_of(student) if i.kind == NAME]
        words = set(name_key(name).split())
        return not words or not known or any(words <= k or k <= words for k in known)

    def _by_name(self, person: Person) -> Match:
        found = self._names.get(name_key(person.full), set()) if person.full else set()
        if not found:
            return Match(new=True)
        if len(found) > 1:
            return _open(
                say(
                    "match-name-several",
                    students=f" {say('or')} ".join(sorted(found)),
                    who=person.says(),
                ),
                *sorted(found),
            )
        (student,) = found
        against = self._against(student, person, NAME)
        if against:
            return _open(
                say("match-name-but", against=against, student=student, who=person.says()), student
            )
        return Match(student=student, by=NAME)

    def _against(self, student: str, person: Person, by: str) -> str:
        """Return what speaks against a person's being a student, nothing where nothing does.

        Nobody has two numbers in one system. Ids of other systems are believed only where the names
        agree, but for addresses; a name alone, only where no other id differs.
        """
        scope = person.scope if by in SCOPED else ""
        exact = (person.system, by, scope, id_key(by, person.ids.get(by, ""))) in self._exact
        if by != "id" and not exact and not self._same_name(student, person.full):
            namesakes = self._names.get(name_key(person.full), set()) - {student}
            if namesakes:
                return say("match-namesake", students=f" {say('and')} ".join(sorted(namesakes)))
            if by in (OWN, "login", "user"):
                return say("match-is", student=student, name=self._name_of(student))
        for kind, value in person.ids.items():
            scope = person.scope if kind in SCOPED else ""
            if kind == by or (person.system, kind, scope, id_key(kind, value)) in self._exact:
                continue
            others = [
                one.value
                for one in self.ids_of(student)
                if one.kind == kind
                and one.scope == scope
                and (one.system == person.system or (by == NAME and kind == "email"))
            ]
            if others and (kind in ("participant", "user") or by == NAME):
                values = ", ".join(sorted(set(others)))
                code = "match-has-in" if scope else "match-has"
                return say(code, student=student, kind=kind, values=values, scope=scope)
        return ""

    def _name_of(self, student: str) -> str:
        return next((one.value for one in self.ids_of(student) if one.kind == NAME), student)

    def owner(self, person: Person, kind: str) -> str:
        """Return whose line of a table it is by one kind of id alone; nothing where unknown."""
        ids = {k: value for k, value in person.ids.items() if k == kind}
        alone = dataclasses.replace(person, ids=ids, student="")
        found = self.match(alone, own_kind=kind)
        return "" if found.by == NAME else found.student

    def find(self, text: str, lab: str = "") -> str:
        """Return the student whom a text names: by the course's id, or by any other.

        Raises CourseError where nobody has it, or several do.
        """
        if text in self.students:
            return text
        system, _, rest = text.partition(":")
        kind, _, value = rest.partition("=")
        if kind in KINDS and value:
            keys = [(system, kind, scope, id_key(kind, value)) for scope in ("", lab)]
            found = {self._exact[key] for key in keys if key in self._exact}
        else:
            found = self._anyone(text, lab)
        if not found:
            raise CourseError(say("no-such-student", student=text))
        if len(found) > 1:
            raise CourseError(
                say("student-ambiguous", students=f" {say('or')} ".join(sorted(found)), text=text)
            )
        return found.pop()


def _open(problem: str, *candidates: str) -> Match:
    """Return what is not decided here."""
    return Match(problem=problem, candidates=candidates)


def kind_name(kind: str) -> str:
    """Return what a kind of id is called."""
    return say("course-id") if kind == OWN else kind


def _also(kind: str, value: str) -> tuple[str, ...]:
    """Return what kinds an id is: a login that is an address is one, too."""
    return (kind, "email") if kind == "login" and "@" in value else (kind,)


def new_id(person: Person, prefer: str = "") -> str:
    """Return what a new student is called; nothing where there is no id that lasts."""
    order = (prefer, *NEW_ID) if prefer else NEW_ID
    return next((person.ids[kind] for kind in order if kind in person.ids), "")


def is_id(text: str) -> bool:
    """Return whether a text can be a student's id: a folder's name that nbgrader takes."""
    return 0 < len(text) <= 128 and text.isprintable() and "/" not in text and text[0] != "."
