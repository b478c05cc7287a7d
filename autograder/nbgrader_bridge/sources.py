"""Lay out the labs' sources as nbgrader wants them: a folder of notebooks with solutions.

The folder is made anew from ``reference/`` whenever nbgrader starts, holds nothing else, and git
ignores it.
"""

from __future__ import annotations

import functools
import logging
import shutil
from pathlib import Path

from autograder.assignment.source import notebook_text, read_source
from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.grading.cache import write_atomically
from autograder.words.catalogue import say

FOLDER = "build/nbgrader"
_log = logging.getLogger(__name__)


def write_sources(course: Course) -> None:
    """Write each lab's source notebook; a lab whose source is wrong is named and left out.

    Raises CourseError where the folder cannot be written.
    """
    folder = course.root / FOLDER
    wanted: dict[Path, bytes] = {}
    for lab in course.lab_names():
        try:
            path = course.reference(lab)
            wanted[folder / lab / f"{lab}.ipynb"] = _converted(path, path.stat().st_mtime_ns)
            expected = course.expected(lab)
            if expected.is_file():  # nbgrader empties the release folder, then copies this back
                wanted[folder / lab / expected.name] = expected.read_bytes()
        except CourseError as error:
            _log.error("%s", error)
    try:
        _remove_others(folder, set(wanted))
    except OSError as error:
        raise CourseError(say("cannot-clear", folder=folder, problem=error.strerror)) from error
    for path, data in wanted.items():
        if not path.is_file() or path.read_bytes() != data:
            write_atomically(path, data)


@functools.lru_cache(maxsize=64)
def _converted(path: Path, _changed: int) -> bytes:
    """Return the notebook; nbgrader loads its configuration up to three times a command."""
    return notebook_text(read_source(path).notebook).encode()


def _remove_others(folder: Path, wanted: set[Path]) -> None:
    """Remove all else: nbgrader copies what lies beside a source into the release."""
    for lab in folder.glob("*"):
        if lab not in {path.parent for path in wanted}:
            shutil.rmtree(lab)
            continue
        for path in lab.iterdir():
            if path not in wanted:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
