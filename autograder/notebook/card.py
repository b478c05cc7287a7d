"""Show the results of checks as a small card: HTML in a notebook, text in a terminal."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from html import escape

from autograder.judge.result import CheckResult, Diagnosis, causes_of
from autograder.notebook.pictures import Drawn
from autograder.picture.svg import EXPECTED, YOURS, as_svg, inline

HELP = "This is help on the lab's own numbers, not the grade."
MARKS = {"passed": "✔", "failed": "✘", "skipped": "?", "error": "!"}
# Middle tones: these read on a white and on a black page.
COLOURS = {"passed": "#2a9d4a", "failed": "#e5484d", "skipped": "#b98900", "error": "#b98900"}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """What a check shows: results, what explains them, pictures, and what is said besides.

    ``problem`` stands in place of results where there are none.
    """

    results: Sequence[CheckResult] = ()
    diagnosis: Sequence[Diagnosis] = ()
    departure: str = ""
    pictures: Sequence[Drawn] = ()
    notes: Sequence[str] = ()
    problem: str = ""

    def rows(self) -> Iterator[tuple[str, CheckResult]]:
        """Yield what is shown below each other; checks of which the same is said share a row.

        In front of a result stand the names of all that it speaks for.
        """
        for _, same in itertools.groupby(self.results, lambda r: (r.outcome, r.message, r.hint)):
            results = list(same)
            if not results[0].message:
                yield from ((result.id, result) for result in results)
            else:
                yield ", ".join(result.id for result in results), results[0]

    def causes(self) -> tuple[str, ...]:
        """Return what explains the results, a text each."""
        return tuple(text for _, text in causes_of(self.diagnosis, self.departure))


def as_text(card: Card) -> str:
    """Return the card as lines of text, without pictures."""
    lines = [f"! {card.problem}"] if card.problem else []
    for names, result in card.rows():
        lines.append(f"{MARKS[result.outcome]} {names}")
        lines += [f"    {text}" for text in (result.message, hint_of(result)) if text]
    lines += [f"→ {text}" for text in card.causes()]
    return "\n".join([*lines, *card.notes, HELP])


def as_html(card: Card) -> str:
    """Return the card as one HTML element: no class, no id, no script; all text is escaped.

    Colours of text are the page's, so that it reads in a light and in a dark notebook.
    """
    rows = [_row("error", escape(card.problem), ())] if card.problem else []
    for names, result in card.rows():
        name = f'<b style="font-weight:600">{escape(names)}</b>'
        rows.append(_row(result.outcome, name, (result.message, hint_of(result))))
    rows += [_cause(text) for text in card.causes()]
    foot = "".join(f"<div>{escape(text)}</div>" for text in (*card.notes, HELP))
    colour = _worst_colour(card)
    return (
        f'<div style="border-left:3px solid {colour};padding:.1em .9em;max-width:54em;'
        'font-family:system-ui,sans-serif;font-size:14px;line-height:1.45">'
        f"{''.join(rows)}{_figures(card.pictures)}"
        f'<div style="opacity:.7;font-size:12px;margin:.3em 0">{foot}</div></div>'
    )


def hint_of(result: CheckResult) -> str:
    """Return a result's hint as it is shown, empty where there is none."""
    return f"Hint: {result.hint}" if result.hint else ""


def _worst_colour(card: Card) -> str:
    found = {result.outcome for result in card.results}
    if card.problem or not found:
        found |= {"error"}
    order = ("failed", "error", "skipped", "passed")
    return COLOURS[next(outcome for outcome in order if outcome in found)]


def _row(outcome: str, name: str, texts: Sequence[str]) -> str:
    """Return one line with its mark; ``name`` is HTML, ``texts`` are the student's to read."""
    below = "".join(
        f'<div style="margin:.1em 0{";font-style:italic" if number else ""}">{escape(text)}</div>'
        for number, text in enumerate(texts)
        if text
    )
    return (
        '<div style="display:flex;gap:.5em;margin:.35em 0">'
        f'<span style="color:{COLOURS[outcome]};font-weight:bold;flex:none">{MARKS[outcome]}</span>'
        f'<div style="min-width:0;overflow-wrap:anywhere">{name}{below}</div></div>'
    )


def _cause(text: str) -> str:
    """Return one line of what explains the results."""
    return (
        '<div style="display:flex;gap:.5em;margin:.35em 0">'
        '<span style="font-weight:bold;flex:none">→</span>'
        f'<div style="min-width:0;overflow-wrap:anywhere">{escape(text)}</div></div>'
    )


def _figures(pictures: Sequence[Drawn]) -> str:
    if not pictures:
        return ""
    figures = "".join(
        '<figure style="margin:0;flex:1 1 280px;max-width:400px">'
        f'{as_svg(chart, inline)}<figcaption style="font-size:12px;opacity:.8;text-align:center">'
        f"{escape(caption)}</figcaption></figure>"
        for caption, chart in pictures
    )
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:.6em 1.2em;margin:.6em 0 .2em">'
        f"{figures}</div>"
        '<div style="display:flex;gap:1.4em;font-size:12px">'
        f"{_key(YOURS, 1, '3px')}yours</span>{_key(EXPECTED, 0.55, '7px')}expected</span></div>"
    )


def _key(colour: str, opacity: float, width: str) -> str:
    """Return the start of an entry of the key: a short line of its colour."""
    return (
        '<span style="display:inline-flex;align-items:center;gap:.5em">'
        f'<span style="width:26px;height:{width};border-radius:4px;background:{colour};'
        f'opacity:{opacity:g}"></span>'
    )
