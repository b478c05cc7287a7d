"""Find graded names that a file defines more than once at its top level: the last one counts.

What stands in an ``if`` or ``try`` is one of several ways and no second definition; nor is a copy,
a wrapper (``forward = torch.compile(forward)``), or a stub that was left above.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from autograder.protocol.job import ROLES, Contract, Module
from autograder.protocol.trace import Note
from autograder.worker.change import grown
from autograder.worker.outline import FUNCTIONS, Outline, Piece, bound_names

MOST_PLACES = 3


def defined_twice(
    outline: Outline, contract: Contract, defined: Mapping[str, str]
) -> Iterator[Note]:
    """Yield a note for each graded name of several definitions, at the place of the last one."""
    for role in ROLES:
        name = defined.get(role, "")
        if role == "forward" and isinstance(contract, Module) and name not in contract.model_class:
            continue
        found = [piece for piece in outline.pieces if _defines(piece.statement, name)]
        if not found:
            continue
        last = found[-1]
        others = [one for one in found[:-1] if not _same(one, last) and not _is_stub(one.statement)]
        if others:
            yield _note(name, others, last)


def _note(name: str, others: Sequence[Piece], last: Piece) -> Note:
    values = {"name": name, "before": " ".join(map(_place, others[-MOST_PLACES:]))}
    code = "defined-twice"
    own, before = _lists(last.statement), _lists(others[-1].statement)
    if _is_stub(last.statement):
        code = "defined-twice-stub"
    elif own and before and own[0] not in before:
        code = "defined-twice-list"
        values |= {"own": own[0], "list": before[0]}
    return Note(code=code, values=values, cell=last.cell, line=last.statement.lineno)


def _defines(statement: ast.stmt, name: str) -> bool:
    """Return whether a statement gives a name a meaning that does not come of the one it had."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return statement.name == name
        case ast.ImportFrom():
            return name in bound_names(statement)
        case ast.Assign(targets=targets, value=value):
            bound = {part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)}
            read = (part.id for part in ast.walk(value) if isinstance(part, ast.Name))
            return name in bound and name not in read
    return False


def _same(one: Piece, other: Piece) -> bool:
    return ast.dump(one.statement) == ast.dump(other.statement)


def _is_stub(statement: ast.AST) -> bool:
    """Return whether a function, or one of a class, only raises NotImplementedError."""
    if isinstance(statement, ast.ClassDef):
        return any(_is_stub(part) for part in statement.body)
    if not isinstance(statement, FUNCTIONS):
        return False
    body = [part for part in statement.body if not _is_text(part)]
    raised = body[0].exc if len(body) == 1 and isinstance(body[0], ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _lists(statement: ast.AST) -> list[str]:
    """Return the lists that a function appends to."""
    found = [grown(node) for node in ast.walk(statement)]
    return list(dict.fromkeys(one[0] for one in found if one is not None))


def _place(piece: Piece) -> str:
    """Return where something is, as ``cell:line``; a script has no cells."""
    return f"{piece.cell or ''}:{piece.statement.lineno}"
