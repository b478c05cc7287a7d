"""Find the lab that a notebook or script belongs to, and its expected.json."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import CourseError
from autograder.exercise.published import FILENAME, Published, load_published
from autograder.words.catalogue import say
from autograder.words.text import Value, text, verbatim
from autograder.worker.archive import is_code, is_zip, unpack
from autograder.worker.cells import Unreadable, read_document
from autograder.worker.survey import stem_of

_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def find_published(
    folder: Path,
    names: Sequence[str],
    course: Path | None = None,
    *,
    strict: bool = False,
    advice: str = "",
) -> Published:
    """Return a lab's public situations.

    They lie beside the student's file, in ``folder``, or in assignments/<lab>/ of the course, which
    is ``course`` or any folder above. A ``course`` may also be the lab's own folder: then what lies
    there takes the place of what lies beside the file. ``names`` are those that the lab may have,
    the likeliest first; numbers beside the student's file also count if they are of none of them,
    unless ``strict``. Raises CourseError where there are none, with ``advice`` before ours.
    """
    if course is not None and (course / FILENAME).is_file():
        folder = course
    beside = load_published(folder / FILENAME) if (folder / FILENAME).is_file() else None
    for name in names:
        if beside is not None and beside.lab == name:
            return beside
        for path in _in_courses(folder, name, course):
            if path.is_file():
                return load_published(path)
    if beside is not None and not strict:
        return beside
    slugs = [name for name in names if _SLUG.fullmatch(name)]
    sought = ", ".join(f"assignments/{name}/{FILENAME}" for name in slugs)
    place = verbatim(str(course)) if course else text("a-folder-above")
    values: dict[str, Value] = {"path": str(folder / FILENAME), "sought": sought or "assignments/"}
    if beside is not None:
        raise CourseError(
            say("numbers-of-other-lab", lab=beside.lab, place=place, advice=advice, **values)
        )
    raise CourseError(say("numbers-not-found", place=place, advice=advice, **values))


def _in_courses(folder: Path, name: str, course: Path | None) -> Iterator[Path]:
    if not _SLUG.fullmatch(name):
        return
    for root in (course,) if course is not None else (folder, *folder.parents):
        yield root / "assignments" / name / FILENAME


def names_of(path: Path) -> list[str]:
    """Return the names that a file's lab may have: the file's, its notebook's, the folder's.

    Copies count: ``slope (1).ipynb`` and ``slope-Copy1.ipynb`` are of lab ``slope``. A folder has
    the names of the files in it, a zip file those of its own.
    """
    found = [name for file, data in _files(path) for name in _names(file, data)]
    return list(dict.fromkeys([*found, path.resolve().name if path.is_dir() else _above(path)]))


def _above(path: Path) -> str:
    return path.resolve().parent.name


def _files(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield names and bytes of what may be meant by a path; nothing of what cannot be read."""
    paths = sorted(one for one in path.iterdir() if is_code(one.name)) if path.is_dir() else [path]
    for one in paths:
        with contextlib.suppress(OSError):
            data = one.read_bytes()
            yield one.name, data
            if is_zip(data):
                with contextlib.suppress(Unreadable):
                    yield from unpack(data)


def _names(name: str, data: bytes) -> Iterator[str]:
    stem = stem_of(name, copies=False)
    yield stem
    with contextlib.suppress(Unreadable):
        yield read_document(name, data).lab
    yield stem_of(name)
    if copy := _SLUG.match(stem):
        yield copy[0]
