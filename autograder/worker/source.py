"""What is known of the student's own code: its text for tracebacks, its syntax by code object."""

from __future__ import annotations

import ast
import linecache
import os
from collections.abc import Iterable, Iterator
from types import CodeType, FrameType
from typing import NamedTuple

from autograder.worker.cells import Cell

_LONGEST_FILE = 1_000_000


class Span(NamedTuple):
    """A part of a source text: lines from 1, columns in bytes from 0."""

    line: int
    column: int
    end_line: int
    end_column: int

    def holds(self, node: ast.AST) -> bool:
        """Return whether a node begins and ends at or around this span."""
        line, end_line = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if line is None or end_line is None:
            return False
        begins = (line, node.col_offset)  # type: ignore[attr-defined]  # it has a line
        ends = (end_line, node.end_col_offset)  # type: ignore[attr-defined]  # as above
        return begins <= (self.line, self.column) and (self.end_line, self.end_column) <= ends


class _Known:
    """The syntax of all code compiled here, and the folder whose modules are the student's."""

    def __init__(self) -> None:
        self.trees: dict[CodeType, ast.Module] = {}
        self.files: set[str] = set()
        self.folder = ""


_known = _Known()


def remember(cells: Iterable[Cell], folder: str) -> None:
    """Let ``inspect`` and tracebacks find the cells' text; modules in ``folder`` are own ones."""
    forget()
    _known.folder = os.path.join(folder, "")  # noqa: PTH118  # a prefix, not a path
    texts: dict[str, list[str]] = {}
    for cell in cells:
        lines = texts.setdefault(cell.filename, [])
        for number, line in enumerate(cell.source.splitlines(keepends=True)):
            if number == len(lines):
                lines.append(line)
            elif line.strip():  # a script's parts have empty lines in place of what is not theirs
                lines[number] = line
    for filename, lines in texts.items():
        linecache.cache[filename] = (sum(map(len, lines)), None, lines, filename)
        _known.files.add(filename)


def forget() -> None:
    """Drop the texts of cells again."""
    for filename in _known.files:
        linecache.cache.pop(filename, None)
    _known.files.clear()
    _known.trees.clear()
    _known.folder = ""


def compiled(tree: ast.Module, filename: str) -> CodeType:
    """Return a tree's code; a notebook's may have ``await`` outside of functions."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if filename.startswith("<cell") else 0
    code: CodeType = compile(tree, filename, "exec", flags=flags, dont_inherit=True)
    waiting = [code]
    while waiting:
        one = waiting.pop()
        _known.trees[one] = tree
        waiting += [constant for constant in one.co_consts if isinstance(constant, CodeType)]
    return code


def is_own(frame: FrameType) -> bool:
    """Return whether a frame runs code of the student's own: a cell, or a module submitted."""
    code = frame.f_code
    return code in _known.trees or is_handed_in(code.co_filename)


def is_handed_in(filename: str) -> bool:
    """Return whether a file lies where those lie that were submitted."""
    return bool(_known.folder) and filename.startswith(_known.folder)


def around(frame: FrameType) -> list[ast.AST]:
    """Return the nodes around what a frame runs now, outermost first, within its own function.

    Empty where the syntax is not known.
    """
    tree, span = _tree_of(frame.f_code), _span_of(frame)
    if tree is None or span is None:
        return []
    found = [node for node in ast.walk(tree) if span.holds(node)]
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    inside = [n for n, node in enumerate(found) if isinstance(node, functions)]
    inside = [n for n in inside if any(span.holds(part) for part in _body(found[n]))]
    return found[inside[-1] + 1 :] if inside else found


def _body(function: ast.AST) -> list[ast.AST]:
    body = getattr(function, "body", [])
    return body if isinstance(body, list) else [body]


def in_body(frame: FrameType, node: ast.AST) -> bool:
    """Return whether a frame is in the body of a ``try`` or ``with``, not in what follows it."""
    span = _span_of(frame)
    return span is not None and any(span.holds(part) for part in _body(node))


def spans(frame: FrameType, node: ast.AST) -> bool:
    """Return whether what a frame runs now lies within a node."""
    span = _span_of(frame)
    return span is not None and span.holds(node)


def _span_of(frame: FrameType) -> Span | None:
    positions = list(frame.f_code.co_positions())
    number = frame.f_lasti // 2
    if not 0 <= number < len(positions):
        return None
    line, end_line, column, end_column = positions[number]
    if line is None or end_line is None or column is None or end_column is None:
        return None
    return Span(line, column, end_line, end_column)


def _tree_of(code: CodeType) -> ast.Module | None:
    tree = _known.trees.get(code)
    if tree is not None or not is_handed_in(code.co_filename):
        return tree
    text = "".join(linecache.getlines(code.co_filename))
    try:
        return ast.parse(text) if len(text) <= _LONGEST_FILE else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def own_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """Yield the frames of the student's own code, the innermost first."""
    while frame is not None:
        if is_own(frame):
            yield frame
        frame = frame.f_back
