"""What is said where a spec's record gets an argument that it has not, or lacks one."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Mapping

from autograder.exercise.spec import Exercise, Tolerance, Variation
from autograder.protocol.job import Functions, Module

_RECORD = re.compile(r"(\w+)\.__init__\(\) (?:got an unexpected keyword argument|missing) ?.*")
_UNKNOWN = re.compile(r"[Uu]nexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"[Mm]issing (?:\d+ )?required (?:keyword-only )?arguments?:? '(\w+)'")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    record.__name__: tuple(field.name for field in dataclasses.fields(record))
    for record in (Exercise, Variation, Tolerance)
}
_CONTRACTS: Mapping[str, tuple[str, ...]] = {
    "Functions": Functions.__struct_fields__,
    "Module": Module.__struct_fields__,
}


def wrong_argument(error: TypeError) -> tuple[str, str] | None:
    """Return key and problem where a constructor of the spec's records raised, None elsewhere."""
    message = str(error)
    record = _RECORD.fullmatch(message)
    unknown, missing = _UNKNOWN.search(message), _MISSING.match(message)
    if record is not None and record[1] in _FIELDS:
        name, fields, prefix = record[1], _FIELDS[record[1]], ""
        missing = _MISSING.search(message)
    elif record is None and (missing or _UNKNOWN.match(message)):  # msgspec names no class
        name, prefix = " or ".join(_CONTRACTS), "contract."
        fields = tuple(dict.fromkeys(f for known in _CONTRACTS.values() for f in known))
    else:
        return None
    if missing:
        return f"{prefix}{missing[1]}", f"is not given; {name}(…) needs it"
    if unknown:
        return f"{prefix}{unknown[1]}", f"is no key of {name}(…); {_advice(unknown[1], fields)}"
    return None


def _advice(given: str, fields: tuple[str, ...]) -> str:
    close = difflib.get_close_matches(given, fields, n=1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(fields)}"
