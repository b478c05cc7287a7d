"""A lab's examples: files that must get full marks, and files that declare what they lose."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.spec import CHECKS

HEADER_LINES = 6
_LINE = re.compile(r"#\s*(fails|mistake|why)\s*:\s*(.*)")
NONE = "none"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declared:
    """What a rejected file says of itself.

    ``mistakes`` holds alternatives for each mistake: all must be named, one of each.
    """

    fails: frozenset[str]
    mistakes: tuple[frozenset[str], ...]
    why: str


def accepted(course: Course, lab: str) -> list[Path]:
    """Return the files that must get full marks."""
    return _files(course, lab, "accepted")


def rejected(course: Course, lab: str) -> list[Path]:
    """Return the files that must lose exactly what they declare."""
    return _files(course, lab, "rejected")


def _files(course: Course, lab: str, kind: str) -> list[Path]:
    folder = course.exercise(lab).parent / kind
    return sorted(path for path in folder.glob("*") if path.suffix in (".py", ".ipynb"))


def read_declared(path: Path) -> Declared:
    """Return what the first lines of a rejected file declare. Raises CourseError."""
    found = {}
    for line in path.read_text("utf-8", "replace").splitlines()[:HEADER_LINES]:
        match = _LINE.match(line)
        if match:
            found[match[1]] = match[2].strip()
    if "fails" not in found or "mistake" not in found:
        raise CourseError(
            f"{path}: needs the lines '# fails: <checks>' and '# mistake: <ids or none>' at its top"
        )
    fails = frozenset(_listed(found["fails"]))
    unknown = sorted(fails - set(CHECKS))
    if unknown or not fails:
        raise CourseError(f"{path}: '# fails:' names {unknown or 'no check'}; known: {CHECKS}")
    named = [] if found["mistake"] == NONE else _listed(found["mistake"])
    mistakes = tuple(frozenset(part.strip() for part in one.split("|")) for one in named)
    return Declared(fails=fails, mistakes=mistakes, why=found.get("why", ""))


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
