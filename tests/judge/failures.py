"""Failures as the worker makes them, from the last line of a traceback."""

from __future__ import annotations

import builtins

from autograder.protocol.trace import Failure, FailureKind
from autograder.worker.cause import cause_of, raised_name


def failed(text: str, kind: FailureKind = "exception") -> Failure:
    """Return the failure of an exception whose traceback ends in this line."""
    name, _, words = text.partition(": ")
    known = getattr(builtins, name, None)
    if name == "ModuleNotFoundError" or not isinstance(known, type):
        known = ImportError if name == "ModuleNotFoundError" else RuntimeError
    error = known()
    cause, missing = cause_of(error, words)
    return Failure(kind=kind, text=text, cause=cause, raised=raised_name(error), name=missing)
