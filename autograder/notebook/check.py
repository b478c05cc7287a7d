"""``check("forward")``: what a student calls under a stub."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.exercise.published import FILENAME, Published, load_published
from autograder.judge.checks import role_of
from autograder.notebook.card import as_html, as_text
from autograder.notebook.public import judge_live


class Points(float):
    """The points that checks earned here; a notebook shows the card in its place."""

    card: str

    def _repr_html_(self) -> str:
        return self.card


def check(name: str | None = None, *, namespace: dict[str, Any] | None = None) -> Points:
    """Check one function, one check, or all, in the lab's own situation.

    ``name`` is a function (``"forward"``, ``"criterion"``, ``"train_model"``) or a check such as
    ``"gradient_zeroing"``. Returns the points earned there, which nbgrader takes as partial
    credit. This is help: the grade comes from situations that are not in the notebook.
    Raises CourseError where the lab's expected.json is missing or the name is unknown.
    """
    values = sys._getframe(1).f_globals if namespace is None else namespace
    published = load_published(find_expected(Path.cwd()))
    results = judge_live(published, values, _wanted(published, name))
    notes = _notes(published)
    points = Points(sum(result.points for result in results))
    points.card = as_html(results, notes)
    if not _in_kernel():
        print(as_text(results, notes))  # noqa: T201  # a script has no other place to show it
    return points


def find_expected(folder: Path) -> Path:
    """Return the expected.json of the lab that is worked on in ``folder``.

    It lies beside the notebook, or in the course's assignments/ for a folder of the lab's name.
    """
    candidates = [folder / FILENAME]
    candidates += [up / "assignments" / folder.name / FILENAME for up in folder.parents]
    for path in candidates:
        if path.is_file():
            return path
    raise CourseError(
        f"{candidates[0]}: no such file; check() needs the lab's {FILENAME} beside the notebook"
    )


def _wanted(published: Published, name: str | None) -> list[str]:
    checks = list(published.points)
    wanted = [c for c in checks if name is None or name in (c, role_of(c))]
    if not wanted:
        names = ", ".join(dict.fromkeys([*map(role_of, checks), *checks]))
        raise CourseError(f"check({name!r}): there is no such check; there are {names}")
    return wanted


def _notes(published: Published) -> list[str]:
    installed = importlib.metadata.version("torch").partition("+")[0]
    if installed == published.torch:
        return []
    return [
        f"torch {installed} is installed here; the lab's numbers were made with {published.torch}."
    ]


def _in_kernel() -> bool:
    """Say whether a notebook will show the returned value."""
    modules: Mapping[str, Any] = sys.modules
    shell = getattr(modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")
