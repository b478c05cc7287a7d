"""A new lab: small, sound, and meant to be changed."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.scaffold.name import Kind, require_name, require_title, title_of
from autograder.scaffold.template import render
from autograder.scaffold.tree import write_tree

_SOURCE = "lab.py"


def write_lab(course: Course, name: str, kind: Kind, title: str = "") -> list[Path]:
    """Write ``reference/<name>/`` and return its files.

    Raises CourseError where the name will not do, the lab is there already, or nothing can be
    written; then nothing was.
    """
    require_name(name)
    title = title or title_of(name)
    require_title(title)
    folder = course.root / "reference" / name
    for taken in (folder, course.assignment(name)):
        if taken.exists() or taken.is_symlink():
            raise CourseError(f"{taken}: is there already; take another name, or move it away")
    literal = json.dumps(title, ensure_ascii=False)
    tree = render(kind, {"lab": name, "title": title, "title_literal": literal})
    tree[f"{name}.py"] = tree.pop(_SOURCE)
    write_tree(folder, tree, beside=course.root)
    return [folder / path for path in sorted(tree)]
