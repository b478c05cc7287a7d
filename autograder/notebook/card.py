"""Show the results of checks as a small card: HTML in a notebook, text in a terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Literal

from autograder.judge.grouping import MARKS, Cost, Group, further, grouped
from autograder.judge.result import CheckResult, Diagnosis
from autograder.notebook.pictures import Drawn
from autograder.picture.svg import EXPECTED, YOURS, as_svg, inline
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, text

HELP = text("card-help")
# Middle tones: these read on a white and on a black page.
COLOURS = {"passed": "#2a9d4a", "failed": "#e5484d", "skipped": "#b98900", "error": "#b98900"}
Kind = Literal["problem", "cause", "hint", "check", "fact", "note"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the card: of what kind, in words, and the outcome of what it is about."""

    kind: Kind
    words: str
    outcome: str = ""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Card:
    """What a check shows: results, what explains them, pictures, and what is said besides.

    ``problem`` stands in place of results where there are none.
    """

    results: Sequence[CheckResult] = ()
    diagnosis: Sequence[Diagnosis] = ()
    departure: Text = NOTHING
    pictures: Sequence[Drawn] = ()
    notes: Sequence[Text] = ()
    problem: Text = NOTHING

    def lines(self) -> Iterator[Line]:
        """Yield what is shown: what is wrong by cause, what passes, what is said besides."""
        if self.problem:
            yield Line(kind="problem", words=say(self.problem), outcome="error")
        groups = grouped(self.results, self.diagnosis, self.departure)
        for group in groups:
            yield from _of_group(group)
        for passed in (one for one in self.results if one.passed):
            yield Line(kind="check", words=passed.id, outcome="passed")
            yield from _facts((passed.message,), "fact")
        yield from _facts((*further(self.notes, groups), HELP), "note")


def _of_group(group: Group) -> Iterator[Line]:
    """Yield the cause, and below it the checks that it costs."""
    yield from _facts(group.causes, "cause")
    yield from _facts(group.hints, "hint")
    for cost in group.costs:
        yield Line(kind="check", words=_names(cost), outcome=cost.checks[0].outcome)
        yield from _facts((cost.message,), "fact")
        yield from _facts((cost.hint,), "hint")


def _names(cost: Cost) -> str:
    return ", ".join(check.id for check in cost.checks)


def _facts(texts: Iterable[Text], kind: Kind) -> Iterator[Line]:
    for one in texts:
        if one:
            yield Line(kind=kind, words=say("hint", hint=one) if kind == "hint" else say(one))


def as_text(card: Card) -> str:
    """Return the card as lines of text, without pictures."""
    return "\n".join(map(_plainly, card.lines()))


def _plainly(line: Line) -> str:
    match line.kind:
        case "problem":
            return f"! {line.words}"
        case "check":
            return f"{MARKS[line.outcome]} {line.words}"
        case "cause":
            return f"→ {line.words}"
        case "note":
            return line.words
    return f"    {line.words}"


def as_html(card: Card) -> str:
    """Return the card as one HTML element: no class, no id, no script; all text is escaped.

    Colours of text are the page's, so that it reads in a light and in a dark notebook.
    """
    lines = list(card.lines())
    rows = "".join(_row(line) for line in lines if line.kind != "note")
    foot = "".join(f"<div>{escape(line.words)}</div>" for line in lines if line.kind == "note")
    colour = _worst_colour(card)
    return (
        f'<div style="border-left:3px solid {colour};padding:.1em .9em;max-width:54em;'
        'font-family:system-ui,sans-serif;font-size:14px;line-height:1.45">'
        f"{rows}{_figures(card.pictures)}"
        f'<div style="opacity:.7;font-size:12px;margin:.3em 0">{foot}</div></div>'
    )


def _worst_colour(card: Card) -> str:
    found = {result.outcome for result in card.results}
    if card.problem or not found:
        found |= {"error"}
    order = ("failed", "error", "skipped", "passed")
    return COLOURS[next(outcome for outcome in order if outcome in found)]


def _row(line: Line) -> str:
    """Return one line, a mark in front of causes and checks."""
    words = escape(line.words)
    if line.kind in ("fact", "hint"):
        style = ";font-style:italic" if line.kind == "hint" else ""
        return f'<div style="margin:.1em 0 .1em 1.4em;overflow-wrap:anywhere{style}">{words}</div>'
    mark, colour = "→", ""
    if line.outcome:
        mark, colour = MARKS[line.outcome], f"color:{COLOURS[line.outcome]};"
    if line.kind == "check":
        words = f'<b style="font-weight:600">{words}</b>'
    return (
        '<div style="display:flex;gap:.5em;margin:.35em 0 .1em">'
        f'<span style="{colour}font-weight:bold;flex:none">{mark}</span>'
        f'<div style="min-width:0;overflow-wrap:anywhere">{words}</div></div>'
    )


def _figures(pictures: Sequence[Drawn]) -> str:
    if not pictures:
        return ""
    figures = "".join(
        '<figure style="margin:0;flex:1 1 280px;max-width:400px">'
        f'{as_svg(chart, inline)}<figcaption style="font-size:12px;opacity:.8;text-align:center">'
        f"{escape(say(caption))}</figcaption></figure>"
        for caption, chart in pictures
    )
    yours, expected = escape(say("key-yours")), escape(say("key-expected"))
    return (
        '<div style="display:flex;flex-wrap:wrap;gap:.6em 1.2em;margin:.6em 0 .2em">'
        f"{figures}</div>"
        '<div style="display:flex;gap:1.4em;font-size:12px">'
        f"{_key(YOURS, 1, '3px')}{yours}</span>{_key(EXPECTED, 0.55, '7px')}{expected}</span></div>"
    )


def _key(colour: str, opacity: float, width: str) -> str:
    """Return the start of an entry of the key: a short line of its colour."""
    return (
        '<span style="display:inline-flex;align-items:center;gap:.5em">'
        f'<span style="width:26px;height:{width};border-radius:4px;background:{colour};'
        f'opacity:{opacity:g}"></span>'
    )
