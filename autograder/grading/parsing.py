"""Parse an instructor's file as Python; notebook magics count as calls, as in the worker."""

from __future__ import annotations

import ast
from pathlib import Path

from autograder.errors import CourseError
from autograder.words.catalogue import say


def parse_script(source: bytes) -> ast.Module:
    """Return the file's tree. Raises SyntaxError where it does not parse."""
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SyntaxError(say("not-utf8")) from error
    try:
        return ast.parse(text)
    except SyntaxError:
        from IPython.core.inputtransformer2 import (  # noqa: PLC0415  # takes half a second
            TransformerManager,
        )

        manager = TransformerManager()  # type: ignore[no-untyped-call]  # IPython is untyped
        return ast.parse(manager.transform_cell(text))
    except (RecursionError, ValueError) as error:  # null bytes
        raise SyntaxError(str(error)) from error


def require_script(path: Path, source: bytes) -> None:
    """Raise CourseError naming file and line where a reference does not parse."""
    try:
        parse_script(source)
    except SyntaxError as error:
        code = "line-does-not-parse" if error.lineno else "does-not-parse"
        raise CourseError(say(code, path=path, line=error.lineno, problem=error.msg)) from error
