"""A student's feedback as text, for the comment field of an LMS.

Some fields render Markdown, some show it as it is: so the text reads well in both. It has no marks
but those of lists, and nothing in it is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.grading.unmarked import unmarked
from autograder.judge.grouping import further, heads, paragraphs
from autograder.words.catalogue import say


def feedback_markdown(title: str, standing: Standing, grade: Grade) -> str:
    """Return the page's words, a paragraph each. What comes from the submission is no markup."""
    return (
        "\n\n".join(unmarked(line) for line in _paragraphs(title, standing, grade) if line) + "\n"
    )


def _paragraphs(title: str, standing: Standing, grade: Grade) -> Iterator[str]:
    if standing.score is None:
        yield say("title-no-points", title=title)
    else:
        points = {"points": f"{standing.score:g}", "total": f"{standing.max_score:g}"}
        yield say("title-points", title=title, **points)
    account = standing.account
    yield " · ".join(account.facts)
    yield from (*account.sums, *account.written, *standing.remarks, say(grade.message))
    for group in grade.groups:
        head = group.head(group.causes[0]) if group.causes else ""
        first, *others = paragraphs(group)
        yield say("of-functions", functions=head, said=first) if head else first
        yield from others
    right = [check for check in grade.checks if check.passed]
    yield heads(check for check in right if not check.message)
    for check in right:
        if check.message:
            yield say("costs", checks=heads([check]), why=check.message)
    for note in further(grade.notes, grade.groups):
        yield say("note", note=note)
