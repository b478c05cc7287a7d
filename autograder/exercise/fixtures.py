"""The author's files beside the spec: what functions are handed, and other right solutions."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from autograder.errors import SpecError
from autograder.exercise.scripts import PlannedScript, asked_by, asked_of
from autograder.protocol.value import Made
from autograder.words.catalogue import say

FOLDER = "fixtures"
ALTERNATIVES = "alternatives"
"""Whole solutions that give other values in a part, which are right as well."""
FOLDERS = (FOLDER, ALTERNATIVES)
MOST_BYTES = 200_000  # of all together: they travel with every job


def read_files(lab: Path, folder: str = FOLDER) -> dict[str, str]:
    """Return the files by name, each of which parses. Raises SpecError with file and line."""
    found: dict[str, str] = {}
    for path in sorted((lab / folder).glob("*.py")):
        key = f"{folder}/{path.name}"
        try:
            found[path.name] = path.read_text("utf-8")
            ast.parse(found[path.name])
        except OSError as error:
            raise SpecError(key, say("cannot-read", path=path, problem=error.strerror)) from error
        except UnicodeDecodeError as error:
            raise SpecError(key, say("spec-fixture-text")) from error
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            place, problem = say("line-number", line=line), getattr(error, "msg", error)
            raise SpecError(key, f"{place}: {problem}") from error
    if sum(map(len, found.values())) > MOST_BYTES:
        raise SpecError(folder, say("spec-fixture-large", n=MOST_BYTES // 1000))
    return found


def digest_of_files(fixtures: Mapping[str, str]) -> bytes:
    """Return a digest of the files; nothing where there are none."""
    if not fixtures:
        return b""
    return hashlib.sha256(repr(sorted(fixtures.items())).encode()).digest()


def require_fixtures(
    scripts: Iterable[PlannedScript], fixtures: Mapping[str, str], further: Iterable[Made] = ()
) -> None:
    """Raise SpecError where a script, or something ``further``, asks for what is not there."""
    names = {file: _names(source) for file, source in fixtures.items()}
    asked = list(further)
    for planned in scripts:
        asked += asked_of(planned.script)
        asked += [made for due in planned.dues for made in asked_by(due.step)]
    for made in asked:
        key = f"fixture('{made.file}:{made.name}')"
        if made.file and made.file not in names:
            listed = ", ".join(names) or say("spec-no-file-there")
            raise SpecError(key, say("spec-fixture-file", file=made.file, listed=listed))
        if made.file and made.name not in names[made.file]:
            raise SpecError(key, say("spec-fixture-name", file=made.file, name=made.name))


def _names(source: str) -> set[str]:
    """Return all names that a file may bind at its top, in whatever way."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
    return found
