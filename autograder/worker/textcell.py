"""Code in a text cell: a code cell that became one by a key pressed, or by a tool.

It is run only where nothing else would define the function, and the whole cell is code that does.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograder.worker.cells import Cell, Document, TextCell
from autograder.worker.statements import parse, without_magics
from autograder.worker.survey import Names, bound, is_stub, survey

_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[ \t]*\{?\.?([\w+-]*)[^`\n]*$", re.MULTILINE)
_OF_PYTHON = frozenset({"", "py", "python", "python3", "ipython", "ipython3", "pycon", "code-cell"})


class Taken(NamedTuple):
    """A text cell, counted down from -1, and a name that it defines; ``run``: it is run."""

    cell: int
    name: str
    run: bool


def digest_of(text: str) -> str:
    """Return what texts have in common that differ in spaces and line ends alone."""
    return hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()


def with_text_cells(
    document: Document, names: Names, page: Iterable[str]
) -> tuple[Document, list[Taken]]:
    """Return the document with text cells that are code in their places, and which these are."""
    pattern = _pattern(tuple(name for known in names.values() for name in known))
    likely = [cell for cell in document.texts if pattern.search(cell.source)]
    likely = [cell for cell in likely if digest_of(cell.source) not in set(page)]
    if not likely:
        return document, []
    worked = survey(document, names).worked
    missing = {name: role for role, known in names.items() if role not in worked for name in known}
    taken, found = [], []
    for cell in likely:
        source = _code_of(cell.source)
        defined = [name for name in _defined(source) if name in missing]
        if defined:
            found.append((cell, source))
            taken += [Taken(-cell.number, name, run=True) for name in defined]
        elif match := next((m for m in pattern.finditer(cell.source) if m[1] in missing), None):
            taken.append(Taken(-cell.number, match[1], run=False))
    roles = {missing[one.name] for one in taken if one.run}
    stubs = {name for role in roles for name in names[role]}
    return document._replace(cells=list(_merged(document, found, stubs))), taken


@functools.cache
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Return what the definition of one of these names looks like."""
    known = "|".join(map(re.escape, names))
    begins = rf"(?:async[ \t]+)?def[ \t]|class[ \t]|(?=(?:{known})[ \t]*=[^=])"
    return re.compile(rf"(?m)^[ \t]*(?:{begins})[ \t]*({known})\b")


def _code_of(text: str) -> str:
    """Return a text cell without fences, its lines where they were."""
    languages = {found[1].lower() for found in _FENCE.finditer(text)}
    return textwrap.dedent(_FENCE.sub("", text)) if languages <= _OF_PYTHON else ""


def _defined(source: str) -> list[str]:
    """Return what code defines with more than a stub; nothing where not all of it is code."""
    try:
        tree, faults = parse(source, "<text>", without_magics)
    except RecursionError:
        return []
    if faults:
        return []
    return [name for one in tree.body if not is_stub(one) for name, _ in bound(one)]


def _merged(
    document: Document, found: list[tuple[TextCell, str]], stubs: set[str]
) -> Iterator[Cell]:
    """Yield all cells in document order, without the stubs of what text cells define."""
    for number in range(len(document.cells) + 1):
        for cell, source in found:
            if cell.above == number:
                yield Cell(f"<cell -{cell.number}>", source)
        if number < len(document.cells):
            yield _without_stubs(document.cells[number], stubs)


def _without_stubs(cell: Cell, names: set[str]) -> Cell:
    tree = parse(cell.source, cell.filename, without_magics).tree
    lines = cell.source.split("\n")
    for one in tree.body:
        if isinstance(one, (ast.FunctionDef, ast.ClassDef)) and one.name in names and is_stub(one):
            first = min([one.lineno, *(found.lineno for found in one.decorator_list)])
            lines[first - 1 : one.end_lineno] = [""] * ((one.end_lineno or first) - first + 1)
    return cell._replace(source="\n".join(lines))
