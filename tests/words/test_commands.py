"""Every code that a command says is in the catalogue, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from babel.messages.pofile import read_po

import autograder
from autograder.cli.verify_output import COLUMNS
from autograder.collect.plan import ACTS
from autograder.exercise.argument import REASONS
from autograder.judge.mistakes.operators import OPERATORS
from autograder.judge.result import Outcome, Status
from autograder.lms.canvas import KEEPS
from autograder.portal.people import Role
from autograder.portal.policy import Counts, Told
from autograder.portal.staff import KINDS
from autograder.report.pages import SPOKEN
from autograder.sandbox.registry import GAPS, GAPS_WITHOUT_GROUPS
from autograder.words.catalogue import DOMAINS, LOCALE

PACKAGE = Path(autograder.__file__).parent
SAYING = {"say": 0, "text": 0, "coded": 0, "_require": 2}
TEMPLATE = re.compile(r'(?:\b(?:say|coded)\(| else )"([a-z0-9-]+)"(?! ~)')
STATES = ("queued", "running", "done", "failed")
REGISTRIES = {
    *(f"collect-act-{act}" for act in ACTS),
    *(f"collect-sum-{act}" for act in ACTS),
    *(f"verify-column-{name}" for name in COLUMNS),
    *(f"page-{name}" for name in SPOKEN),
    *(f"export-where-{name}" for name in ("canvas", "moodle", "blackboard", "brightspace")),
    *(f"doctor-{name}" for name in ("level", "works", "secure", "detail")),
    *(f"column-{name}" for name in ("student", "status", "score", "not-passed")),
    *(f"is-{status.replace('_', '-')}" for status in (*get_args(Status), "missing")),
    *(f"grade-results{name}" for name in ("", "-reused", "-judged")),
    *(f"portal-is-{state}" for state in STATES),
    *(f"portal-is-short-{state}" for state in STATES),
    *(f"portal-change-{kind}" for kind in KINDS),
    *(f"portal-counts-{counts}" for counts in get_args(Counts)),
    *(f"portal-tells-{told}" for told in get_args(Told)),
    *(f"portal-role-{role}" for role in get_args(Role)),
    *(f"portal-public-{outcome}" for outcome in get_args(Outcome)),
    *KEEPS.values(),
    *REASONS.values(),
    *(f"operator-{operator.id}" for operator in OPERATORS),
    *(code for all_ in (GAPS, GAPS_WITHOUT_GROUPS) for gaps in all_.values() for code in gaps.values()),
}  # fmt: skip


def codes_in(domain: str) -> set[str]:
    with (LOCALE / "en" / "LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        found = [one.id for one in read_po(file) if one.id]
    return {one if isinstance(one, str) else one[0] for one in found}


def trees() -> Iterator[ast.Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ast.parse(path.read_text())


def literals() -> Iterator[str]:
    """Yield all texts in the sources: a code may be chosen first and said later."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in sorted(PACKAGE.rglob("*.html.j2")):
        yield from TEMPLATE.findall(path.read_text())


def said() -> Iterator[str]:
    """Yield all codes that are said by their own name."""
    for tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                place = SAYING.get(node.func.id)
                if place is not None and place < len(node.args):
                    given = node.args[place]
                    if isinstance(given, ast.Constant) and isinstance(given.value, str):
                        yield given.value
    for path in sorted(PACKAGE.rglob("*.html.j2")):
        yield from TEMPLATE.findall(path.read_text())


def test_nothing_in_the_catalogue_is_never_said() -> None:
    assert codes_in("command") - REGISTRIES - set(literals()) == set()


def test_what_is_said_is_in_a_catalogue() -> None:
    assert {*said(), *REGISTRIES} - set().union(*map(codes_in, DOMAINS)) == set()
