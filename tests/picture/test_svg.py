"""Pictures hold what they are given, whatever numbers these are."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest

from autograder.picture.chart import Axis, Chart, Line, axis, thinned, ticks
from autograder.picture.svg import Paint, as_svg, by_class, inline

NAN, INFINITE = math.nan, math.inf


@pytest.mark.parametrize(
    "values",
    [[], [0.0], [3.0, 3.0], [NAN], [INFINITE, -INFINITE], [1e-300, 2e-300], [1e300, -1e300]],
)
def test_any_numbers_make_an_axis_with_round_ticks(values: list[float]) -> None:
    made = axis("x", values)
    assert made.low < made.high
    found = ticks(made)
    assert 1 <= len(found) <= 8
    assert all(made.low <= tick <= made.high for tick in found)


@pytest.mark.parametrize("paint", [by_class, inline])
def test_a_picture_is_xml_and_its_words_are_text(paint: Paint) -> None:
    label = '<b>"&'
    x, y = axis(label, [0.0, 1.0]), axis("y", [0.0, 1.0])
    made = Chart(x=x, y=y, lines=[Line(points=[(0.0, 0.0)], css="yours")], title=label)
    picture = ET.fromstring(as_svg(made, paint))
    assert label in [element.text for element in picture.iter()]


def test_what_is_not_finite_or_far_away_leaves_a_gap() -> None:
    box = Axis(label="x", low=0.0, high=4.0)
    points = [(0.0, 0.0), (1.0, 1.0), (2.0, NAN), (3.0, 1e9), (3.5, 2.0), (4.0, 2.0)]
    line = Line(points=points, css="yours", marks=True)
    picture = as_svg(Chart(x=box, y=box, lines=[line], title="t"))
    (path,) = re.findall(r'class="line yours" d="([^"]*)"', picture)
    assert (path.count("M"), path.count("L")) == (2, 2)
    assert "nan" not in picture


def test_long_runs_are_thinned_and_keep_their_ends() -> None:
    points = [(float(n), 0.0) for n in range(100_000)]
    kept = thinned(points)
    assert len(kept) <= 200
    assert (kept[0], kept[-1]) == (points[0], points[-1])


def test_in_somebody_else_s_page_a_picture_brings_its_style_and_no_name_of_its_own() -> None:
    box = Axis(label="x", low=0.0, high=4.0)
    ends = [(0.0, 0.0), (1.0, 1.0)]
    lines = [Line(points=ends, css=css, marks=True) for css in ("expected", "yours")]
    lines.append(Line(points=ends, css="level"))
    picture = as_svg(Chart(x=box, y=box, lines=lines, title="t"), inline)
    assert "class=" not in picture
    assert " id=" not in picture
    assert "currentColor" in picture
