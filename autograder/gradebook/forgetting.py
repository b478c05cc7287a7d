"""Remove a student's files from a course folder: what was submitted, and everything made from it.

The gradebook's rows are another matter: ``students.forget``.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.course.folder import Course
from autograder.course.submission import is_code_name, stem_of
from autograder.errors import CourseError
from autograder.grading.cache import Lock, Store
from autograder.grading.decision import FILE, forget_decisions
from autograder.grading.file import unwritable, write_atomically
from autograder.grading.results import read_results
from autograder.words.catalogue import say

FOLDERS = ("submitted", "attempts", "autograded", "feedback")
RESULTS = ("results.jsonl", "results.partial.jsonl")
MADE_OF_ALL = ("grades.journal", "report.html")  # of all students: made again by the next run


def forget_files(course: Course, student: str, out: Path) -> list[Path]:
    """Remove a student's files and return what was removed or rewritten.

    ``out`` is where grades and traces lie. Traces that another student's grade rests on stay: the
    files were equal. Raises CourseError where a name is no student's, or a file cannot be removed.
    """
    if student in ("", ".", "..") or "/" in student or "\0" in student:
        raise CourseError(say("no-folder-name", student=student))
    places = [*_own(course, student), out / "autograded" / student]
    removed = [path for path in places if _remove(path)]
    for folder in sorted(out.glob("*/")):
        if any((folder / name).is_file() for name in (*RESULTS, *MADE_OF_ALL, FILE)):
            removed += _from_lab(folder, student)
    return removed


def _own(course: Course, student: str) -> Iterator[Path]:
    for name in FOLDERS:
        folder = course.root / name
        yield folder / student
        for path in folder.iterdir() if folder.is_dir() else ():
            if is_code_name(path.name) and stem_of(path.name) == student:
                yield path


def _from_lab(folder: Path, student: str) -> list[Path]:
    """Take a student out of a lab's results. Raises CourseError while somebody grades the lab."""
    with contextlib.closing(Lock(folder)):
        found = [folder / FILE] if forget_decisions(folder, student) else []
        traces: set[str] = set()
        shared: set[str] = set()
        for path in (folder / name for name in RESULTS):
            if not path.is_file():
                continue
            standings = read_results(path)
            lines = path.read_bytes().splitlines(keepends=True)
            kept = [
                line for line, one in zip(lines, standings, strict=True) if one.student != student
            ]
            for one in standings:
                if one.grade is not None and one.grade.trace:
                    (traces if one.student == student else shared).add(one.grade.trace)
            if len(kept) < len(lines):
                write_atomically(path, kept)
                found.append(path)
        if not found:
            return []
        store = Store(folder.parent, folder.name)
        gone = [store.path(key) for key in sorted(traces - shared)]
        gone += [folder / name for name in MADE_OF_ALL]
        return [*found, *(path for path in gone if _remove(path))]


def _remove(path: Path) -> bool:
    """Remove a file, a folder or a link, never what a link leads to; False where nothing is."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unwritable(path, error) from error
    return True
