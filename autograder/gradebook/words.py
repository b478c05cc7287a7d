"""What nbgrader's comments and an LMS's comment say: plain text that Markdown leaves alone."""

from __future__ import annotations

import re
from collections.abc import Mapping

from autograder.exercise.spec import function_of
from autograder.grading.record import Grade
from autograder.grading.results import Standing

LINK = re.compile(r"\](?=[(\[:])|:(?=//)")  # what Markdown makes links of: [a](b), http://
QUOTES = {ord("<"): "\u2039", ord(">"): "\u203a"}


def comment_of(one: Standing) -> str:
    """Return what a student may read of a standing, in Markdown."""
    said = (*one.remarks, *one.account.sums, *one.account.written)
    words = words_of(one.grade).values() if one.grade else ()
    return "\n\n".join((*map(unmarked, said), *words))


def words_of(grade: Grade) -> Mapping[str, str]:
    """Return what is to be said of each function that is not right, as plain text.

    nbgrader takes comments for Markdown with HTML in it, so nothing that a student wrote may be
    a tag or a link in it. Brackets that are none stay as they are.
    """
    words: dict[str, list[str]] = {}
    for function, text in grade.causes:
        words.setdefault(function, []).append(text)
    for check in grade.checks:
        if not check.passed:
            said = [text for text in (check.message, check.hint) if text]
            words.setdefault(function_of(check.id), []).append(f"{check.id}: {' '.join(said)}")
    return {function: "\n\n".join(map(unmarked, said)) for function, said in words.items()}


def unmarked(text: str) -> str:
    """Return a text in which neither Markdown nor HTML sees a link or a tag."""
    return LINK.sub(r"\g<0> ", text.translate(QUOTES))
