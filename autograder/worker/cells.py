"""Read a submission's bytes into cells of source code. Runs inside the wall: files are hostile."""

from __future__ import annotations

import functools
import itertools
import json
import logging
import re
import tokenize
import warnings
from io import BytesIO
from typing import Any, NamedTuple

from autograder.protocol.job import Budget
from autograder.worker.fault import SCRIPT

_PERCENT = re.compile(r"^# (?:%%|In\s*\[)", re.MULTILINE)


class Unreadable(Exception):
    """The file is not a script or notebook that could be graded. The text says why."""


class Cell(NamedTuple):
    """Source code of one cell; ``filename`` is what tracebacks show for it."""

    filename: str
    source: str


def read_cells(filename: str, source: bytes, budget: Budget) -> list[Cell]:
    """Return the code cells in document order.

    A script is one cell; where it does not parse as a whole, its ``# %%`` parts are cells, so
    that one broken part does not void the others. Raises Unreadable.
    """
    if not source.strip():
        raise Unreadable("the file is empty")
    if filename.lower().endswith(".ipynb"):
        cells = _notebook_cells(source)
    else:
        cells = _script_cells(_script_text(source))
    if sum(len(cell.source) for cell in cells) > budget.source_bytes:
        raise Unreadable(f"more than {budget.source_bytes // 1_000_000} MB of source code")
    cells = [cell for cell in cells if cell.source.strip()]  # empty ones are counted by name alone
    if len(cells) > budget.cells:
        raise Unreadable(f"more than {budget.cells} code cells")
    if not cells:
        raise Unreadable("the file holds no code")
    return cells


def to_python(source: str) -> str:
    """Return ``source`` with IPython's magics and ``!`` turned into calls of ``get_ipython()``."""
    code = source.lstrip("\n")  # IPython drops empty lines above; line numbers must stay
    return "\n" * (len(source) - len(code)) + str(_transformer().transform_cell(code))


@functools.cache
def _transformer() -> Any:
    """Return IPython's transformer. Imported where a cell needs it: that takes half a second."""
    from IPython.core.inputtransformer2 import TransformerManager  # noqa: PLC0415  # as above

    return TransformerManager()  # type: ignore[no-untyped-call]  # IPython is untyped


def _plain_cells(text: str) -> list[Cell] | None:
    """Return the cells of a sound notebook of today's format; None where nbformat must see it."""
    try:
        notebook = json.loads(text)
        if notebook["nbformat"] != 4:
            return None
        code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
        return [Cell(f"<cell {n}>", _joined(source)) for n, source in enumerate(code, start=1)]
    except (ValueError, LookupError, TypeError, RecursionError, Unreadable):
        return None


def _notebook_cells(source: bytes) -> list[Cell]:
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"not UTF-8 text at byte {error.start}") from error
    plain = _plain_cells(text)
    return _mended_cells(text) if plain is None else plain


def _mended_cells(text: str) -> list[Cell]:
    """Read what is not today's format, or not sound, as nbformat does. Raises Unreadable."""
    import nbformat  # noqa: PLC0415  # a schema to compile, and most notebooks need none

    logging.disable(logging.CRITICAL)  # nbformat logs what it mends; nobody reads that here
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # untyped
            code = [cell for cell in notebook.cells if cell.cell_type == "code"]
            return [
                Cell(f"<cell {number}>", _joined(cell.source))
                for number, cell in enumerate(code, start=1)
            ]
    except RecursionError as error:
        raise Unreadable("the notebook is nested too deeply") from error
    except MemoryError:
        raise
    except Exception as error:  # nbformat has no root exception, and the file is hostile
        cause = error if isinstance(error, json.JSONDecodeError) else error.__context__
        if isinstance(cause, json.JSONDecodeError):
            text = f"not a notebook: {cause.msg} at line {cause.lineno}"
            raise Unreadable(text) from error
        raise Unreadable(f"not a notebook: {type(error).__name__}") from error
    finally:
        logging.disable(logging.NOTSET)


def _joined(source: object) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise Unreadable("a cell's source is not text")


def _script_text(source: bytes) -> str:
    if b"\0" in source:
        raise Unreadable("a binary file, not a Python script")
    try:
        encoding, _ = tokenize.detect_encoding(BytesIO(source).readline)
        text = source.decode(encoding)
    except (SyntaxError, UnicodeError, LookupError) as error:
        raise Unreadable("not UTF-8 text, and no other encoding is declared") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _script_cells(text: str) -> list[Cell]:
    starts = [match.start() for match in _PERCENT.finditer(text)]
    if not starts or _parses(text):
        return [Cell(SCRIPT, text)]
    bounds = [0, *starts, len(text)]
    return [
        Cell(SCRIPT, "\n" * text.count("\n", 0, start) + text[start:end])
        for start, end in itertools.pairwise(bounds)
        if text[start:end].strip()
    ]


def _parses(text: str) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, SCRIPT, "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
