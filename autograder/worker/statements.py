"""Parse what can be parsed: skip only the statements with an error, as a whole."""

from __future__ import annotations

import ast
import functools
import re
import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograder.worker.extent import Block, find_blocks
from autograder.worker.reason import MERGE, NUMBERS, TORN, are_numbered, reason_of

_NAMED = re.compile(r"(?:@.*\n|\s|async\s+)*(?:def|class)\s+(\w+)")
_BROKEN = (SyntaxError, ValueError, RecursionError, MemoryError)
_ODD = re.compile(r"^\s*(?:[%!?]|>>>|In \[|[\w.]+\s*=\s*[%!])|\?\s*$", re.MULTILINE)
Transform = Callable[[str], str]


class Fault(NamedTuple):
    """A statement that is lost: why (``code``, see ``judge/notices.py``), and where.

    ``values`` go into the words: ``lines`` those that are lost, ``name`` what they would define.
    """

    code: str
    values: dict[str, str]
    line: int
    text: str


class Parsed(NamedTuple):
    """The statements that parse, and what was lost between them."""

    tree: ast.Module
    faults: tuple[Fault, ...] = ()


def to_python(source: str) -> str:
    """Return ``source`` with IPython's magics and ``!`` turned into calls of ``get_ipython()``."""
    code = source.lstrip("\n")  # IPython drops empty lines above; line numbers must stay
    return "\n" * (len(source) - len(code)) + str(_transformer().transform_cell(code))


@functools.cache
def _transformer() -> Any:
    """Return IPython's transformer. Imported where a cell needs it: that takes half a second."""
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415  # as above

    return TransformerManager()  # type: ignore[no-untyped-call]  # IPython is untyped


def without_magics(source: str) -> str:
    """Return ``source`` with magics made comments: rough, and without IPython."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def parse(source: str, filename: str, transform: Transform = to_python) -> Parsed:
    """Return the statements of ``source`` that parse, each at its own line."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return Parsed(ast.parse(source, filename))
        except _BROKEN:
            pass
        try:
            return Parsed(ast.parse(transform(source), filename))
        except _BROKEN:
            return _by_blocks(source, filename, transform)


def compilable(tree: ast.Module, filename: str) -> Parsed:
    """Return the statements that compile one by one: a ``return`` outside a function does not."""
    body, faults = [], []
    for number, statement in enumerate(tree.body):
        try:
            if number and isinstance(statement, ast.ImportFrom):
                _require_no_future(statement, tree.body[:number])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(ast.Module([statement], []), filename, "exec", dont_inherit=True)
        except _BROKEN as error:
            first, last = statement.lineno, statement.end_lineno or statement.lineno
            name = getattr(statement, "name", "")
            faults.append(_fault(error, "", first, last, name=name if type(name) is str else ""))
        else:
            body.append(statement)
    return Parsed(ast.Module(body, tree.type_ignores), tuple(faults))


def _require_no_future(statement: ast.ImportFrom, above: Sequence[ast.stmt]) -> None:
    """Raise SyntaxError for what Python takes at the top of a file alone."""
    if statement.module == "__future__" and not all(map(_may_be_above, above)):
        raise SyntaxError("from __future__ imports must occur at the beginning of the file")


def _may_be_above(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _by_blocks(source: str, filename: str, transform: Transform) -> Parsed:
    """Parse block by block."""
    lines = source.split("\n")
    if are_numbered(lines):
        values = {"lines": _range(1, len(lines)), "name": ""}
        fault = Fault(NUMBERS, values, 1, "SyntaxError: invalid syntax")
        return Parsed(ast.Module([], []), (fault,))
    tried: dict[Block, list[ast.stmt] | Fault] = {}

    def parsed(block: Block) -> list[ast.stmt] | Fault:
        if block not in tried:
            tried[block] = _block(lines, block, filename, transform)
        return tried[block]

    def loss(blocks: Sequence[Block]) -> int:
        return sum(b.end - b.first for b in blocks if isinstance(parsed(b), Fault))

    body: list[ast.stmt] = []
    faults: list[Fault] = []
    joins = False
    for block in _split(find_blocks(lines, loss), parsed):
        found = parsed(block)
        if not isinstance(found, Fault):
            body += found
        elif joins and _says_the_same(faults[-1], found):
            faults[-1] = _joined(faults[-1], found)
        elif not _goes_with(faults, found, lines):
            faults.append(found)
        joins = isinstance(found, Fault)
    return Parsed(ast.Module(body, []), tuple(faults))


def _says_the_same(above: Fault, below: Fault) -> bool:
    return above.code == below.code and not above.values["name"] and not below.values["name"]


def _joined(above: Fault, below: Fault) -> Fault:
    first = above.values["lines"].partition("-")[0]
    last = below.values["lines"].rpartition("-")[2]
    return above._replace(values=above.values | {"lines": f"{first}-{last}"})


def _goes_with(faults: Sequence[Fault], found: Fault, lines: Sequence[str]) -> bool:
    """Return whether this is a further mark of the same place that git could not merge."""
    marks = any(fault.code == MERGE for fault in faults)
    return marks and found.code == MERGE and not lines[found.line - 1].startswith("<")


def _split(
    blocks: Sequence[Block], parsed: Callable[[Block], list[ast.stmt] | Fault]
) -> list[Block]:
    """Take a simple statement from the lines that are indented below it without reason."""
    found = []
    for block in blocks:
        head = Block(block.first, block.stray if block.stray is not None else block.end)
        if block.torn or block.stray is None or isinstance(parsed(head), Fault):
            found.append(block)
        else:
            found += [head, Block(block.stray, block.end)]
    return found


def _block(
    lines: Sequence[str], block: Block, filename: str, transform: Transform
) -> list[ast.stmt] | Fault:
    """Return a block's statements, or why it has none."""
    text = "\n".join(lines[block.first : block.end])
    try:
        if text[:1].isspace():  # nothing that it could belong to: not even IPython's to mend
            ast.parse(text, filename)
            raise IndentationError("unexpected indent", ("", 1, 1, ""))
        tree = _parsed_text(text, filename, transform)
    except _BROKEN as error:
        return _fault(error, text, block.first + 1, block.end)
    if block.torn:
        values = {"lines": _range(block.first + 1, block.end), "name": _name(text)}
        return Fault(TORN, values, block.first + 1, "IndentationError: unexpected indent")
    for statement in tree.body:
        ast.increment_lineno(statement, block.first)
    return tree.body


def _parsed_text(text: str, filename: str, transform: Transform) -> ast.Module:
    try:
        return ast.parse(text, filename)
    except _BROKEN:
        if not _ODD.search(text):
            raise
        try:
            return ast.parse(transform(text), filename)
        except _BROKEN:
            pass
        raise


def _fault(
    error: BaseException, text: str, first: int, last: int, *, name: str | None = None
) -> Fault:
    """Return a lost statement; without its ``text`` the error's line counts from the file's top."""
    at = error.lineno if isinstance(error, SyntaxError) and error.lineno else 1
    line = min(max(first, at + first - 1 if text else at), last)
    message = error.msg if isinstance(error, SyntaxError) else type(error).__name__
    code, values = reason_of(error, text, at)
    values["name"] = _name(text) if name is None else name
    values["lines"] = _range(first, last)
    return Fault(code, values, line, f"{type(error).__name__}: {message}")


def _range(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _name(text: str) -> str:
    named = _NAMED.match(text)
    return named[1] if named else ""
