"""What a judgement says: the records behind ``autograder grade --json``."""

from __future__ import annotations

from typing import Literal

import msgspec

Outcome = Literal["passed", "failed", "skipped", "error"]
Status = Literal[
    "graded",
    "not_gradable",
    "time_limit",
    "memory_limit",
    "output_limit",
    "crashed",
    "sandbox_error",
]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at one scenario or probe gave.

    ``absent`` means that this look had no evidence either way; others may.
    """

    outcome: Literal["passed", "failed", "skipped", "absent"]
    message: str = ""
    hint: str = ""


PASSED = Finding(outcome="passed")
ABSENT = Finding(outcome="absent")


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one submission."""

    id: str
    function: str
    outcome: Outcome
    passed: bool
    points: float
    max_points: float
    message: str
    hint: str


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A known mistake that explains what was observed."""

    id: str
    function: str
    message: str


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of one trace: everything of a grade but who, where and when."""

    status: Status
    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...] = ()
    message: str = ""
    notes: tuple[str, ...] = ()
