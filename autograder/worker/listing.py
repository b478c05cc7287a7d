"""List the code that is run, and which part of a function's work each line does: by reading it.

It is for people, who find the lines that a diagnosis speaks of; nothing here decides a point.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from autograder.protocol.job import ROLES, Contract, Functions, Job, Module, Role
from autograder.protocol.trace import (
    LISTED_CELLS,
    LISTED_CHARACTERS,
    MOST_LANDMARKS,
    CodeCell,
    Landmark,
    Listing,
    Part,
)
from autograder.worker.bare import bare_texts
from autograder.worker.candidates import Chosen
from autograder.worker.cells import Cell
from autograder.worker.fault import cell_number
from autograder.worker.outline import LOOPS, Function, Outline, Piece, blocks, read_outline
from autograder.worker.routine import calls_in, computes_gradients, descends
from autograder.worker.survey import bound

LONGEST_FILE = 300
_COMPOUND = (*LOOPS, ast.If, ast.With, ast.AsyncWith, ast.Try, ast.FunctionDef, ast.ClassDef)
_GROWS = frozenset({"append", "extend", "insert"})
_WRITES = frozenset({"sub_", "add_", "copy_", "addcmul_", "mul_", "fill_", "set_"})
Found = tuple[Piece, ast.stmt]


def listing_of(chosen: Chosen, job: Job) -> Listing:
    """Return the listing of what is about to be run, as much of it as is kept."""
    cells: list[CodeCell] = []
    left, cut = LISTED_CHARACTERS, False
    for cell in chosen.cells:
        text = _sound(cell.source)
        if len(text) > left or len(cells) == LISTED_CELLS:
            cut = True
            break
        left -= len(text)
        cells.append(CodeCell(number=cell_number(cell.filename), text=text))
    landmarks = _landmarks(chosen.cells[: len(cells)], job.contract, job.preset.start)
    return Listing(
        file=_sound(chosen.name)[:LONGEST_FILE],
        cells=tuple(cells),
        landmarks=tuple(landmarks[:MOST_LANDMARKS]),
        cut=cut,
        bare=_bare(chosen, cut=cut),
    )


def _bare(chosen: Chosen, *, cut: bool) -> tuple[str, ...]:
    """Return the bare code of all cells; none where it is more than is kept."""
    texts = () if cut else bare_texts(chosen.cells)
    return texts if sum(map(len, texts)) <= LISTED_CHARACTERS else ()


def _sound(text: str) -> str:
    """Return text that can be sent: JSON may contain halves of characters."""
    return text.encode("utf-8", "replace").decode()


def _landmarks(
    cells: Sequence[Cell], contract: Contract, parameters: Iterable[str]
) -> list[Landmark]:
    """Return what the lines of the lab's functions are for; nothing where reading them breaks."""
    try:
        outline = read_outline(cells)
        own = _definitions(outline)
        reader = _Reader(contract, frozenset(parameters))
        found: list[Landmark] = []
        for role in ROLES:
            for piece, statement in _of_role(role, contract, own):
                found += reader.read(role, piece, statement, own)
        if isinstance(contract, Module):
            made = [own[name] for name in contract.optimizer if name in own]
            found += [_mark("train_model", "optimizer", *one) for one in made]
    except Exception:  # noqa: BLE001  # a wall: words for people must cost no file its grade
        return []
    return list(dict.fromkeys(found))


def _definitions(outline: Outline) -> dict[str, Found]:
    """Return the last statement that binds each name at the top level."""
    return {
        name: (piece, piece.statement)
        for piece, _ in blocks(outline.pieces)
        for name, _ in bound(piece.statement)
    }


def _of_role(role: Role, contract: Contract, own: Mapping[str, Found]) -> list[Found]:
    """Return where a function of the lab's is defined; a model's forward in its class."""
    for name in contract.names(role):
        if name not in own:
            continue
        piece, statement = own[name]
        if isinstance(statement, ast.ClassDef):
            methods = [one for one in statement.body if getattr(one, "name", "") == "forward"]
            return [(piece, methods[-1] if methods and role == "forward" else statement)]
        return [(piece, statement)]
    return []


def _mark(role: Role, part: Part, piece: Piece, statement: ast.stmt, last: int = 0) -> Landmark:
    last = last or statement.end_lineno or statement.lineno
    return Landmark(role=role, part=part, cell=piece.cell, first=statement.lineno, last=last)


