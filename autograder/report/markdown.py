"""A student's feedback as Markdown, for the comment field of an LMS."""

from __future__ import annotations

import re

from autograder.grading.record import Grade
from autograder.grading.results import Standing

_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~&-])")
MARKS = {"passed": "✔", "failed": "✘", "skipped": "-", "error": "!"}


def feedback_markdown(title: str, standing: Standing, grade: Grade) -> str:
    """Return the page's words. What comes from the submission is text, never markup."""
    score = "no points yet"
    if standing.score is not None:
        score = f"{standing.score:g} of {standing.max_score:g} points"
    lines = [f"# {plain(title)}: {score}", ""]
    account = standing.account
    lines += [f"{plain(line)}\n" for line in (" · ".join(account.facts), *account.sums) if line]
    lines += [f"{plain(line)}\n" for line in account.written]
    lines += [f"{plain(remark)}\n" for remark in standing.remarks]
    lines += [f"{plain(grade.message)}\n"] if grade.message else []
    lines += [f"**{plain(text)}**\n" for _, text in grade.causes]
    for check in grade.checks:
        worth = f"{check.points:g} of {check.max_points:g}"
        lines.append(f"- {MARKS[check.outcome]} `{check.id}` {worth}")
        lines += [f"  {plain(text)}" for text in (check.message, check.hint) if text]
    lines += ["", *(f"Note: {plain(note)}" for note in grade.notes)]
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """Return a text in which Markdown and HTML see nothing special."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
