"""``check("forward")``: what a student calls under a stub."""

from __future__ import annotations

import difflib
import sys
from pathlib import Path
from typing import Any

from autograder.console import shown
from autograder.errors import CourseError
from autograder.exercise.published import Published
from autograder.exercise.spec import function_of
from autograder.notebook.card import Card, as_html, as_text
from autograder.notebook.find import find_published, names_of
from autograder.notebook.hush import live_shell
from autograder.notebook.public import judge_live
from autograder.notebook.versions import version_notes
from autograder.words.catalogue import say
from autograder.words.text import Value, verbatim


class Points(float):
    """The points that checks earned here; a notebook shows the card in its place."""

    card: str = ""

    def _repr_html_(self) -> str:
        return self.card


def check(name: str | None = None, *, namespace: dict[str, Any] | None = None) -> Points:
    """Check one function, one check, or all, in the lab's own situation.

    ``name`` is a function (``"forward"``, ``"train_model"``, ``"softmax"``) or a check such as
    ``"gradient_zeroing"``. Returns the points earned there, which nbgrader takes as partial
    credit. This is help: the grade comes from situations that are not in the notebook.

    Where nothing can be checked, for an unknown name or a missing expected.json, the card says
    why and there are 0 points.
    """
    values = sys._getframe(1).f_globals if namespace is None else namespace
    try:
        card = _checked(name, values)
    except CourseError as error:
        card = Card(problem=verbatim(str(error)))
    points = Points(sum(result.points for result in card.results))
    points.card = as_html(card)
    if not _in_kernel():
        text = shown(as_text(card), getattr(sys.stdout, "encoding", None))
        print(text)  # noqa: T201  # a script has no other place to show it
    return points


def _checked(name: str | None, values: dict[str, Any]) -> Card:
    published = find_lab(values)
    judged = judge_live(published, values, wanted(published, name))
    notes = version_notes(published)
    return Card(
        results=judged.results,
        diagnosis=judged.diagnosis,
        departure=judged.departure,
        pictures=judged.pictures,
        notes=notes,
    )


def find_lab(values: dict[str, Any]) -> Published:
    """Return the lab of a live notebook, or of a script that runs. Raises CourseError.

    VS Code says which file a notebook is, and Python which a script is. Jupyter works in the
    notebook's folder, which goes by the lab's name.
    """
    for key in ("__vsc_ipynb_file__", "__file__"):
        file = values.get(key)
        if isinstance(file, str) and Path(file).is_file():
            return find_published(Path(file).resolve().parent, names_of(Path(file)))
    return find_published(Path.cwd(), [Path.cwd().name])


def wanted(published: Published, name: str | None) -> list[str]:
    """Return the checks that a name stands for, all without one. Raises CourseError."""
    checks = list(published.points)
    found = [c for c in checks if name is None or name in (c, function_of(c))]
    if not found:
        names = list(dict.fromkeys([*map(function_of, checks), *checks]))
        near = difflib.get_close_matches(str(name), names, n=1)
        values: dict[str, Value] = {"name": repr(name), "names": ", ".join(names)}
        if near:
            raise CourseError(say("no-such-check-but", near=repr(near[0]), **values))
        raise CourseError(say("no-such-check", **values))
    return found


def _in_kernel() -> bool:
    """Return whether a notebook will show the returned value."""
    shell = live_shell()
    return shell is not None and hasattr(shell, "kernel")
