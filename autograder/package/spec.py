"""Load a bundle's spec, where nobody but the grader can read it."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import AutograderError, CourseError
from autograder.exercise.loader import load_exercise
from autograder.exercise.spec import Exercise
from autograder.package.bundle import Bundle
from autograder.words.catalogue import say


@contextlib.contextmanager
def opened_spec(bundle: Bundle) -> Iterator[Exercise]:
    """Load the spec from the bundle's files, in a folder that only this user may enter.

    Raises CourseError.
    """
    with tempfile.TemporaryDirectory(prefix="autograder-spec-") as private:
        folder = Path(private, bundle.lab)
        for name, data in bundle.spec.items():
            path = folder / name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(data)
        try:
            exercise = load_exercise(folder / "exercise.py")
        except AutograderError as error:
            raise CourseError(say("package-spec", lab=bundle.lab, error=error)) from error
        yield exercise
