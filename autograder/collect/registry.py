"""The layouts there are; the first that fits an archive reads it."""

from __future__ import annotations

from collections.abc import Sequence

from autograder.collect.archive import Member
from autograder.collect.canvas import Canvas
from autograder.collect.entry import Layout
from autograder.collect.gradescope import Gradescope
from autograder.collect.moodle import Moodle
from autograder.collect.plain import Plain
from autograder.errors import CourseError

LAYOUTS: tuple[Layout, ...] = (Gradescope(), Moodle(), Canvas(), Plain())


def choose_layout(name: str, members: Sequence[Member]) -> Layout:
    """Return the layout of that name, or the first that fits for ``auto``. Raises CourseError."""
    for layout in LAYOUTS:
        if layout.name == name or (name == "auto" and layout.fits(members)):
            return layout
    known = ", ".join(layout.name for layout in LAYOUTS)
    raise CourseError(f"--format {name}: there is no such layout; auto, {known}")
