"""What a file defines of a lab, without running it, and which of several files is the one meant.

One rule for all who must choose: the sandbox, ``autograder check``, pytest. No time of a file's own
counts: copying changes it.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from autograder.worker.cells import Document
from autograder.worker.statements import parse, without_magics

MOST_SOURCE: Final = 500_000  # characters: nobody types more
Names = Mapping[str, Sequence[str]]
"""The names under which each part of a lab may be defined."""
_COPY = re.compile(r"(?i)(?:\s*\(\d+\)|[-_ ]*(?<![a-z])copy ?\d*|[-_ ]*(?<![a-z])kopie|-\d+)+$")
_NO_WORK = (ast.Pass, ast.Import, ast.ImportFrom)


class Survey(NamedTuple):
    """Which parts are defined, which of them with more than the stub, and how many stubs are left.

    ``imports`` are the modules that are imported; ``work`` is the same for equal definitions.
    """

    defined: frozenset[str]
    worked: frozenset[str]
    stubs: int
    imports: frozenset[str]
    work: bytes


class Candidate(NamedTuple):
    """A file that might be meant. ``lab`` is the one that it says to be of."""

    name: str
    document: Document
    survey: Survey
    lab: str = ""
    submitted: float = 0.0


def rank(candidates: Iterable[Candidate], lab: str, labs: Sequence[str]) -> list[Candidate]:
    """Return the candidates, the one that is meant first."""
    return sorted(candidates, key=lambda one: place_of(one, lab, labs))


def place_of(one: Candidate, lab: str, labs: Sequence[str]) -> tuple[object, ...]:
    """Return what a candidate is ranked by.

    What it says of its lab, whether there is work in it, how many parts it defines, how few stubs
    are left, how late it was submitted, its name. That it is this lab's is no merit of a page
    which nobody worked in.
    """
    worked = bool(one.survey.worked)
    other = one.lab != lab and one.lab in labs
    own = worked and one.document.lab == lab
    stem = stem_of(one.name, copies=False)
    return (
        2 if other else 0 if own else 1,
        not worked,
        -len(one.survey.defined),
        one.survey.stubs,
        -one.submitted,
        stem.lower() != lab,
        not one.document.is_notebook,
        one.name,
    )


def rivals(ranked: Sequence[Candidate], lab: str, labs: Sequence[str]) -> list[Candidate]:
    """Return those that somebody has to decide between: the first, and others worked in like it.

    A module that one of them imports is a part of it, and equal work is the same work.
    """
    first, *others = ranked
    found = [first]
    for one in others if first.survey.worked else ():
        same_lab = one.lab in {first.lab, lab} or one.lab not in labs
        apart = not _uses(first, one) and not _uses(one, first)
        new = all(one.survey.work != known.survey.work for known in found)
        if one.survey.worked and same_lab and apart and new:
            found.append(one)
    return found


def _uses(one: Candidate, other: Candidate) -> bool:
    return stem_of(other.name, copies=False) in one.survey.imports


def lab_of(name: str, document: Document, labs: Sequence[str]) -> str:
    """Return the lab that a file says to be of: by its metadata, else by its whole name."""
    if document.lab:
        return document.lab
    stem = stem_of(name)
    return stem if stem in labs else ""


def stem_of(name: str, *, copies: bool = True) -> str:
    """Return a file's name without its ends, and as that of the file that it is a copy of."""
    stem = PurePosixPath(name).name
    while (end := PurePosixPath(stem).suffix) and len(end) <= len(".ipynb"):
        stem = stem[: -len(end)]
    return _COPY.sub("", stem).strip().lower() if copies else stem


def survey(document: Document, names: Names) -> Survey:
    """Return what a document defines at its top level."""
    finder = _Finder(names)
    left = MOST_SOURCE
    for cell in document.cells:
        left -= len(cell.source)
        if left >= 0 and cell.source.strip():
            finder.visit(parse(cell.source, cell.filename, without_magics).tree)
    return Survey(
        defined=frozenset(finder.found),
        worked=frozenset(finder.work),
        stubs=finder.stubs,
        imports=frozenset(finder.imports),
        work=hashlib.sha256(repr(sorted(finder.work.items())).encode()).digest(),
    )


class _Finder:
    """Goes through statements; the last definition of a part counts."""

    def __init__(self, names: Names) -> None:
        self._roles = {name: role for role, known in names.items() for name in known}
        self.found: set[str] = set()
        self.work: dict[str, str] = {}
        self.stubs = 0
        self.imports: set[str] = set()

    def visit(self, tree: ast.Module) -> None:
        """Take in the statements of a cell."""
        for node in ast.walk(tree):
            self.stubs += is_stub_raise(node)
            if isinstance(node, ast.Import):
                self.imports.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                self.imports.add(node.module.partition(".")[0])
        for statement in _top_level(tree.body):
            for name, value in bound(statement):
                if name in self._roles:
                    self._define(self._roles[name], statement, value)

    def _define(self, role: str, statement: ast.stmt, value: ast.expr | None) -> None:
        made_of = value.func if isinstance(value, ast.Call) else value
        if isinstance(made_of, ast.Name) and self._roles.get(made_of.id) == role:
            return  # another name for it, or an object of it
        self.found.add(role)
        empty = isinstance(value, ast.Constant)
        if not empty and not is_stub(statement):
            self.work[role] = ast.dump(statement)


def _top_level(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        yield statement
        if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for field in ("body", "orelse", "finalbody"):
                yield from _top_level(getattr(statement, field, ()))
            for handler in getattr(statement, "handlers", ()):
                yield from _top_level(handler.body)


def bound(statement: ast.stmt) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a statement binds, each with the value where there is one."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name, None
        case ast.Assign():
            for target in statement.targets:
                for node in ast.walk(target):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        yield node.id, statement.value
        case ast.AnnAssign(target=ast.Name(), value=ast.expr()):
            yield statement.target.id, statement.value  # type: ignore[union-attr]  # a Name, above
        case ast.Import() | ast.ImportFrom():
            for alias in statement.names:
                yield alias.asname or alias.name, None


def is_stub(statement: ast.stmt) -> bool:
    """Return whether a function, or one of a class's methods, is as the page has it, or empty."""
    if isinstance(statement, ast.ClassDef):
        return any(map(is_stub, filter(_is_function, statement.body))) or not statement.body
    if not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    done = [one for one in statement.body if not _does_nothing(one)]
    return not done or is_stub_raise(done[0])


def _is_function(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef))


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr):
        value = statement.value
        return isinstance(value, ast.Constant) or ast.unparse(value).startswith("super(")
    return isinstance(statement, _NO_WORK)


def is_stub_raise(node: ast.AST) -> bool:
    """Return whether this is ``raise NotImplementedError``, with or without words."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
