"""What a lab may be called: a slug that can also be the name of the students' script."""

from __future__ import annotations

import keyword
import re
import sys
from importlib.metadata import packages_distributions
from typing import Literal

from autograder.errors import CourseError
from autograder.words.catalogue import say

Kind = Literal["functions", "module", "parts"]
KINDS: tuple[Kind, ...] = ("functions", "module", "parts")
LONGEST = 50
SPEC = "exercise"
OURS = "autograder"  # an editable installation does not list it
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def require_name(name: str) -> None:
    """Raise CourseError where a lab cannot be called so; says what to do."""
    problem = _problem(name)
    if problem:
        raise CourseError(say("lab-name-wrong", name=name, problem=problem))


def title_of(name: str) -> str:
    """Return a first title: the name's words."""
    return name.replace("_", " ").strip().capitalize()


def require_title(title: str) -> None:
    """Raise CourseError where a title is not one line of text."""
    if not title.strip() or not title.isprintable():
        raise CourseError(say("lab-title-wrong", title=title))


def _problem(name: str) -> str:
    if not _SLUG.fullmatch(name):
        closest = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:LONGEST]
        advice = say("such-as", closest=closest) if _SLUG.fullmatch(closest) else ""
        return say("lab-name-letters", advice=advice)
    if len(name) > LONGEST:
        return say("lab-name-long", n=LONGEST)
    if name == SPEC:
        return say("lab-name-spec")
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return say("lab-name-keyword")
    if name in {*sys.stdlib_module_names, *packages_distributions(), OURS}:
        return say("lab-name-module", name=name)
    return ""
