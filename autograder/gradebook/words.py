"""Comments for nbgrader and an LMS: plain text that Markdown does not change."""

from __future__ import annotations

from collections.abc import Mapping

from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.grading.unmarked import unmarked
from autograder.judge.grouping import paragraphs


def comment_of(one: Standing) -> str:
    """Return what a student may read of a standing, each fact once."""
    said = (*one.remarks, *one.account.sums, *one.account.written)
    groups = one.grade.groups if one.grade else ()
    told = (line for group in groups for line in paragraphs(group))
    return "\n\n".join(map(unmarked, (*said, *told)))


def words_of(grade: Grade) -> Mapping[str, str]:
    """Return what is to be said of each function that is not right, as plain text.

    nbgrader takes comments for Markdown with HTML in it, so nothing that a student wrote may be
    a tag or a link in it.
    """
    words: dict[str, list[str]] = {}
    for group in grade.groups:
        for function in group.functions:
            within = {check.id for check in group.checks if check.function == function}
            words.setdefault(function, []).extend(paragraphs(group, within))
    return {function: "\n\n".join(map(unmarked, said)) for function, said in words.items()}
