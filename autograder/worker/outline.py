"""Read what a submission's cells say without running them: its statements, and what they bind.

What does not parse as a whole is read statement by statement, and of a broken statement the names
at the beginnings of its lines. Nothing here decides a point: it is for words.
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from autograder.protocol.trace import LONGEST_NAME
from autograder.worker.cells import Cell
from autograder.worker.fault import cell_number
from autograder.worker.statements import to_python

LARGEST_SOURCE = 200_000  # characters: reading more would take seconds, and nobody wrote it by hand
Function = ast.FunctionDef | ast.AsyncFunctionDef
KEPT_CELLS = 64
MOST_CHUNKS = 2_000
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LOOPS = (ast.For, ast.AsyncFor, ast.While)
_SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_GOES_ON = re.compile(r"\s|[)\]}#]|(else|elif|except|finally)\b")
_DEFINES = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)", re.MULTILINE)
_ASSIGNS = re.compile(r"^(\w+(?:\s*,\s*\w+)*)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_IMPORTS = re.compile(r"^(?:from\s+\S+\s+)?import\s+(.+)$", re.MULTILINE)


class Piece(NamedTuple):
    """A statement at the top level of a cell; ``filename`` is the cell's."""

    filename: str
    statement: ast.stmt

    @property
    def cell(self) -> int | None:
        """The number of its cell; None in a script."""
        return cell_number(self.filename)


class Broken(NamedTuple):
    """A statement that does not parse, its last line, and the names that it seems to bind."""

    end: int
    names: tuple[str, ...]


class Comment(NamedTuple):
    """A line that is a comment, without its mark, and where it is."""

    text: str
    cell: int | None
    line: int


class Outline(NamedTuple):
    """The statements of cells, in document order, and the lines that are comments."""

    pieces: tuple[Piece, ...] = ()
    broken: tuple[Broken, ...] = ()
    comments: tuple[Comment, ...] = ()


def read_outline(cells: Iterable[Cell]) -> Outline:
    """Return the statements of all cells; none where there is more than can be read in a moment."""
    found = list(cells)
    if sum(len(cell.source) for cell in found) > LARGEST_SOURCE:
        return Outline()
    parts = [_outline_of(cell) for cell in found]
    pieces = itertools.chain.from_iterable(part.pieces for part in parts)
    broken = itertools.chain.from_iterable(part.broken for part in parts)
    comments = itertools.chain.from_iterable(map(_comments_of, found))
    return Outline(tuple(pieces), tuple(broken), tuple(comments))


def _comments_of(cell: Cell) -> Iterator[Comment]:
    for number, line in enumerate(cell.source.split("\n"), start=1):
        text = line.lstrip()
        if text.startswith("#") and not text.startswith(("#%", "# %", "###")):
            yield Comment(text.lstrip("#").strip(), cell_number(cell.filename), number)


@functools.lru_cache(KEPT_CELLS)
def _outline_of(cell: Cell) -> Outline:
    return fresh_outline(cell)


def fresh_outline(cell: Cell) -> Outline:
    """Return the statements of a cell, whose syntax the caller may change."""
    whole = _parsed(cell.source)
    if whole is None:
        whole = _parsed(cell.source, magics=True)
    if whole is not None:
        return Outline(tuple(Piece(cell.filename, statement) for statement in whole))
    pieces: list[Piece] = []
    broken: list[Broken] = []
    for count, (first, text) in enumerate(_chunks(cell.source)):
        part = _parsed(text, first) if count < MOST_CHUNKS else None
        if part is None:
            broken.append(Broken(first + text.count("\n") + 1, _names_in(text)))
        else:
            pieces += [Piece(cell.filename, statement) for statement in part]
    return Outline(tuple(pieces), tuple(broken))


def names_from(cell: Cell, line: int) -> tuple[str, ...]:
    """Return the names that a cell's statements bind which end at a line or below it."""
    outline = read_outline([cell])
    found = [
        name
        for piece in outline.pieces
        if (piece.statement.end_lineno or 0) >= line
        for name in bound_names(piece.statement)
    ]
    found += [name for one in outline.broken if one.end >= line for name in one.names]
    return tuple(dict.fromkeys(filter(is_name, found)))


def is_name(text: str) -> bool:
    """Return whether text is an identifier that a person would read as one."""
    return text.isidentifier() and len(text) <= LONGEST_NAME


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds in its own scope, in the blocks of an ``if`` too."""
    for node in own_nodes(statement):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Import() | ast.ImportFrom():
                for alias in node.names:
                    yield alias.asname or alias.name.partition(".")[0]


def own_nodes(root: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and all below it but the insides of functions, classes and comprehensions."""
    left = [root]
    while left:
        node = left.pop()
        yield node
        if not isinstance(node, (*_SCOPES, *_COMPREHENSIONS)):
            left += reversed(list(ast.iter_child_nodes(node)))


def blocks(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Yield all statements at the top level, those in its blocks too; whether in such a block."""
    for piece in pieces:
        yield piece, False
        left = [] if isinstance(piece.statement, _SCOPES) else _inside(piece.statement)
        while left:
            statement = left.pop(0)
            yield Piece(piece.filename, statement), True
            left = ([] if isinstance(statement, _SCOPES) else _inside(statement)) + left


def _inside(node: ast.AST) -> list[ast.stmt]:
    """Return the statements in the blocks of a statement."""
    found = [part for name in ("body", "orelse", "finalbody") for part in getattr(node, name, ())]
    parts = [*getattr(node, "handlers", ()), *getattr(node, "cases", ())]
    return [*found, *(statement for part in parts for statement in part.body)]


def _parsed(source: str, above: int = 0, *, magics: bool = False) -> list[ast.stmt] | None:
    """Return the statements of what parses, below so many lines, else None.

    With ``magics`` these are put into Python first.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(to_python(source) if magics else source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
    return ast.increment_lineno(tree, above).body if above else tree.body


def _chunks(source: str) -> Iterator[tuple[int, str]]:
    """Yield the number of lines above, and the text, of what begins at a margin of its own."""
    lines = source.split("\n")
    starts = [0]
    for number, (above, line) in enumerate(itertools.pairwise(lines), start=1):
        if line and not _GOES_ON.match(line) and not above.startswith("@"):
            starts.append(number)
    for first, last in itertools.pairwise([*starts, len(lines)]):
        yield first, "\n".join(lines[first:last])


def _names_in(text: str) -> tuple[str, ...]:
    """Return what the beginnings of lines look as if they bound."""
    flat = textwrap.dedent(text)
    names = _DEFINES.findall(flat)
    for targets in _ASSIGNS.findall(flat):
        names += re.findall(r"\w+", targets)
    for imported in _IMPORTS.findall(flat):
        names += [part.split()[-1] for part in imported.strip("() ").split(",") if part.strip()]
    return tuple(dict.fromkeys(names))
