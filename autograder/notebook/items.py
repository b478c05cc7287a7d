"""A student's checks as pytest items: ``pytest slope`` has one for each check of the lab.

Loaded by pytest wherever the package is installed: neither torch nor anything of the lab is
imported before an item is run.

A lab's folder holds a notebook and a script. The one that the student works in is collected: the
one with fewer stubs left, the notebook where both have as many. A file that is named on the
command line is always collected.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from autograder.judge.result import CheckResult
    from autograder.notebook.file import Checked

EXPECTED = "expected.json"
SUFFIXES = (".ipynb", ".py")
STUB = "raise NotImplementedError"


def is_student_file(path: Path, *, named: bool) -> bool:
    """Say whether a file is the one that a student works in: of a lab whose numbers lie beside it.

    ``named`` files, those of the command line, are so without a look at the other.
    """
    if path.suffix not in SUFFIXES or not (path.parent / EXPECTED).is_file():
        return False
    if path.stem != _published(path.parent).get("lab"):
        return False
    other = path.with_suffix(SUFFIXES[path.suffix == SUFFIXES[0]])
    if named or not other.is_file():
        return True
    mine, others = stubs_left(path), stubs_left(other)
    return mine < others or (mine == others and path.suffix == SUFFIXES[0])


def stubs_left(path: Path) -> int:
    """Return how many stubs of the lab a script or notebook still holds."""
    text = path.read_text("utf-8", "replace")
    return text.count(STUB)


def _published(folder: Path) -> dict[str, Any]:
    """Return what a lab publishes, read without the package that knows it; empty if not sound."""
    try:
        found = json.loads((folder / EXPECTED).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class StudentFile(pytest.File):
    """A student's notebook or script; its items share one run of it."""

    checked: Checked

    def collect(self) -> Iterator[pytest.Item]:
        """Yield an item for each check."""
        points = _published(self.path.parent).get("points")
        for name in points if isinstance(points, dict) else ():
            yield CheckItem.from_parent(self, name=name)

    def result(self, check: str) -> CheckResult:
        """Return one check's result; the first question runs the file. Raises CheckFailed."""
        from autograder.errors import AutograderError
        from autograder.exercise.published import load_published
        from autograder.notebook.file import check_file

        if not hasattr(self, "checked"):
            try:
                published = load_published(self.path.parent / EXPECTED)
                self.checked = check_file(self.path, published)
            except AutograderError as error:
                raise CheckFailed(str(error)) from error
        for result in self.checked.help.checks:
            if result.id == check:
                return result
        raise CheckFailed(self.checked.help.message)

    def notes(self) -> str:
        """Return what else is to be said of the file, a line each."""
        return "\n".join(self.checked.help.notes) if hasattr(self, "checked") else ""


class CheckFailed(Exception):
    """A check does not pass. The text is what the student reads."""


class CheckItem(pytest.Item):
    """One check of a student's file."""

    def runtest(self) -> None:
        """Fail with place, fact and hint where the check does not pass."""
        from autograder.notebook.card import HELP, hint_of

        file = self.parent
        if not isinstance(file, StudentFile):
            raise TypeError(f"{self.nodeid}: checks belong to a student's file")
        result = file.result(self.name)
        if not result.passed:
            texts = (f"{self.name}: {result.message}", hint_of(result), file.notes(), HELP)
            raise CheckFailed("\n".join(text for text in texts if text))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show what the student is to read, without our frames."""
        if isinstance(excinfo.value, CheckFailed):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the file and the check."""
        return self.path, None, self.name


class NotImported(pytest.File):
    """Stands where pytest would import a student's script as a module of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield nothing."""
        return iter(())
