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
from autograder.judge.mistakes.operators import OPERATORS
from autograder.judge.mistakes.registry import MISTAKES
from autograder.words.catalogue import say

NONE = "none"
FRAMEWORK = frozenset(
    {*HAPPENED, *(mistake.id for mistake in MISTAKES), *(one.id for one in OPERATORS)}
)
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
        raise CourseError(say("rejected-no-header", path=path))
    fails = frozenset(_names_in(found["fails"].text))
    known = tuple(known)
    unknown = sorted(fails - set(known))
    if unknown or not fails:
        where = f"{path}:{found['fails'].line}"
        named = ", ".join(unknown) or say("no-check")
        problem = say("rejected-unknown", path=where, checks=named, known=", ".join(known))
        raise CourseError(problem)
    mistakes = [] if found["mistake"].text == NONE else _names_in(found["mistake"].text)
    if not mistakes and found["mistake"].text != NONE:
        where = f"{path}:{found['mistake'].line}"
        raise CourseError(say("rejected-no-mistake", where=where, none=NONE))
    own = _own(path, found["mistake"], found[OWN], found.get("hint")) if OWN in found else None
    if own is None and "hint" in found:
        where = f"{path}:{found['hint'].line}"
        raise CourseError(say("rejected-hint-alone", where=where))
    return Declared(
        path=path,
        fails=fails,
        mistakes=tuple(frozenset(part.strip() for part in one.split("|")) for one in mistakes),
        why=found["why"].text if "why" in found else "",
        own=own,
        line=found["mistake"].line,
    )


def _own(path: Path, mistake: Value, says: Value, hint: Value | None) -> Own:
    """Return the mistake that a file brings. Raises CourseError."""
    problem = problem_of_id(mistake.text)
    if problem:
        where = f"{path}:{mistake.line}"
        raise CourseError(say("rejected-own-id", where=where, problem=problem))
    for key, value in (("says", says), ("hint", hint)):
        problem = problem_of_text(value.text) if value is not None else ""
        if problem and value is not None:
            where = f"{path}:{value.line}"
            raise CourseError(say("rejected-own-text", where=where, key=key, problem=problem))
    return Own(id=mistake.text, says=says.text, hint=hint.text if hint else "")


def problem_of_id(text: str) -> str:
    """Return why a text cannot be the id of a mistake of the course's own, nothing where it can."""
    if text in FRAMEWORK or text == NONE:
        return say("own-id-taken", id=text)
    if not _SLUG.fullmatch(text) or len(text) > LONGEST_ID:
        return say("own-not-an-id", id=text, most=LONGEST_ID)
    return ""


def problem_of_text(text: str) -> str:
    """Return why students cannot be shown a text on one line, nothing where they can."""
    if not text.strip():
        return say("own-no-text")
    if len(text) > LONGEST_TEXT:
        return say("own-long-text", n=len(text), most=LONGEST_TEXT)
    if not text.isprintable():
        return say("own-control-text")
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
            where = f"{one.path}:{one.line}"
            said = say("rejected-same-id", where=where, id=one.own.id, other=other.path.name)
            problems[one.path] = said
    return problems


def _names_in(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
