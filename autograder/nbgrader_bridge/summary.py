"""What a check cell shows after grading: points for nbgrader, words for the student."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from nbformat.notebooknode import NotebookNode, from_dict

from autograder.grading.grade import Grade
from autograder.judge.result import CheckResult, Outcome

MARKS: dict[Outcome, str] = {"passed": "✔", "failed": "✘", "skipped": "-", "error": "!"}


def cell_output(grade: Grade, checks: Sequence[CheckResult], *, notes: bool) -> NotebookNode:
    """Return the output of a check cell.

    nbgrader reads the points from ``text/plain`` and feedback shows ``text/html``.
    """
    points = sum(check.points for check in checks)
    data = {"text/plain": repr(float(points)), "text/html": _html(grade, checks, notes=notes)}
    shape: dict[str, object] = {
        "output_type": "execute_result",
        "metadata": {},
        "execution_count": None,
    }
    output: NotebookNode = from_dict({**shape, "data": data})  # new_output validates: 1 ms each
    return output


def _html(grade: Grade, checks: Sequence[CheckResult], *, notes: bool) -> str:
    lines = [f"<p>{escape(grade.message)}</p>"] if grade.message else []
    wrong = {check.function for check in checks if not check.passed}
    lines += [f"<p><b>{escape(text)}</b></p>" for role, text in grade.causes if role in wrong]
    if checks:
        lines += ["<ul>", *(_item(check) for check in checks), "</ul>"]
    if notes:
        lines += [f"<p>Note: {escape(note)}</p>" for note in grade.notes]
    return "\n".join(lines)


def _item(check: CheckResult) -> str:
    worth = f"{check.points:g}/{check.max_points:g}"
    text = f"<li>{MARKS[check.outcome]} <code>{escape(check.id)}</code> ({worth})"
    if check.message:
        text += f"<br>{escape(check.message)}"
    if check.hint:
        text += f"<br><em>Hint: {escape(check.hint)}</em>"
    return f"{text}</li>"
