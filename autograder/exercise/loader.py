"""Load ``reference/<lab>/exercise.py``: the instructor's own code, run in the grader.

What a record is given too much of, or lacks, is told with the names that it has.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
import runpy
import traceback
from collections.abc import Mapping
from pathlib import Path

from autograder.errors import CourseError, SpecError
from autograder.exercise.fixtures import ALTERNATIVES, read_files
from autograder.exercise.part import Function, Object, Random, Variable
from autograder.exercise.recorded import Evaluation, Recorded
from autograder.exercise.spec import Exercise, Tolerance, Variation
from autograder.protocol.job import Functions, Module
from autograder.words.catalogue import say

_RECORD = re.compile(r"(\w+)\.__init__\(\) (?:got an unexpected keyword argument|missing) ?.*")
_UNKNOWN = re.compile(r"[Uu]nexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"[Mm]issing (?:\d+ )?required (?:keyword-only )?arguments?:? '(\w+)'")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    record.__name__: tuple(field.name for field in dataclasses.fields(record))
    for record in (
        Exercise,
        Variation,
        Tolerance,
        Function,
        Object,
        Random,
        Variable,
        Recorded,
        Evaluation,
    )
}
_CONTRACTS: Mapping[str, tuple[str, ...]] = {
    "Functions": Functions.__struct_fields__,
    "Module": Module.__struct_fields__,
}


def wrong_argument(error: TypeError) -> tuple[str, str] | None:
    """Return key and problem where a constructor of the spec's records raised, None elsewhere."""
    message = str(error)
    record = _RECORD.fullmatch(message)
    unknown, missing = _UNKNOWN.search(message), _MISSING.match(message)
    if record is not None and record[1] in _FIELDS:
        name, fields, prefix = record[1], _FIELDS[record[1]], ""
        missing = _MISSING.search(message)
    elif record is None and (missing or _UNKNOWN.match(message)):  # msgspec names no class
        name, prefix = " or ".join(_CONTRACTS), "contract."
        fields = tuple(dict.fromkeys(f for known in _CONTRACTS.values() for f in known))
    else:
        return None
    if missing:
        return f"{prefix}{missing[1]}", say("spec-key-missing", name=name)
    if unknown:
        return f"{prefix}{unknown[1]}", say(
            "spec-key-unknown", advice=_advice(unknown[1], fields), name=name
        )
    return None


def _advice(given: str, fields: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(given, fields, n=1)
    return (
        say("did-you-mean", close=close[0])
        if close
        else say("use-one-of", fields=", ".join(fields))
    )


NAME = "exercise"


def load_exercise(path: Path) -> Exercise:
    """Return the ``exercise`` that the file defines.

    Raises CourseError where there is no file, SpecError naming file and key where it is wrong.
    """
    if not path.is_file():
        raise CourseError(say("spec-no-file", path=path))
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
        raise SpecError(NAME, say("spec-no-exercise"), path=str(path))
    if exercise.lab != path.parent.name:
        problem = say("spec-lab-and-folder", lab=exercise.lab, name=path.parent.name)
        raise SpecError("lab", problem, path=str(path))
    return _with_files(exercise, path)


def _with_files(exercise: Exercise, path: Path) -> Exercise:
    """Return the exercise with the files that lie beside its spec. Raises SpecError."""
    try:
        fixtures = read_files(path.parent)
        others = read_files(path.parent, ALTERNATIVES)
    except SpecError as error:
        raise SpecError(error.key, error.problem, path=str(path.parent)) from error
    for part in exercise.parts:
        for name in part.accept:
            if name not in others:
                key = f"parts[{part.key!r}].accept"
                problem = say("spec-alternative", name=name, folder=ALTERNATIVES)
                raise SpecError(key, problem, path=str(path))
    if not (fixtures or others):
        return exercise
    return dataclasses.replace(exercise, fixtures=fixtures, alternatives=others)


def _raised(path: Path, error: BaseException) -> CourseError:
    """Return the error that says in which line of the file what was raised."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(path)]
    text, line = str(error), lines[-1] if lines else None
    if isinstance(error, SyntaxError):
        text, line = error.msg, error.lineno
    place = f"{say('line-number', line=line)}: " if line else ""
    return CourseError(f"{path}: {place}{type(error).__name__}: {text}")
