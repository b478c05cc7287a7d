"""Show the results of checks as a small card: HTML in a notebook, text in a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from autograder.judge.result import CheckResult

HELP = "This is help on the lab's own numbers, not the grade."
MARKS = {"passed": "✔", "failed": "✘", "skipped": "?", "error": "!"}
COLOURS = {"passed": "#1a7f37", "failed": "#c02020", "skipped": "#8a6d00", "error": "#8a6d00"}


def as_text(results: Sequence[CheckResult], notes: Sequence[str] = ()) -> str:
    """Return the card as lines of text."""
    lines = []
    for result in results:
        lines.append(f"{MARKS[result.outcome]} {result.id}")
        lines += [f"    {text}" for text in (result.message, _hint(result)) if text]
    return "\n".join([*lines, *notes, HELP])


def as_html(results: Sequence[CheckResult], notes: Sequence[str] = ()) -> str:
    """Return the card as one HTML element. All text is escaped."""
    rows = []
    for result in results:
        colour = COLOURS[result.outcome]
        texts = "".join(
            f'<div style="margin-left:1.6em">{escape(text)}</div>'
            for text in (result.message, _hint(result))
            if text
        )
        rows.append(
            f'<div style="margin:.3em 0"><span style="color:{colour};font-weight:bold">'
            f"{MARKS[result.outcome]}</span> <b>{escape(result.id)}</b>{texts}</div>"
        )
    foot = "".join(f"<div>{escape(text)}</div>" for text in (*notes, HELP))
    return (
        '<div style="border-left:3px solid #8884;padding:.2em .8em;max-width:46em">'
        f'{"".join(rows)}<div style="opacity:.65;font-size:85%">{foot}</div></div>'
    )


def _hint(result: CheckResult) -> str:
    return f"Hint: {result.hint}" if result.hint else ""
