"""Grading from Python: what ``autograder grade`` does, as a function that yields records."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.grading.record import Grade
from autograder.grading.run import Loaded, Session
from autograder.grading.setup import Opening, Settings, open_run


def grade(
    submitted: str | os.PathLike[str],
    assignment: str,
    *,
    course: str | os.PathLike[str] | None = None,
    out: str | os.PathLike[str] | None = None,
    students: Sequence[str] = (),
    jobs: int | None = None,
    allow_weak_isolation: bool = False,
) -> Iterator[Grade]:
    """Grade a folder of submissions; yield a record for each, in the order of the ids.

    Each grade is stored before it is yielded, below ``out`` (default: the course's ``graded/``),
    and reused as by the command. ``course`` is found from ``submitted`` if it is not given.
    ``students`` are the only ones that are graded, if any are given. ``jobs`` run at a time
    (default: one a core).

    Raises AutograderError, when the first record is asked for: CourseError for a folder, lab or
    student that is not there, SpecError for a lab that is not right, IsolationError where no
    secure sandbox is available.
    """
    settings = Settings(
        submitted=Path(submitted),
        assignment=assignment,
        course=None if course is None else Path(course),
        out=None if out is None else Path(out),
        students=tuple(students),
        jobs=jobs or os.cpu_count() or 1,
        allow_weak_isolation=allow_weak_isolation,
    )
    with (
        contextlib.closing(open_run(settings)) as opening,
        contextlib.closing(Session(opening)) as session,
    ):
        yield from session.grades(load)


def load(opening: Opening) -> Loaded:
    """Load torch, the lab and the judge, while the zygote warms up."""
    _ = opening.engine
    from autograder.grading.grade import load_grader  # noqa: PLC0415  # torch loads with it

    return load_grader(opening)
