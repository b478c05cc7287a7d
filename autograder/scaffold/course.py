"""A new course folder, and a new lab: small, sound, and meant to be changed."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from autograder.course.folder import SALT_FILE, Course
from autograder.errors import CourseError
from autograder.grading.file import unwritable
from autograder.scaffold.name import Kind, require_name, require_title, title_of
from autograder.scaffold.shipped import copied_lab
from autograder.scaffold.tree import render, write_tree
from autograder.words.catalogue import say

SALT_BYTES = 32
KEPT = ("reference/.gitkeep", "submitted/.gitkeep")
ALLOWED = frozenset({".git"})  # a fresh clone of an empty repository is empty enough


def write_course(folder: Path) -> list[Path]:
    """Make a course folder without labs, and return its files.

    Raises CourseError where the folder is not empty, or cannot be written; then it is as before.
    """
    _require_empty(folder)
    name = os.fsencode(folder.resolve().name).decode("utf-8", "replace")  # the locale C has bytes
    tree = render("course", {"name": name})
    tree |= dict.fromkeys(KEPT, b"")
    tree[SALT_FILE] = f"{secrets.token_urlsafe(SALT_BYTES)}\n".encode()
    if folder.exists():
        write_tree(folder, tree, beside=folder, private=[SALT_FILE])
    else:
        _make_parents(folder)
        write_tree(folder, tree, beside=folder.parent, private=[SALT_FILE])
    return [folder / name for name in sorted(tree)]


def _require_empty(folder: Path) -> None:
    if folder.is_symlink() and not folder.exists():
        raise CourseError(say("folder-dead-link", folder=folder))
    if folder.exists() and not folder.is_dir():
        raise CourseError(say("folder-is-file", folder=folder))
    try:
        there = sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise CourseError(say("cannot-read", path=folder, problem=error.strerror)) from error
    found = [name for name in there if name not in ALLOWED]
    if found:
        raise CourseError(say("folder-not-empty", folder=folder, found=found[0]))


def _make_parents(folder: Path) -> None:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder.parent, error) from error


_SOURCE = "lab.py"


def write_lab(course: Course, name: str, kind: Kind, title: str = "") -> list[Path]:
    """Write a small lab into ``reference/<name>/`` and return its files.

    Raises CourseError where the name will not do, the lab is there already, or nothing can be
    written; then nothing was.
    """
    title = title or title_of(name)
    folder = _free_place(course, name, title)
    literal = json.dumps(title, ensure_ascii=False)
    tree = render(kind, {"lab": name, "title": title, "title_literal": literal})
    tree[f"{name}.py"] = tree.pop(_SOURCE)
    write_tree(folder, tree, beside=course.root)
    return [folder / path for path in sorted(tree)]


def copy_lab(course: Course, name: str, origin: str, title: str = "") -> list[Path]:
    """Write a shipped lab into ``reference/<name>/`` and return its files.

    Without a ``title`` it keeps its own. Raises CourseError as ``write_lab`` does, and where no
    lab of the name ``origin`` is shipped.
    """
    folder = _free_place(course, name, title or title_of(name))
    tree = copied_lab(origin, name, title)
    write_tree(folder, tree, beside=course.root)
    return [folder / path for path in sorted(tree)]


def _free_place(course: Course, name: str, title: str) -> Path:
    """Return where a lab may be written. Raises CourseError."""
    require_name(name)
    require_title(title)
    folder = course.root / "reference" / name
    for taken in (folder, course.assignment(name)):
        if taken.exists() or taken.is_symlink():
            raise CourseError(say("lab-taken", taken=taken))
    return folder
