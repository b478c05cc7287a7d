"""A student's checks as pytest items: ``pytest slope`` has one for each check of the lab.

Loaded by pytest wherever the package is installed: neither torch nor anything of the lab is
imported before an item is run.

A lab's folder has a notebook and a script. The one that the student works in is collected, by the
rule by which the grader chooses. A file that is named on the command line is always collected.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograder.console import shown

if TYPE_CHECKING:
    from autograder.judge.result import CheckResult
    from autograder.notebook.file import Checked
    from autograder.worker.survey import Candidate, Names

EXPECTED = "expected.json"


def is_student_file(path: Path, *, named: bool) -> bool:
    """Return whether a student works in this file: of a lab whose numbers are beside it.

    ``named`` files, those of the command line, are so without a look at the others.
    """
    if not (path.parent / EXPECTED).is_file():
        return False
    lab, names = _lab(path.parent)
    if not lab:
        return False
    found = _ranked([path] if named else _beside(path.parent, lab), lab, names)
    meant = bool(found) and (bool(found[0].survey.defined) or path.stem == lab)
    return meant and path.name == found[0].name


def _beside(folder: Path, lab: str) -> list[Path]:
    """Return the files of a folder that may be meant, by the rule of all."""
    from autograder.course.submission import submission_of

    place = folder.resolve()
    found = submission_of(place.parent, place.name, lab)
    return [folder / one.name for one in found.files if "/" not in one.name]


def _ranked(paths: Iterable[Path], lab: str, names: Names) -> list[Candidate]:
    """Return the files that can be read, the one that is meant first."""
    from autograder.worker.cells import Unreadable, read_document
    from autograder.worker.survey import Candidate, lab_of, rank, survey

    found = []
    for path in paths:
        with contextlib.suppress(OSError, Unreadable):
            document = read_document(path.name, path.read_bytes())
            known = lab_of(path.name, document, ())
            found.append(Candidate(path.name, document, survey(document, names), known))
    return rank(found, lab, ())


def _lab(folder: Path) -> tuple[str, Names]:
    """Return the lab whose numbers lie in a folder, and the names that it asks for."""
    published = _published(folder)
    lab, contract = published.get("lab"), published.get("contract")
    if not isinstance(lab, str) or not isinstance(contract, dict):
        return "", {}
    names: dict[str, list[str]] = {}
    for key in ("forward", "model_class", "model", "criterion", "train_model"):
        known = contract.get(key)
        role = "forward" if key.startswith("model") else key
        names.setdefault(role, []).extend(known if isinstance(known, list) else ())
    parts = published.get("parts")
    for one in parts.get("sought", ()) if isinstance(parts, dict) else ():
        if one.get("code", True):
            names[one["names"][0]] = list(one["names"])
    return lab, {role: known for role, known in names.items() if known}


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
        from autograder.words.catalogue import say

        if not hasattr(self, "checked"):
            try:
                published = load_published(self.path.parent / EXPECTED)
                named = self.session.isinitpath(self.path)
                self.checked = check_file(self.path if named else self.path.parent, published)
            except AutograderError as error:
                raise CheckFailed(str(error)) from error
        for result in self.checked.help.checks:
            if result.id == check:
                return result
        raise CheckFailed(say(self.checked.help.message))

    def told(self, result: CheckResult) -> str:
        """Return what the student is to read of a check that does not pass, a line each."""
        from autograder.notebook.card import Card, as_text
        from autograder.words.text import NOTHING

        found = self.checked.help
        card = Card(
            results=[result],
            diagnosis=[one for one in found.diagnosis if one.function == result.function],
            departure=found.departure if result.function == "train_model" else NOTHING,
            notes=found.notes,
        )
        return as_text(card)


class CheckFailed(Exception):
    """A check does not pass. The text is what the student reads."""


def shown_here(error: BaseException) -> str:
    """Return an error's text as far as the console has it that pytest was started in."""
    return shown(str(error), getattr(sys.__stdout__, "encoding", None))


class CheckItem(pytest.Item):
    """One check of a student's file."""

    def runtest(self) -> None:
        """Fail with place, fact and hint where the check does not pass."""
        file = self.parent
        if not isinstance(file, StudentFile):
            raise TypeError(f"{self.nodeid}: checks belong to a student's file")
        result = file.result(self.name)
        if not result.passed:
            raise CheckFailed(file.told(result))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """Show what the student is to read, without our frames."""
        if isinstance(excinfo.value, CheckFailed):
            return shown_here(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the file and the check."""
        return self.path, None, self.name


class NotImported(pytest.File):
    """Stands where pytest would import a student's script as a module of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """Yield nothing."""
        return iter(())
