"""Build a lab's assignment: plan all files first, then write them, or compare with those there."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from nbformat.notebooknode import NotebookNode

from autograder.assignment.leaks import find_leaks
from autograder.assignment.points import require_points
from autograder.assignment.release import make_stub, script_text
from autograder.assignment.source import Source, notebook_text, read_source
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.exercise.loader import load_exercise
from autograder.exercise.published import FILENAME
from autograder.exercise.spec import Exercise
from autograder.grading.cache import write_atomically
from autograder.grading.publish import Publisher
from autograder.words.catalogue import say

State = Literal["written", "unchanged", "stale", "missing", "leaks"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Draft:
    """What producers work from: the lab's source and spec, and the students' notebook.

    Without ``publisher`` nobody observes the reference, and there are no expected numbers.
    """

    course: Course
    lab: str
    source: Source
    exercise: Exercise
    stub: NotebookNode
    publisher: Publisher | None = None
    verify: bool = False


def notebook(draft: Draft) -> dict[str, bytes]:
    """Return the students' notebook."""
    return {f"{draft.lab}.ipynb": notebook_text(draft.stub).encode()}


def script(draft: Draft) -> dict[str, bytes]:
    """Return the students' notebook as a script."""
    return {f"{draft.lab}.py": script_text(draft.stub).encode()}


def numbers(draft: Draft) -> dict[str, bytes]:
    """Return the public situations and what the reference does there, where someone observes it."""
    if draft.publisher is None:
        return {}
    current = _read(draft.course.expected(draft.lab))
    made = draft.publisher.expected_numbers(draft.lab, current, verify=draft.verify)
    return {FILENAME: made}


Producer = Callable[[Draft], dict[str, bytes]]
PRODUCERS: tuple[Producer, ...] = (notebook, script, numbers)


@dataclasses.dataclass(frozen=True, kw_only=True)
class File:
    """One file of an assignment and how it stands; ``detail`` says what it gives away."""

    path: Path
    state: State
    detail: str = ""


def make_draft(
    course: Course, lab: str, publisher: Publisher | None = None, *, verify: bool = False
) -> Draft:
    """Read source and spec. Raises CourseError where they are wrong or do not fit."""
    exercise = load_exercise(course.exercise(lab))
    source = read_source(course.reference(lab))
    require_points(source, exercise)
    return Draft(
        course=course,
        lab=lab,
        source=source,
        exercise=exercise,
        stub=make_stub(source),
        publisher=publisher,
        verify=verify,
    )


def produce(draft: Draft) -> dict[str, bytes]:
    """Return all files of the assignment by name, relative to its folder."""
    return {name: data for make in PRODUCERS for name, data in make(draft).items()}


def produce_safely(
    course: Course, lab: str, publisher: Publisher | None = None
) -> dict[str, bytes]:
    """Return all files of the assignment. Raises CourseError where one gives a solution away."""
    draft = make_draft(course, lab, publisher)
    outputs = produce(draft)
    for name, leaks in find_leaks(draft.source, outputs, draft.exercise.inert).items():
        path, more = draft.source.path, len(leaks) - 1
        code = "build-leaks-more" if more else "build-leaks"
        raise CourseError(say(code, leaks=leaks[0], name=name, path=path, n=more))
    return outputs


def write(course: Course, lab: str, publisher: Publisher | None = None) -> Iterator[File]:
    """Write the files that are not as they should be; nothing is written where one leaks."""
    folder = course.assignment(lab)
    for name, data in produce_safely(course, lab, publisher).items():
        path = folder / name
        if _read(path) == data:
            yield File(path=path, state="unchanged")
        else:
            write_atomically(path, data)
            yield File(path=path, state="written")


def compare(course: Course, lab: str, publisher: Publisher | None = None) -> Iterator[File]:
    """Say how each file stands, and write none."""
    draft = make_draft(course, lab, publisher, verify=True)
    outputs = produce(draft)
    folder = course.assignment(lab)
    there = {name: data for name in outputs if (data := _read(folder / name)) is not None}
    leaking = {
        **find_leaks(draft.source, outputs, draft.exercise.inert),
        **find_leaks(draft.source, there, draft.exercise.inert),
    }
    for name, data in outputs.items():
        state: State = "unchanged"
        if name in leaking:
            state = "leaks"
        elif name not in there:
            state = "missing"
        elif there[name] != data:
            state = "stale"
        detail = "; ".join(str(leak) for leak in leaking.get(name, ()))
        yield File(path=folder / name, state=state, detail=detail)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
