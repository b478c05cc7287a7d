"""Charts as SVG text. Every text is escaped, and no element has an id.

A page of ours styles them by CSS classes (``yours``, ``expected``, ``level``). Where the page is
somebody else's, a notebook's say, ``INLINE`` puts the style into the elements, in colours that
read on light and on dark ground, and classes are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Final

from autograder.picture.chart import Chart, Label, Line, ticks

WIDTH: Final = 360.0
HEIGHT: Final = 220.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 10.0, 10.0, 34.0
YOURS: Final = "#e8690b"
EXPECTED: Final = "#3b8eea"

Paint = Callable[[str], str]
"""From an element's classes to the attributes that style it."""

_BY_CLASS: Final = {"chart": 'class="chart"', "text": ""}
_LINE: Final = 'fill="none" stroke-linejoin="round" stroke-linecap="round"'
_INLINE: Final = {
    "label": 'fill="currentColor" font-size="11" font-weight="bold" font-family="sans-serif"',
    "chart": 'style="width:100%;height:auto;display:block"',
    "text": 'fill="currentColor" fill-opacity=".8" font-size="11" font-family="sans-serif"',
    "axis": 'fill="none" stroke="currentColor" stroke-opacity=".6"',
    "tick": 'fill="none" stroke="currentColor" stroke-opacity=".15"',
    "line level": f'{_LINE} stroke="currentColor" stroke-opacity=".35" stroke-width=".8"',
    "line expected": f'{_LINE} stroke="{EXPECTED}" stroke-opacity=".55" stroke-width="6"',
    "mark expected": f'{_LINE} stroke="{EXPECTED}" stroke-opacity=".55" stroke-width="10"',
    "line yours": f'{_LINE} stroke="{YOURS}" stroke-width="1.8"',
    "mark yours": f'{_LINE} stroke="{YOURS}" stroke-width="5"',
}


def by_class(css: str) -> str:
    """Leave the style to the page's CSS."""
    return _BY_CLASS.get(css, f'class="{css}"')


def inline(css: str) -> str:
    """Put the style into the element: the page's CSS is not ours."""
    return _INLINE[css]


def as_svg(chart: Chart, paint: Paint = by_class) -> str:
    """Return a chart as one ``<svg>`` element."""
    title = escape(chart.title, quote=True)
    parts = [
        f'<svg {paint("chart")} viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img"',
        f' aria-label="{title}" xmlns="http://www.w3.org/2000/svg">',
        f"<title>{title}</title>",
        *_grid(chart, paint),
        *(_drawn(chart, line, paint) for line in chart.lines),
        *(_labelled(chart, label, paint) for label in chart.labelled()),
        "</svg>",
    ]
    return "".join(parts)


def _grid(chart: Chart, paint: Paint) -> list[str]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    text, tick = f"text {paint('text')}".rstrip(), paint("tick")
    parts = [f'<path {paint("axis")} d="M{LEFT:g} {TOP:g}V{bottom:g}H{right:g}"/>']
    for value in ticks(chart.x):
        place = chart.x.place(value, LEFT, right)
        parts.append(f'<path {tick} d="M{place:.1f} {TOP:g}V{bottom:g}"/>')
        parts.append(
            f'<{text} x="{place:.1f}" y="{bottom + 14:g}" text-anchor="middle">{value:.4g}</text>'
        )
    for value in ticks(chart.y):
        place = chart.y.place(value, bottom, TOP)
        parts.append(f'<path {tick} d="M{LEFT:g} {place:.1f}H{right:g}"/>')
        parts.append(
            f'<{text} x="{LEFT - 5:g}" y="{place + 4:.1f}" text-anchor="end">{value:.4g}</text>'
        )
    middle = (LEFT + right) / 2
    parts.append(
        f'<{text} x="{middle:g}" y="{HEIGHT - 4:g}" text-anchor="middle">'
        f"{escape(chart.x.label)}</text>"
    )
    parts.append(
        f'<{text} transform="translate(12 {(TOP + bottom) / 2:g}) rotate(-90)" '
        f'text-anchor="middle">{escape(chart.y.label)}</text>'
    )
    return parts


def _labelled(chart: Chart, label: Label, paint: Paint) -> str:
    """Return words beside a point, on the side where there is room."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    x = chart.x.place(label.point[0], LEFT, right)
    y = chart.y.place(label.point[1], bottom, TOP)
    left = x > (LEFT + right) / 2
    across, up = x + (-8 if left else 8), max(y - 6, TOP + 10)
    end = "end" if left else "start"
    return (
        f'<text {paint("label")} x="{across:.1f}" y="{up:.1f}" text-anchor="{end}">'
        f"{escape(label.text)}</text>"
    )


def _drawn(chart: Chart, line: Line, paint: Paint) -> str:
    """Return a line and its points."""
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    steps, marks, gap = [], [], True
    for point in chart.shown(line):
        if point is None:
            gap = True
            continue
        across = chart.x.place(point[0], LEFT, right)
        place = f"{across:.1f} {chart.y.place(point[1], bottom, TOP):.1f}"
        steps.append(f"{'M' if gap else 'L'}{place}")
        gap = False
        if line.marks:
            marks.append(f"M{place}h0")
    drawn = f'<path {paint(f"line {line.css}")} d="{"".join(steps)}"/>' if steps else ""
    if marks:
        drawn += f'<path {paint(f"mark {line.css}")} d="{"".join(marks)}"/>'
    return drawn
