"""The layouts there are; the one that fits an archive reads it."""

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
    """Return the layout of that name, or the one that fits for ``auto``; plain where none does.

    Raises CourseError where several fit: a wrong one would mix up students.
    """
    if name == "auto":
        *marked, plain = LAYOUTS
        fitting = [layout for layout in marked if layout.fits(members)]
        if len(fitting) > 1:
            names = " and ".join(layout.name for layout in fitting)
            raise CourseError(f"the archive looks like {names}; say which by --format")
        return fitting[0] if fitting else plain
    for layout in LAYOUTS:
        if layout.name == name:
            return layout
    known = ", ".join(layout.name for layout in LAYOUTS)
    raise CourseError(f"--format {name}: there is no such layout; auto, {known}")
