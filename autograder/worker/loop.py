"""Describe a loop of a student's file, and find the one that ran when time was up.

The file is read for it; nothing is run.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType, TracebackType
from typing import Any, NamedTuple

import msgspec

from autograder.protocol.trace import Failure, Loop
from autograder.worker.cells import SCRIPT, Cell
from autograder.worker.fault import cell_number
from autograder.worker.limit import TimeUp
from autograder.worker.outline import FUNCTIONS, LOOPS, Function, own_nodes, read_outline
from autograder.worker.routine import AnyLoop, argument_names

MOST_TIMES = 2**31
_ENDLESS = frozenset({"count", "cycle", "repeat"})  # of itertools
_GROWS = frozenset({"append", "extend", "insert", "appendleft", "put", "add"})


class Place(NamedTuple):
    """A loop around the line that was run, in which cell, and the function that it stands in."""

    node: AnyLoop
    cell: int | None
    function: Function | None


def with_loop(
    failure: Failure,
    error: BaseException,
    cells: Sequence[Cell],
    seconds: float,
    namespace: Mapping[str, Any] | None = None,
) -> Failure:
    """Return the failure of a limit of ``seconds`` with the loop that it struck in, at its place.

    Which line of a loop was being run is chance, and differs from run to run. Code whose globals
    are ``namespace`` is the student's, as is that of the cells.
    """
    failure = msgspec.structs.replace(failure, seconds=seconds)
    try:
        frames = [one for raised in _chain(error) for one in _frames(raised, namespace)]
        found = struck_loop([place for one in frames for place in _loops(*one, cells)])
    except Exception:  # a frame's globals are the student's, and this is only for words
        found = None
    if found is None:
        return failure
    loop, place = found
    line = place.node.lineno
    return msgspec.structs.replace(failure, loop=loop, cell=place.cell, line=line)


def struck_loop(found: Sequence[Place]) -> tuple[Loop, Place] | None:
    """Return what kind of loop was running, of those around a line, the outermost first.

    A loop that need not end decides, the one that looks as if it never did before others; else
    the outermost one.
    """
    endless = [place for place in found if need_not_end(place.node)]
    if endless:
        return "while", next((one for one in endless if never_ends(one.node)), endless[0])
    if not found:
        return None
    outer = found[0]
    fixed = outer.function is not None and is_fixed(outer.function, [one.node for one in found])
    return ("fixed" if fixed else "for"), outer


def _chain(error: BaseException) -> Iterator[TracebackType | None]:
    """Yield where a limit struck, and where it did before: the clocks may, one after the other."""
    raised: BaseException | None = error
    while isinstance(raised, TimeUp):
        yield raised.__traceback__
        raised = raised.__context__


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


def _loops(frame: FrameType, line: int, cells: Sequence[Cell]) -> Iterator[Place]:
    """Yield the loops of a frame's own function around a line, the outermost first."""
    code = frame.f_code
    own = [cell for cell in cells if cell.filename == code.co_filename]
    if not own:
        own = [Cell(code.co_filename, "".join(linecache.getlines(code.co_filename)))]
    top = [piece.statement for piece in read_outline(own).pieces]
    function = _function(top, code.co_firstlineno, code.co_name)
    if function is None and code.co_name != "<module>":
        return
    body = function.body if function is not None else top
    for node in (part for statement in body for part in own_nodes(statement)):
        if isinstance(node, LOOPS):
            last = node.body[-1].end_lineno or node.lineno
            if node.lineno <= line <= last:
                yield Place(node, cell_number(code.co_filename), function)


def _function(top: Sequence[ast.stmt], line: int, name: str) -> Function | None:
    """Return the function whose code begins at a line."""
    for statement in top:
        for node in ast.walk(statement):
            if isinstance(node, FUNCTIONS) and node.name == name:
                first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
                if first == line:
                    return node
    return None


def need_not_end(node: AnyLoop) -> bool:
    """Return whether a loop need not end: a ``while``, or a ``for`` over what has no end."""
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
    given = len(call.args) + len(call.keywords)
    if name == "count":  # a list has one, too, but nobody loops over that
        return True
    return given == (2 if name == "iter" else 1) and name in {*_ENDLESS, "iter"}


def never_ends(node: AnyLoop) -> bool:
    """Return whether a loop looks as if it never ended: nothing in it changes its condition."""
    if not isinstance(node, ast.While):
        return True
    if may_be_left(node) or any(isinstance(part, ast.Call) for part in ast.walk(node.test)):
        return False
    changed = {
        part.id
        for statement in node.body
        for part in ast.walk(statement)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    }
    return not _names(node.test) & changed


def may_be_left(node: AnyLoop) -> bool:
    """Return whether a loop may be left before its end."""
    if any(isinstance(part, ast.Return) for one in node.body for part in own_nodes(one)):
        return True
    left = list[ast.AST](node.body)
    while left:
        part = left.pop()
        if isinstance(part, ast.Break):
            return True
        if not isinstance(part, (*FUNCTIONS, *LOOPS, ast.Lambda)):
            left += ast.iter_child_nodes(part)
    return False


def is_fixed(function: Function | ast.Lambda, loops: Iterable[AnyLoop]) -> bool:
    """Return whether loops of a function run equally often whatever arguments it is given."""
    given = set(argument_names(function))
    for _ in range(2):  # what is set further down may be read further up, in the next round
        for part in ast.walk(function):
            match part:
                case ast.Assign(targets=targets, value=value):
                    given |= _stored(targets) if _names(value) & given else set()
                case (
                    ast.AugAssign(target=target, value=value)
                    | ast.NamedExpr(target=target, value=value)
                ):
                    given |= _stored([target]) if _names(value) & given else set()
                case ast.For(target=target, iter=value):
                    given |= _stored([target]) if _names(value) & given else set()
    return all(
        not isinstance(loop, ast.While)
        and not need_not_end(loop)
        and not may_be_left(loop)
        and not _names(loop.iter) & given
        for loop in loops
    )


def times_of(node: AnyLoop, value_of: Callable[[str], object]) -> int | None:
    """Return how often a loop over a ``range`` of numbers, written down or named, runs."""
    match node:
        case ast.For(iter=ast.Call(func=ast.Name(id="range"), args=args, keywords=[])):
            found = [_number(argument, value_of) for argument in args]
            numbers = [number for number in found if number is not None]
            if len(numbers) == len(args) and numbers[2:] != [0]:
                return len(range(*numbers)) or None
        case ast.For(iter=ast.List(elts=entries) | ast.Tuple(elts=entries)):
            return len(entries)
    return None


def _number(node: ast.expr, value_of: Callable[[str], object]) -> int | None:
    """Return the whole number that an expression of numbers and names is; None for others."""
    match node:
        case ast.Constant(value=int(value)) if type(value) is int:
            found = value
        case ast.Name(id=name):
            held = value_of(name)
            found = held if type(held) is int else MOST_TIMES
        case ast.BinOp(left=left, op=ast.Mult() | ast.Pow() as sign, right=right):
            first, second = _number(left, value_of), _number(right, value_of)
            if first is None or second is None or (isinstance(sign, ast.Pow) and second > 32):
                return None
            found = first * second if isinstance(sign, ast.Mult) else int(first**second)
        case _:
            return None
    return found if abs(found) < MOST_TIMES else None


def _names(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _stored(targets: Iterable[ast.expr]) -> set[str]:
    return {name for target in targets for name in _names(target)}
