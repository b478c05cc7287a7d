"""Say in which loop of a student's file code was when its time was over, by reading the file."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Any, NamedTuple

import msgspec

from autograder.protocol.trace import Failure, Loop
from autograder.worker.cells import Cell
from autograder.worker.fault import SCRIPT, cell_number
from autograder.worker.outline import FUNCTIONS, Function, own_nodes, read_outline
from autograder.worker.routine import argument_names

_ENDLESS = frozenset({"count", "cycle", "repeat"})  # of itertools
_GROWS = frozenset({"append", "extend", "insert", "appendleft", "put", "add"})
MOST_TIMES = 2**31
AnyLoop = ast.For | ast.AsyncFor | ast.While


class Struck(NamedTuple):
    """The loop that decided, where it begins, and how often a fixed one runs if that shows."""

    loop: Loop
    times: int | None
    cell: int | None
    line: int


class _Place(NamedTuple):
    """A loop around the line that was run, the frame that it is in, and that frame's function."""

    node: AnyLoop
    frame: FrameType
    function: Function | None


def with_loop(
    failure: Failure,
    error: BaseException,
    cells: Sequence[Cell],
    seconds: float,
    namespace: Mapping[str, Any] | None = None,
) -> Failure:
    """Return the failure of a limit of ``seconds`` with the loop that it struck in, at its place.

    Which line of a loop was being run is chance, and differs from run to run.
    """
    failure = msgspec.structs.replace(failure, seconds=seconds)
    try:
        found = struck_loop(error.__traceback__, cells, namespace)
    except Exception:  # a frame's globals are the student's, and this is only for words
        found = None
    if found is None:
        return failure
    return msgspec.structs.replace(
        failure, loop=found.loop, times=found.times, cell=found.cell, line=found.line
    )


def struck_loop(
    traceback: TracebackType | None,
    cells: Sequence[Cell],
    namespace: Mapping[str, Any] | None = None,
) -> Struck | None:
    """Return the loop that was running, None where none of the student's own was.

    A loop that need not end decides, the one that looks as if it never did before others; else
    the outermost one. Code whose globals are ``namespace`` is the student's too.
    """
    found = [
        place
        for frame, line in _frames(traceback, namespace)
        for place in _loops(frame, line, cells)
    ]
    if not found:
        return None
    open_ones = [place for place in found if _is_open(place)]
    if open_ones:
        chosen = next(filter(_never_ends, open_ones), open_ones[0])
        return _struck("while", None, chosen)
    chosen = found[0]
    fixed = chosen.function is not None and all(map(_is_fixed, found)) and not _leaves(chosen.node)
    return _struck("fixed", _times(chosen), chosen) if fixed else _struck("for", None, chosen)


def _struck(loop: Loop, times: int | None, place: _Place) -> Struck:
    cell = cell_number(place.frame.f_code.co_filename)
    return Struck(loop, times, cell, place.node.lineno)


def _frames(
    traceback: TracebackType | None, namespace: Mapping[str, Any] | None
) -> Iterator[tuple[FrameType, int]]:
    """Yield the student's own frames and the lines that they are at, the outermost first."""
    while traceback is not None:
        frame = traceback.tb_frame
        filename = frame.f_code.co_filename
        own = namespace is not None and frame.f_globals is namespace
        if own or filename == SCRIPT or cell_number(filename) is not None:
            yield frame, traceback.tb_lineno
        traceback = traceback.tb_next


def _loops(frame: FrameType, line: int, cells: Sequence[Cell]) -> Iterator[_Place]:
    """Yield the loops of a frame's own function around a line, the outermost first."""
    code = frame.f_code
    own = [cell for cell in cells if cell.filename == code.co_filename]
    if not own:
        own = [Cell(code.co_filename, "".join(linecache.getlines(code.co_filename)))]
    top = [piece.statement for piece in read_outline(own).pieces]
    function = _function(top, code.co_firstlineno, code.co_name)
    body = function.body if function is not None else top
    if function is None and code.co_name != "<module>":
        return
    for node in (part for statement in body for part in own_nodes(statement)):
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            last = node.body[-1].end_lineno or node.lineno
            if node.lineno <= line <= last:
                yield _Place(node, frame, function)


