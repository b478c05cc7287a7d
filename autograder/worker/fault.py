"""Turn what student code raised into a Failure: kind, words and place, without trusting it."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any

from autograder.protocol.trace import Failure, FailureKind
from autograder.worker.cells import SCRIPT
from autograder.worker.limit import OutputUp, TimeUp, Waited
from autograder.worker.statements import Fault

TEXT_CHARACTERS = 300
_CELL = re.compile(r"<cell (-?\d+)>")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
MOST_LINES = 2**31
# The getters themselves: a hostile class may hide these attributes behind others.
_NAME = vars(type)["__name__"]
_TRACEBACK = vars(BaseException)["__traceback__"]
_NO_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory")


def describe(error: BaseException, namespace: dict[str, Any] | None = None) -> Failure:
    """Return the failure for an exception that came out of student code.

    In a live notebook cells have no numbers: code whose globals are ``namespace`` is the student's.
    """
    text = _text(error)
    cell, line = place(_TRACEBACK.__get__(error), namespace)
    if issubclass(type(error), SyntaxError):
        cell, line = _syntax_place(error)
    return Failure(kind=_kind(error, text), text=text, cell=cell, line=line)


def failure_of(fault: Fault, filename: str) -> Failure:
    """Return the failure for a statement that does not parse."""
    return Failure(
        kind="syntax",
        text=plain(fault.text[:TEXT_CHARACTERS]),
        cell=cell_number(filename),
        line=fault.line,
        code=fault.code,
        values={name: plain(value[:TEXT_CHARACTERS]) for name, value in fault.values.items()},
    )


def cell_number(filename: str) -> int | None:
    """Return the number of the cell that tracebacks show under a file name, None for others."""
    match = _CELL.fullmatch(filename)
    return int(match[1]) if match else None


def place(
    traceback: TracebackType | None, namespace: dict[str, Any] | None = None
) -> tuple[int | None, int | None]:
    """Return cell and line of the innermost frame that lies in the student's own file."""
    found: tuple[int | None, int | None] = (None, None)
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if filename == SCRIPT:
            found = (None, traceback.tb_lineno)
        elif match := _CELL.fullmatch(filename):
            found = (int(match[1]), traceback.tb_lineno)
        elif namespace is not None and traceback.tb_frame.f_globals is namespace:
            found = (None, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


def _syntax_place(error: BaseException) -> tuple[int | None, int | None]:
    filename, line = vars(SyntaxError)["filename"], vars(SyntaxError)["lineno"]
    name, found = filename.__get__(error), line.__get__(error)
    match = _CELL.fullmatch(name) if type(name) is str else None
    sound = type(found) is int and 0 < found < MOST_LINES
    return (int(match[1]) if match else None, found if sound else None)


def _text(error: BaseException) -> str:
    """Return ``Type: message``; an exception whose text cannot be had is named by type alone."""
    name: str = _NAME.__get__(type(error))[:80]
    try:
        syntax = issubclass(type(error), SyntaxError)
        message = vars(SyntaxError)["msg"].__get__(error) if syntax else str(error)
        message = "" if message is None else str.__str__(message)[:TEXT_CHARACTERS]
    except BaseException:  # hostile __str__: anything at all may come out of it
        message = ""
    text = f"{name}: {message}" if message else name
    return plain(text)


def plain(text: str) -> str:
    """Return text that can travel and holds no addresses, which differ from run to run."""
    return _ADDRESS.sub("0x…", text.encode("utf-8", "backslashreplace").decode("utf-8"))


_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (TimeUp, "time"),
    (Waited, "wait"),
    (OutputUp, "output"),
    (NotImplementedError, "not_implemented"),
    (MemoryError, "memory"),
    (SystemExit, "exit"),
    (SyntaxError, "syntax"),
)


def _kind(error: BaseException, text: str) -> FailureKind:
    if any(sign in text for sign in _NO_MEMORY):
        return "memory"
    return next((kind for family, kind in _KINDS if issubclass(type(error), family)), "exception")
