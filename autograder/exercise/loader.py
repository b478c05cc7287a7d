"""Load ``reference/<lab>/exercise.py``: the instructor's own code, run in the grader."""

from __future__ import annotations

import runpy
import traceback
from pathlib import Path

from autograder.errors import CourseError, SpecError
from autograder.exercise.argument import wrong_argument
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
        found = wrong_argument(error)
        if found is not None:
            raise SpecError(*found, path=str(path)) from error
        raise _raised(path, error) from error
    except (Exception, SystemExit) as error:  # the instructor's file may raise anything
        raise _raised(path, error) from error
    exercise = namespace.get(NAME)
    if not isinstance(exercise, Exercise):
        raise SpecError(NAME, "the file must define exercise = Exercise(…)", path=str(path))
    if exercise.lab != path.parent.name:
        problem = f"is {exercise.lab!r}, but the folder is named {path.parent.name!r}"
        raise SpecError("lab", problem, path=str(path))
    return exercise


def _raised(path: Path, error: BaseException) -> CourseError:
    """Return the error that says in which line of the file what was raised."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    text, line = str(error), lines[-1] if lines else None
    if isinstance(error, SyntaxError):
        text, line = error.msg, error.lineno
    place = f"line {line}: " if line else ""
    return CourseError(f"{path}: {place}{type(error).__name__}: {text}")
