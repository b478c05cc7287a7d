"""What a lab may be called: a slug that can also be the name of the students' script."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.metadata import packages_distributions
from typing import Literal

from autograder.errors import CourseError

Kind = Literal["functions", "module"]
KINDS: tuple[Kind, ...] = ("functions", "module")
LONGEST = 50
SPEC = "exercise"
OURS = "autograder"  # an editable installation does not list it
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def require_name(name: str) -> None:
    """Raise CourseError where a lab cannot be called so; says what to do."""
    problem = _problem(name)
    if problem:
        raise CourseError(f"new lab {name!r}: {problem}")


def title_of(name: str) -> str:
    """Return a first title: the name's words."""
    return name.replace("_", " ").strip().capitalize()


def require_title(title: str) -> None:
    """Raise CourseError where a title is not one line of text."""
    if not title.strip() or not title.isprintable():
        raise CourseError(f"--title {title!r}: must be one line of text; give it in quotes")


def _problem(name: str) -> str:
    if not _SLUG.fullmatch(name):
        closest = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:LONGEST]
        advice = f", such as {closest}" if _SLUG.fullmatch(closest) else ""
        return f"must be lower-case letters, digits and _, a letter first{advice}"
    if len(name) > LONGEST:
        return f"is longer than {LONGEST} characters; take a shorter one"
    if name == SPEC:
        return "is the name of every lab's spec, exercise.py; take another"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "is a word of Python's own; take another"
    if name in {*sys.stdlib_module_names, *packages_distributions(), OURS}:
        return (
            f"a student's {name}.py would hide the module {name} from every 'import {name}' "
            f"beside it; take another, such as {name}_lab"
        )
    return ""
