"""Find the lab that a notebook or script belongs to, and its expected.json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.errors import CourseError
from autograder.exercise.published import FILENAME, Published, load_published

_SLUG = re.compile(r"[a-z][a-z0-9_]*")


def find_published(
    folder: Path, names: Sequence[str], course: Path | None = None, *, strict: bool = False
) -> Published:
    """Return a lab's public situations.

    They lie beside the student's file, in ``folder``, or in assignments/<lab>/ of the course, which
    is ``course`` or any folder above. ``names`` are those that the lab may have, the likeliest
    first; a file beside the student's also counts if it is none of them, unless ``strict``.
    Raises CourseError where there are none.
    """
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
    sought = " or ".join(f"assignments/{name}/{FILENAME}" for name in slugs)
    other = f" ({folder / FILENAME} is of {beside.lab})" if beside is not None else ""
    raise CourseError(
        f"{folder / FILENAME}: no such file{other}, and no {sought or 'assignments/'} in "
        f"{course or 'a folder above'}; copy the lab's {FILENAME} beside your file, it comes with "
        "the assignment"
    )


def _in_courses(folder: Path, name: str, course: Path | None) -> Iterator[Path]:
    if not _SLUG.fullmatch(name):
        return
    for root in (course,) if course is not None else (folder, *folder.parents):
        yield root / "assignments" / name / FILENAME


def names_of(path: Path) -> list[str]:
    """Return the names that a file's lab may have: the file's, its notebook's, the folder's.

    Copies count: ``slope (1).ipynb`` and ``slope-Copy1.ipynb`` are of lab ``slope``.
    """
    copy = re.match(r"[a-z][a-z0-9_]*", path.stem)
    names = [path.stem, *_noted(path), *([copy[0]] if copy else []), path.resolve().parent.name]
    return list(dict.fromkeys(names))


def _noted(path: Path) -> list[str]:
    """Return the lab that a notebook's metadata name: ``{"autograder": {"lab": "slope"}}``."""
    if path.suffix.lower() != ".ipynb":
        return []
    try:
        lab = json.loads(path.read_bytes())["metadata"]["autograder"]["lab"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return []
    return [lab] if isinstance(lab, str) else []
