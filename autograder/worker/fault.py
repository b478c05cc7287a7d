"""Turn what student code raised into a Failure: kind, words and place, without trusting it."""

from __future__ import annotations

import dis
import re
from collections.abc import Iterator
from types import CodeType, FrameType, TracebackType
from typing import Any

from autograder.protocol.trace import Failure, FailureKind
from autograder.worker.cause import cause_of, raised_name
from autograder.worker.cells import SCRIPT
from autograder.worker.limit import TimeUp, Waited
from autograder.worker.statements import Fault

TEXT_CHARACTERS = 300
MODULE = re.compile(r"(?!\d)\w[\w.]{0,99}")
_STAND_IN = re.compile(r"\bMissing\[((?!\d)\w[\w.]{0,99})\]")  # how its type reads in messages
_CELL = re.compile(r"<cell (-?\d+)>")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]+")
MOST_LINES = 2**31
MOST_CAUSES = 5
# The getters themselves: a hostile class may hide these attributes behind others.
_NAME = vars(type)["__name__"]
_TRACEBACK = vars(BaseException)["__traceback__"]
_CHAIN = (vars(BaseException)["__cause__"], vars(BaseException)["__context__"])
_NO_MEMORY = ("can't allocate memory", "not enough memory", "Cannot allocate memory")


class MissingModule(Exception):
    """A value was asked of what stands in for a module that is missing here."""

    def __init__(self, module: str) -> None:
        super().__init__(f"the module {module} is missing here")
        self.module = module


def describe(error: BaseException, namespace: dict[str, Any] | None = None) -> Failure:
    """Return the failure for an exception that came out of student code.

    In a live notebook cells have no numbers: code whose globals are ``namespace`` is the student's.
    """
    text = _text(error)
    module = _module(error, text)
    cell, line = place(traceback_of(error), namespace)
    if issubclass(type(error), SyntaxError):
        cell, line = _syntax_place(error)
    if module:
        return Failure(kind="module", text="", name=module, cell=cell, line=line)
    cause, name = cause_of(error, text.partition(": ")[2])
    return Failure(
        kind=_kind(error, text, namespace),
        text=text,
        cause=cause,
        raised=raised_name(error),
        name=name,
        cell=cell,
        line=line,
    )


def traceback_of(error: BaseException) -> TracebackType | None:
    """Return an exception's traceback, whatever its class says of it."""
    found: TracebackType | None = _TRACEBACK.__get__(error)
    return found


def innermost(error: BaseException) -> CodeType | None:
    """Return the code in which an exception was raised."""
    traceback, code = traceback_of(error), None
    while traceback is not None:
        code, traceback = traceback.tb_frame.f_code, traceback.tb_next
    return code


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it was raised from or because of, a few of them."""
    for _ in range(MOST_CAUSES):
        yield error
        causes = [found for getter in _CHAIN if (found := getter.__get__(error)) is not None]
        if not causes:
            return
        error = causes[0]


def failure_of(fault: Fault, filename: str) -> Failure:
    """Return the failure for a statement that does not parse."""
    return Failure(
        kind="syntax",
        text=plain(fault.text[:TEXT_CHARACTERS]),
        cause="syntax",
        cell=cell_number(filename),
        line=fault.line,
        code=fault.code,
        values={name: plain(value[:TEXT_CHARACTERS]) for name, value in fault.values.items()},
    )


def cell_number(filename: str) -> int | None:
    """Return the number of the cell that tracebacks show under a file name, None for others."""
    match = _CELL.fullmatch(filename)
    return int(match[1]) if match else None


def _module(error: BaseException, text: str) -> str:
    """Return the missing module whose value was asked for; empty where it was something else."""
    if type(error) is MissingModule:
        name = vars(error).get("module")
        return name if type(name) is str and MODULE.fullmatch(name) else ""
    found = _STAND_IN.search(text)
    return found[1] if found else ""


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


def place_of(frame: FrameType | None) -> tuple[int | None, int | None]:
    """Return cell and line of the first frame in the student's file, from this one outwards."""
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename == SCRIPT:
            return None, frame.f_lineno
        if match := _CELL.fullmatch(filename):
            return int(match[1]), frame.f_lineno
        frame = frame.f_back
    return None, None


def _syntax_place(error: BaseException) -> tuple[int | None, int | None]:
    filename, line = vars(SyntaxError)["filename"], vars(SyntaxError)["lineno"]
    name, found = filename.__get__(error), line.__get__(error)
    sound = type(found) is int and 0 < found < MOST_LINES
    return (cell_number(name) if type(name) is str else None, found if sound else None)


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
    """Return text that can travel and contains no addresses, which differ from run to run."""
    return _ADDRESS.sub("0x…", text.encode("utf-8", "backslashreplace").decode("utf-8"))


STUB = "NotImplementedError"
_STUB_WORDS = re.compile(r"your (code|solution|answer)|\bto ?do\b|implement", re.IGNORECASE)
_RAISE = dis.opmap["RAISE_VARARGS"]
_KINDS: tuple[tuple[type[BaseException], FailureKind], ...] = (
    (TimeUp, "time"),
    (Waited, "wait"),
    (MemoryError, "memory"),
    (SystemExit, "exit"),
    (SyntaxError, "syntax"),
)


def is_stub_text(words: str) -> bool:
    """Return whether a stub may raise NotImplementedError with these words: none, or like ours."""
    return not words or _STUB_WORDS.search(words) is not None


def _raised_by_stub(error: BaseException, text: str, namespace: dict[str, Any] | None) -> bool:
    """Return whether a raise statement of the student's file made it, not what it calls."""
    traceback = traceback_of(error)
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or place(traceback, namespace) == (None, None):
        return False
    raises = traceback.tb_frame.f_code.co_code[traceback.tb_lasti] == _RAISE
    return raises and is_stub_text(text.partition(": ")[2])


def _kind(error: BaseException, text: str, namespace: dict[str, Any] | None) -> FailureKind:
    if any(sign in text for sign in _NO_MEMORY):
        return "memory"
    if type(error) is NotImplementedError and _raised_by_stub(error, text, namespace):
        return "not_implemented"
    return next((kind for family, kind in _KINDS if issubclass(type(error), family)), "exception")
