"""What a rejected file declares in its header, and the mistakes of the course's own among them."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from autograder.course.header import OWN, Value, read_header
from autograder.errors import CourseError
from autograder.exercise.spec import CHECKS
from autograder.judge.mistakes.failure_messages import HAPPENED
from autograder.judge.mistakes.operators import BY_ID
from autograder.judge.mistakes.registry import MISTAKES

NONE = "none"
FRAMEWORK = frozenset({mistake.id for mistake in MISTAKES} | {*HAPPENED, *BY_ID})
"""The ids that are taken: those of the mistakes that every lab knows."""
LONGEST_ID, LONGEST_TEXT = 60, 500
_SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Own:
    """A mistake of the course's own: its id, and what a student reads of it."""

    id: str
    says: str
    hint: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declared:
    """What a rejected file says of itself.

    ``mistakes`` holds alternatives for each mistake: all must be named, one of each. ``own`` is the
    mistake that the file brings. ``line`` is where the mistakes stand.
    """

    path: Path
    fails: frozenset[str]
    mistakes: tuple[frozenset[str], ...]
    why: str
    own: Own | None = None
    line: int = 0


def read_declared(path: Path, known: Iterable[str] = CHECKS) -> Declared:
    """Return what the header of a rejected file declares. Raises CourseError with file and line.

    ``known`` are the checks that it may name: those of the lab.
    """
    return _declared(path, path.read_bytes(), known)


def read_own(path: Path, data: bytes, known: Iterable[str] = CHECKS) -> Declared | None:
    """Return what a file declares that brings a mistake of its own, None where it brings none.

    Raises CourseError with file and line.
    """
    header = read_header(data.decode("utf-8", "replace"))
    return _declared(path, data, known) if OWN in header else None


def _declared(path: Path, data: bytes, known: Iterable[str]) -> Declared:
    found = read_header(data.decode("utf-8", "replace"))
    if "fails" not in found or "mistake" not in found:
        raise CourseError(
            f"{path}: needs the lines '# fails: <checks>' and '# mistake: <ids or none>' at its top"
        )
    fails = frozenset(_names_in(found["fails"].text))
    known = tuple(known)
    unknown = sorted(fails - set(known))
    if unknown or not fails:
        where = f"{path}:{found['fails'].line}"
        raise CourseError(f"{where}: '# fails:' names {unknown or 'no check'}; known: {known}")
    named = [] if found["mistake"].text == NONE else _names_in(found["mistake"].text)
    if not named and found["mistake"].text != NONE:
        where = f"{path}:{found['mistake'].line}"
        raise CourseError(f"{where}: '# mistake:' names nothing; write an id, or '{NONE}'")
    own = _own(path, found["mistake"], found[OWN], found.get("hint")) if OWN in found else None
    if own is None and "hint" in found:
        where = f"{path}:{found['hint'].line}"
        raise CourseError(f"{where}: '# hint:' needs a line '# says:', which it adds to")
    return Declared(
        path=path,
        fails=fails,
        mistakes=tuple(frozenset(part.strip() for part in one.split("|")) for one in named),
        why=found["why"].text if "why" in found else "",
        own=own,
        line=found["mistake"].line,
    )


def _own(path: Path, mistake: Value, says: Value, hint: Value | None) -> Own:
    """Return the mistake that a file brings. Raises CourseError."""
    problem = problem_of_id(mistake.text)
    if problem:
        raise CourseError(f"{path}:{mistake.line}: '# mistake:' beside '# says:': {problem}")
    for key, value in (("says", says), ("hint", hint)):
        problem = problem_of_text(value.text) if value is not None else ""
        if problem and value is not None:
            raise CourseError(f"{path}:{value.line}: '# {key}:' {problem}")
    return Own(id=mistake.text, says=says.text, hint=hint.text if hint else "")


def problem_of_id(text: str) -> str:
    """Return why a text cannot be the id of a mistake of the course's own, nothing where it can."""
    if text in FRAMEWORK or text == NONE:
        return f"{text!r} is taken: every lab knows a mistake of this id; choose another id"
    if not _SLUG.fullmatch(text) or len(text) > LONGEST_ID:
        return (
            f"{text!r} is not an id; write one of lower-case letters, digits and single hyphens, "
            f"such as 'rate-squared', of at most {LONGEST_ID} characters"
        )
    return ""


def problem_of_text(text: str) -> str:
    """Return why students cannot be told a text on one line, nothing where they can."""
    if not text.strip():
        return "says nothing; write a sentence for the student"
    if len(text) > LONGEST_TEXT:
        return f"has {len(text)} characters; write at most {LONGEST_TEXT}"
    if not text.isprintable():
        return "has a line break or a control character; write one plain line"
    return ""


def rejected(folder: Path) -> list[Path]:
    """Return a lab's files that must lose exactly what they declare."""
    found = (folder / "rejected").glob("*")
    return sorted(path for path in found if path.suffix in (".py", ".ipynb"))


def own_declared(paths: Sequence[Path], known: Iterable[str] = CHECKS) -> list[Declared]:
    """Return what the files declare that bring mistakes of their own.

    Raises CourseError for the first header that is wrong, or an id that two files bring.
    """
    known = tuple(known)
    found = [read_own(path, path.read_bytes(), known) for path in paths if path.suffix == ".py"]
    own = [one for one in found if one is not None]
    for problem in clashes(own).values():
        raise CourseError(problem)
    return own


def clashes(declared: Iterable[Declared]) -> dict[Path, str]:
    """Return by file what is wrong where two files bring a mistake of one id."""
    first: dict[str, Declared] = {}
    problems = {}
    for one in declared:
        if one.own is None:
            continue
        other = first.setdefault(one.own.id, one)
        if other is not one:
            problems[one.path] = (
                f"{one.path}:{one.line}: the id {one.own.id!r} is that of {other.path.name}, too; "
                "give each mistake an id of its own"
            )
    return problems


def _names_in(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
