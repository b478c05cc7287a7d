"""Load ``reference/<lab>/exercise.py``: the instructor's own code, run in the grader."""

from __future__ import annotations

import runpy
from pathlib import Path

from autograder.errors import CourseError, SpecError
from autograder.exercise.spec import Exercise

NAME = "exercise"


def load_exercise(path: Path) -> Exercise:
    """Return the ``exercise`` that the file defines.

    Raises CourseError where there is no file, SpecError naming file and key where it is wrong.
    """
    if not path.is_file():
        raise CourseError(f"{path}: no such file; a lab needs its spec there")
    try:
        namespace = runpy.run_path(str(path), run_name=NAME)
    except SpecError as error:
        raise SpecError(error.key, error.problem, path=str(path)) from error
    except TypeError as error:
        if "Exercise" in str(error) or "Variation" in str(error) or "Tolerance" in str(error):
            raise SpecError(_key(str(error)), str(error), path=str(path)) from error
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from error
    except Exception as error:  # the instructor's file may raise anything
        raise CourseError(f"{path}: {type(error).__name__}: {error}") from error
    exercise = namespace.get(NAME)
    if not isinstance(exercise, Exercise):
        raise SpecError(NAME, "the file must define exercise = Exercise(…)", path=str(path))
    if exercise.lab != path.parent.name:
        problem = f"is {exercise.lab!r}, but the folder is named {path.parent.name!r}"
        raise SpecError("lab", problem, path=str(path))
    return exercise


def _key(message: str) -> str:
    """Return the argument that a TypeError from a record's constructor names."""
    quoted = message.split("'")
    return quoted[1] if len(quoted) > 1 else NAME