class _Reader:
    """Tells what statements are for, by the names of one contract."""

    def __init__(self, contract: Contract, parameters: frozenset[str]) -> None:
        self._forward = {*contract.names("forward"), "self"}
        self._criterion = {*contract.names("criterion")}
        self._lists = {*contract.losses}
        self._parameters = parameters if isinstance(contract, Functions) else frozenset()

    def read(
        self, role: Role, piece: Piece, statement: ast.stmt, own: Mapping[str, Found]
    ) -> Iterator[Landmark]:
        """Yield a function and its lines, and those of the file's functions that training calls."""
        yield _mark(role, "definition", piece, statement)
        left: list[Found] = [(piece, statement)]
        seen = {id(statement)}
        while left:
            where, node = left.pop(0)
            for inner in _statements(node):
                for part in self._parts(inner, role):
                    last = inner.lineno if isinstance(inner, LOOPS) else 0
                    yield _mark(role, part, where, inner, last)
            for name, _ in calls_in(node) if role == "train_model" else ():
                helper = own.get(name)
                known = name in self._forward | self._criterion
                if helper and not known and isinstance(helper[1], Function):
                    if id(helper[1]) not in seen:
                        left.append(helper)
                    seen.add(id(helper[1]))

    def _parts(self, node: ast.stmt, role: Role) -> Iterator[Part]:
        if isinstance(node, LOOPS):
            yield "loop"
        if isinstance(node, ast.Return):
            yield "return"
        if role == "train_model" and not isinstance(node, _COMPOUND):
            yield from self._steps(node, {name for name, _ in calls_in(node)})

    def _steps(self, node: ast.stmt, called: set[str]) -> Iterator[Part]:
        if called & self._forward:
            yield "prediction"
        if called & self._criterion:
            yield "loss"
        if computes_gradients(node) and called != {"step"}:
            yield "backward"
        if _zeroes(node, called):
            yield "zeroing"
        elif "step" in called or self._moves(node, called):
            yield "update"
        elif self._assigns(node):
            yield "assignment"
        if called & _GROWS or self._lists & set(_targets(node)):
            yield "record"

    def _moves(self, node: ast.stmt, called: set[str]) -> bool:
        """Return whether something is changed by what it was, or by a gradient."""
        targets = set(_targets(node))
        if isinstance(node, ast.Assign) and targets:
            return (descends(node) or self._assigns(node)) and _reads(node, {*targets, "grad"})
        if isinstance(node, ast.AugAssign) and targets & self._parameters:
            return True
        return descends(node) or bool(called & _WRITES)

    def _assigns(self, node: ast.stmt) -> bool:
        """Return whether a statement gives a parameter, or its data, another value."""
        if not isinstance(node, ast.Assign):
            return False
        data = any(isinstance(one, ast.Attribute) and one.attr == "data" for one in node.targets)
        return data or bool({*_targets(node)} & self._parameters)


def _statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """Yield the statements inside of a function in order; a lambda or an object is one itself."""
    inner = [one for one in ast.walk(node) if isinstance(one, ast.stmt) and one is not node]
    return iter(sorted(inner, key=lambda one: (one.lineno, one.col_offset)))


def _targets(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement assigns to, or whose parts it assigns to."""
    given = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    for target in given:
        for part in ast.walk(target) if target is not None else ():
            if isinstance(part, ast.Name):
                yield part.id


def _reads(node: ast.Assign, names: set[str]) -> bool:
    """Return whether the value that is assigned is made of one of these."""
    known = (getattr(part, "id", getattr(part, "attr", "")) for part in ast.walk(node.value))
    return not names.isdisjoint(known)


def _zeroes(node: ast.stmt, called: set[str]) -> bool:
    """Return whether a statement empties a gradient: by a call, or by giving ``.grad`` a value."""
    if {"zero_grad", "zero_"} & called:
        return True
    given = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    if any(isinstance(one, ast.Attribute) and one.attr == "grad" for one in given):
        return True
    filled = [call.func for name, call in calls_in(node) if name in ("fill_", "mul_")]
    written = [*filled, *(given if isinstance(node, (ast.Assign, ast.AugAssign)) else [])]
    parts = (part for one in written if one is not None for part in ast.walk(one))
    return any(isinstance(part, ast.Attribute) and part.attr == "grad" for part in parts)
