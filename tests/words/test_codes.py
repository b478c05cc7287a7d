"""Every code that is used has a sentence, and every sentence of students' is used."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages.pofile import read_po

import autograder
from autograder.judge import grouping, messages, part_messages, shown, strides
from autograder.judge.diagnosis import (
    counts,
    data_changes,
    forward_formulas,
    loss_entries,
    loss_formulas,
    rests,
    update_formulas,
)
from autograder.judge.diagnosis.inner_losses import TOLD
from autograder.judge.diagnosis.naming import BY_CHANCE, OF_LOSS, WHOLLY
from autograder.judge.mistakes.failure_messages import CELL, END, IN_A_FUNCTION, NAMED, START
from autograder.judge.mistakes.operators import OPERATORS
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.notices import ASKING, NOTICES
from autograder.judge.own_names import ABSENT, DOES, IDLE, USED
from autograder.judge.review import REASONS
from autograder.report.pages import FILM_WORDS
from autograder.words.catalogue import LOCALE
from autograder.words.text import VERBATIM

PACKAGE = Path(autograder.__file__).parent
SAYING = {"say", "text", "Text"}
WORDS = {mistake.words for mistake in MISTAKES} | {f"{one}{OF_LOSS}" for one in TOLD}
WORDS |= {WHOLLY, BY_CHANCE}
PREFIXES = {
    "mistake-": WORDS,
    "hint-": WORDS,
    "condition-": {operator.id for operator in OPERATORS},
    "note-": set(NOTICES),
    "reason-": set(REASONS),
    "unfit-": {"file-irregular", "file-larger", "files-larger"},
    "key-": {"yours", "expected"},
    "axis-": {"iteration", "step"},
    "picture-losses-": {"iteration", "step"},
    **{f"{prefix}-": set(ids) for prefix, ids in (IN_A_FUNCTION, CELL, START, END)},
}
"""Codes that are made of a prefix and an id of a registry."""
TABLES = (
    *(f"happened-{one}-named" for one in NAMED),
    "happened-wrong-arguments-of-class",
    "happened-unknown-name-in-model",
    *(code for pair in messages._FAILURES.values() for code in pair),
    *(code for pair in messages._HIDDEN.values() for code in pair),
    *(code for pair in messages._LOOPS.values() for code in pair),
    *(code for pair in messages._ENDINGS.values() for code in pair),
    *(code for pair in ABSENT.values() for code in pair),
    *messages._RESULTS.values(),
    *messages._CELL_FAILURES.values(),
    *strides.MANNERS.values(),
    *strides._ELSEWHERE.values(),
    *DOES.values(),
    *USED.values(),
    *IDLE.values(),
    *FILM_WORDS.values(),
    *messages._DIFFERS.values(),
    *messages._DIFFERS_HIDDEN.values(),
    *messages._DIFFERS_HINTS.values(),
    *messages._READ.values(),
    *(code for pair in part_messages.PROCESS.values() for code in pair),
    *part_messages._BREAKS.values(),
    *shown._KINDS.values(),
    *shown._ITEMS.values(),
    *shown._NUMBERS.values(),
    *(code for code, _ in counts._MEASURES),
    *(code for code, _ in data_changes.CHANGES),
    *forward_formulas.AFTER,
    *forward_formulas.TOGETHER,
    *loss_entries.SAME_LENGTH,
    *loss_entries.OTHER_LENGTH,
    *loss_formulas.WHOLE,
    *loss_formulas.COUNTS,
    *rests.AMOUNTS,
    *update_formulas.SOURCES,
    *update_formulas.RATES,
    *grouping._OF_THE_WAY,
    *grouping._RESTATES,
)
"""Codes that stand in tables."""


def english(domain: str) -> set[str]:
    with (LOCALE / "en/LC_MESSAGES" / f"{domain}.po").open("rb") as file:
        found = (one.id for one in read_po(file) if one.id)
        return {one if isinstance(one, str) else one[0] for one in found}


def said_in(node: ast.AST) -> Iterator[str]:
    """Yield the literals that a first argument may be; of an f-string its prefix and ``*``."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from said_in(node.body)
        yield from said_in(node.orelse)
    elif isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        yield f"{node.values[0].value}*"


def modules() -> Iterator[ast.Module]:
    for path in sorted(PACKAGE.rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def called() -> set[str]:
    found = set()
    for module in modules():
        nodes = list(ast.walk(module))
        saying = {
            alias.name
            for one in nodes
            if isinstance(one, ast.ImportFrom) and str(one.module).startswith("autograder.words")
            for alias in one.names
        } & SAYING
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
                found |= set(said_in(node.args[0])) if node.func.id in saying else set()
    return found


def in_templates() -> set[str]:
    found: set[str] = set()
    for path in sorted(PACKAGE.glob("*/templates/*.html.j2")):
        for call in re.findall(r"\bsay\(([^)]*)\)", path.read_text(encoding="utf-8")):
            found |= set(re.findall(r'"([a-z-]+)"', call.partition(",")[0]))
    return {f"{code}*" if code.endswith("-") else code for code in found}


def registered() -> set[str]:
    made = {f"{prefix}{one}" for prefix, ids in PREFIXES.items() for one in ids}
    return made | set(TABLES)


def test_every_code_that_is_used_has_a_sentence() -> None:
    known = english("feedback") | english("command") | {VERBATIM, ""}
    used = called() | in_templates() | registered()
    prefixes = {one[:-1] for one in used if one.endswith("*")}
    assert {one for one in used if not one.endswith("*")} - known == set()
    assert {one for one in prefixes if not _is_listed(one)} == set()


def _is_listed(prefix: str) -> bool:
    return prefix in PREFIXES or any(code.startswith(prefix) for code in english("command"))


def test_every_sentence_of_students_is_used() -> None:
    constants = {
        node.value
        for node in itertools.chain.from_iterable(map(ast.walk, modules()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert english("feedback") - constants - in_templates() - registered() == set()


def test_what_asks_for_a_person_is_a_notice_with_a_reason() -> None:
    assert set(NOTICES) >= ASKING
    assert set(REASONS) >= ASKING
