"""What a GitHub workflow shows: annotations at file and line, and a table as the step's summary.

At most ten annotations of a kind are shown of a step; a summary has at most 1 MiB. Pictures in a
summary are stripped: the workflow uploads them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.errors import CourseError
from autograder.words.catalogue import say

if TYPE_CHECKING:
    from autograder.judge.result import CheckResult
    from autograder.notebook.file import Checked
    from autograder.verification.item import Item, LabProof

SUMMARY = "GITHUB_STEP_SUMMARY"
MOST_ANNOTATIONS = 10
MOST_BYTES = 900_000
NOTEBOOK = ".ipynb"


def tell_check(path: Path, checked: Checked, title: str) -> None:
    """Print annotations of a student's file and write the summary. Raises CourseError."""
    _print(_remarks(path, checked))
    _write(_summary(checked, title))


def _remarks(path: Path, checked: Checked) -> Iterator[str]:
    """Yield an annotation for each thing that is said of lines; else one for what is wrong."""
    file = path / checked.help.file if path.is_dir() else path
    for remark in checked.remarks:
        if remark.kind == "note":
            continue
        for spot in remark.spots[:1]:
            line = None if file.suffix == NOTEBOOK else spot.first
            yield annotation(say(remark.text), file=file, line=line)
    if not checked.remarks and not checked.help.passed:
        wrong = [say(checked.help.message)]
        wrong += [say(cause) for group in checked.help.groups for cause in group.causes]
        wrong += [say(one.message) for one in checked.help.checks if not one.passed]
        said = next(filter(None, wrong), "")
        yield annotation(said, file=file) if said else ""


def annotation(said: str, *, file: Path | str, line: int | None = None) -> str:
    """Return the command that has GitHub mark a line."""
    where = f",line={line}" if line else ""
    title = _property(say("github-title"))
    return f"::error file={_property(str(file))}{where},title={title}::{_data(said)}"


def _data(text: str) -> str:
    for character, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A")):
        text = text.replace(character, code)
    return text


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _summary(checked: Checked, title: str) -> Iterator[str]:
    """Yield the lines of a student's summary: not a grade, a row a check, then the causes."""
    from autograder.grading.unmarked import unmarked
    from autograder.judge.grouping import MARKS, further

    given = checked.help
    yield f"### {_cell(title)}"
    yield ""
    yield say("github-no-grade")
    yield ""
    if given.checks:
        yield from _table(
            (say("github-check"), say("github-points"), say("github-said")),
            [
                (f"{MARKS[one.outcome]} {one.id}", _points(one), say(one.message))
                for one in given.checks
            ],
        )
        yield ""
    for group in given.groups:
        for text in group.causes:
            yield f"- {unmarked(say(text))}"
        for hint in group.hints:
            yield f"  - {unmarked(say('hint', hint=hint))}"
    for text in filter(None, (given.message, *further(given.notes, given.groups))):
        yield f"- {unmarked(say(text))}"


def _points(check: CheckResult) -> str:
    return f"{check.points:g}/{check.max_points:g}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{' --- |' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(map(_cell, row))} |"


def _cell(text: str) -> str:
    from autograder.grading.unmarked import unmarked

    return unmarked(text).replace("\\", "\\\\").replace("|", "\\|")


def tell_proofs(root: Path, proofs: Sequence[LabProof]) -> None:
    """Print annotations of claims that are false and write a row a lab. Raises CourseError."""
    _print(
        annotation(f"{one.group} {one.name}: {one.message}", file=_file_of(root, one))
        for proof in proofs
        for one in proof.refuted
    )
    _write(
        _table(
            (say("github-lab"), say("github-claims"), say("github-false")),
            [
                (proof.lab, str(len(proof.items)), ", ".join(map(_name, proof.refuted)))
                for proof in proofs
            ],
        )
    )


def _name(item: Item) -> str:
    return f"{item.group} {item.name}"


def _file_of(root: Path, item: Item) -> Path:
    """Return the file that a claim is about, as far as its name shows; else the spec."""
    folder = Path("reference", item.lab)
    own = folder / item.group / item.name
    return own if (root / own).is_file() else folder / "exercise.py"


def _print(annotations: Iterable[str]) -> None:
    """Print commands, outside of everything that is shown otherwise."""
    found = dict.fromkeys(filter(None, annotations))
    for one in list(found)[:MOST_ANNOTATIONS]:
        print(one)
    sys.stdout.flush()


def _write(lines: Iterable[str]) -> None:
    """Append to the step's summary, where there is one."""
    place = os.environ.get(SUMMARY)
    if not place:
        return
    text = "\n".join(lines).encode("utf-8", "backslashreplace")[:MOST_BYTES]
    try:
        with Path(place).open("ab") as stream:
            stream.write(text + b"\n")
    except OSError as error:
        raise CourseError(say("cannot-write", path=place, problem=error.strerror)) from error
