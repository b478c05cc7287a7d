"""GitHub: a repository for students to start from, whose workflow shows what ``check`` says.

It runs where students can write, so it has public data alone, and what it shows is no grade.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.course.folder import Course
from autograder.errors import CourseError
from autograder.grading.file import write_atomically
from autograder.package.template import template
from autograder.package.wheel import requirements, wheel_bytes, wheel_name
from autograder.words.catalogue import say

FOLDER = ".autograder"
UNNEEDED = "pyseccomp"  # nothing is confined there: it is the student's own machine


def write_repository(course: Course, lab: str, folder: Path, further: Sequence[str] = ()) -> None:
    """Write the files into a new or empty folder. Raises CourseError."""
    released = course.assignment(lab)
    wanted = [released / name for name in (f"{lab}.ipynb", f"{lab}.py", "expected.json")]
    missing = [path.name for path in wanted if not path.is_file()]
    if missing:
        raise CourseError(say("package-not-built", lab=lab, files=", ".join(missing)))
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(say("package-folder-full", folder=folder))
    pins = requirements(further).splitlines(keepends=True)
    own = {
        ".github/workflows/check.yml": workflow(lab),
        f"{FOLDER}/requirements.txt": "".join(
            line for line in pins if not line.startswith(UNNEEDED)
        ).encode(),
        f"{FOLDER}/{wheel_name()}": wheel_bytes(),
    }
    for name, data in own.items():
        write_atomically(folder / name, data)
    for path in wanted:
        shutil.copyfile(path, folder / path.name)


def workflow(lab: str, python: str = "") -> bytes:
    """Return the workflow, for a version of Python: by default the one that runs here."""
    version = python or f"{sys.version_info.major}.{sys.version_info.minor}"
    return template("check.yml", {"LAB": lab, "PYTHON": version})
