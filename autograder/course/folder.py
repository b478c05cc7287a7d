"""The course folder: labs, references, the salt. Paths only; nothing is run here."""

from __future__ import annotations

import dataclasses
import re
import tempfile
from pathlib import Path

from autograder.errors import CourseError
from autograder.words.catalogue import say

SALT_FILE = "secret_salt"
CONFIGURATION = "nbgrader_config.py"
_SLUG = re.compile(r"[a-z][a-z0-9_]*")


@dataclasses.dataclass(frozen=True)
class Course:
    """A folder with ``reference/<lab>/`` in it."""

    root: Path

    def lab_names(self) -> list[str]:
        """Return the labs that have a spec."""
        return sorted(path.parent.name for path in self.root.glob("reference/*/exercise.py"))

    def exercise(self, lab: str) -> Path:
        """Return the path of the lab's spec; raises CourseError naming the labs there are."""
        path = self.root / "reference" / lab / "exercise.py"
        if not _SLUG.fullmatch(lab) or not path.is_file():
            labs = ", ".join(self.lab_names()) or "none"
            raise CourseError(say("unknown-lab-at", lab=lab, labs=labs, path=path))
        return path

    def reference(self, lab: str) -> Path:
        """Return the path of the lab's reference script."""
        path = self.root / "reference" / lab / f"{lab}.py"
        if not path.is_file():
            raise CourseError(say("reference-missing", path=path))
        return path

    def assignment(self, lab: str) -> Path:
        """Return the folder that students receive."""
        return self.root / "assignments" / lab

    def expected(self, lab: str) -> Path:
        """Return the path of the public situations and their outcome."""
        return self.assignment(lab) / "expected.json"

    def salt(self) -> bytes:
        """Return the course's secret salt for hidden seeds, empty where there is none."""
        path = self.root / SALT_FILE
        return path.read_bytes().strip() if path.is_file() else b""

    @property
    def graded(self) -> Path:
        """Return the default folder for results and traces."""
        return self.root / "graded"


def require_writable(folder: Path) -> Path:
    """Return the folder, made where it was missing. Raises CourseError where it takes no file."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise CourseError(
            say("folder-not-writable", folder=folder, problem=error.strerror)
        ) from error


def find_course(given: Path | None, near: Path) -> Course:
    """Return the course at ``given``, or the nearest one at or above ``near`` or here.

    Raises CourseError where there is none.
    """
    if given is not None:
        if not (given / "reference").is_dir():
            raise CourseError(say("not-a-course", given=given))
        return Course(given.resolve())
    for start in (near.resolve(), Path.cwd()):
        for folder in (start, *start.parents):
            if _is_course(folder):
                return Course(folder)
    raise CourseError(say("no-course-above", near=near))


def _is_course(folder: Path) -> bool:
    """Tell a folder with labs, or one made for labs, from one that happens to lie above."""
    labs = any(folder.glob("reference/*/exercise.py"))
    return labs or ((folder / "reference").is_dir() and (folder / CONFIGURATION).is_file())