def _function(top: Sequence[ast.stmt], line: int, name: str) -> Function | None:
    """Return the function whose code begins at a line."""
    for statement in top:
        for node in ast.walk(statement):
            if isinstance(node, FUNCTIONS) and node.name == name:
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                if first == line:
                    return node
    return None


def _is_open(place: _Place) -> bool:
    """Say whether a loop need not end: a ``while``, or a ``for`` over what has no end."""
    node = place.node
    if isinstance(node, ast.While):
        return True
    if isinstance(node.iter, ast.Name):
        return any(
            isinstance(part, ast.Call)
            and isinstance(part.func, ast.Attribute)
            and part.func.attr in _GROWS
            and isinstance(part.func.value, ast.Name)
            and part.func.value.id == node.iter.id
            for part in ast.walk(node)
        )
    return any(isinstance(part, ast.Call) and _has_no_end(part) for part in ast.walk(node.iter))


def _has_no_end(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "iter":
        return len(call.args) == 2
    if name == "count":  # of itertools; a list has one, too, but nobody loops over that
        return True
    return name in _ENDLESS and len(call.args) + len(call.keywords) == 1


def _never_ends(place: _Place) -> bool:
    """Say whether a ``while`` looks as if it never ended: nothing in it changes its condition."""
    node = place.node
    if not isinstance(node, ast.While):
        return True
    if _leaves(node):
        return False
    read = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
    changes = {
        part.id
        for statement in node.body
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    calls = any(isinstance(part, ast.Call) for part in ast.walk(node.test))
    return not calls and not read & changes


def _leaves(node: AnyLoop) -> bool:
    """Say whether a loop may be left early."""
    if any(isinstance(part, ast.Return) for s in node.body for part in own_nodes(s)):
        return True
    left = list[ast.AST](node.body)
    while left:
        part = left.pop()
        if isinstance(part, ast.Break):
            return True
        if not isinstance(part, (*FUNCTIONS, ast.For, ast.AsyncFor, ast.While, ast.Lambda)):
            left += ast.iter_child_nodes(part)
    return False


def _is_fixed(place: _Place) -> bool:
    """Say whether a ``for`` loops over what does not come of its function's arguments."""
    if place.function is None or isinstance(place.node, ast.While):
        return False
    given = set(argument_names(place.function))
    for _ in range(2):  # what is set further down may be read further up, in the next round
        for part in ast.walk(place.function):
            match part:
                case (
                    ast.Assign(value=value)
                    | ast.AugAssign(value=value)
                    | ast.NamedExpr(value=value)
                ):
                    targets = part.targets if isinstance(part, ast.Assign) else [part.target]
                    given |= _stored(targets) if _names(value) & given else set()
                case ast.For(target=target, iter=value):
                    given |= _stored([target]) if _names(value) & given else set()
    return not _names(place.node.iter) & given


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _stored(targets: Sequence[ast.expr]) -> set[str]:
    return {name for target in targets for name in _names(target)}


def _times(place: _Place) -> int | None:
    """Return how often a loop over a ``range`` of numbers, written down or named, runs."""
    match place.node:
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=args, keywords=[])):
            found = [_number(argument, place.frame) for argument in args]
            numbers = [number for number in found if number is not None]
            if len(numbers) == len(args):
                return len(range(*numbers)) or None
        case ast.For(iter=ast.List(elts=entries) | ast.Tuple(elts=entries)):
            return len(entries)
    return None


def _number(node: ast.expr, frame: FrameType) -> int | None:
    """Return the whole number that an expression of numbers and names is; None for others."""
    values: dict[str, int] = {}
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            value = frame.f_locals.get(part.id, frame.f_globals.get(part.id))
            if type(value) is not int:
                return None
            values[part.id] = value
        elif not isinstance(
            part,
            (ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context),
        ):
            return None
    code = compile(ast.Expression(node), "<number>", "eval")
    found = eval(code, {"__builtins__": {}}, values)  # noqa: S307  # the frame did so before
    return found if type(found) is int and abs(found) < MOST_TIMES else None
