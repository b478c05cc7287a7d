"""What a judgement says: the records behind ``autograder grade --json``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from autograder.judge import messages
from autograder.judge.review import DIAGNOSIS_ERROR
from autograder.words.text import NOTHING, Text

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


"""Codes of ``review`` that only the judge gives: a check broke, or what names mistakes."""

Evidence = Literal["values", "calls", "backwards", "prefixes", "ends", "none"]
"""What a result rests on, strongest first: values that functions gave; the parameters at each call
of forward, or at each backward; the ends of runs of 1, 2, … iterations from one start; the ends of
the calls alone; nothing."""
EVIDENCE: tuple[Evidence, ...] = ("values", "calls", "backwards", "prefixes", "ends", "none")


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What one look at one scenario or probe gave.

    ``absent`` means that this look had no evidence either way; others may. ``error`` means that
    our own code broke. ``deviation`` is how
    far from right the observed was, in units of what the tolerance allows; None where the look
    was not at a number. A skip that ``yields`` does not outweigh what passed elsewhere. What
    failed may earn a ``share`` all the same.
    """

    outcome: Literal["passed", "failed", "skipped", "error", "absent"]
    message: Text = NOTHING
    hint: Text = NOTHING
    deviation: float | None = None
    evidence: Evidence = "none"
    yields: bool = False
    share: float = 0.0


PASSED = Finding(outcome="passed")
ABSENT = Finding(outcome="absent")


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One check of one submission.

    ``error`` is the outcome where our own code broke: it earns nothing until a person decides.
    ``scenarios`` says which kind of scenarios decided a training check, ``evidence`` what was
    seen in them; where they differ, the weakest.
    """

    id: str
    function: str
    outcome: Outcome
    passed: bool
    points: float
    max_points: float
    message: Text
    hint: Text
    scenarios: Literal["own", "isolated", ""] = ""
    evidence: Evidence = "none"


Remark = Literal["several", "together", "either-pair", "always-runs", "course"]
"""What else a diagnosis says: other mistakes named fit as well; only with another one, or with one
of two, does it explain what was seen; how often the loop always runs; it is one of the course's own
and explains all that was lost."""


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """A known mistake that explains what was observed; ``remarks`` are codes of what is added.

    ``hint`` is a question that leads to the line, nothing where only the checks have one.
    """

    id: str
    function: str
    message: Text
    hint: Text = NOTHING
    remarks: tuple[Remark, ...] = ()


def explains(diagnosis: Iterable[Diagnosis], function: str) -> bool:
    """Return whether a mistake was named that explains what was lost in a function."""
    return any(one.function == function or "course" in one.remarks for one in diagnosis)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The judgement of one trace: everything of a grade but who, where and when.

    ``departure`` says, where training is wrong and no mistake was named, at which step it departs
    from the reference and how. ``review`` has a code for each reason why a person should look.
    ``file`` is the one that was run; ``missing_modules`` are those that the file imports and the
    grader lacks.
    """

    status: Status
    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...] = ()
    departure: Text = NOTHING
    message: Text = NOTHING
    notes: tuple[Text, ...] = ()
    review: tuple[str, ...] = ()
    file: str = ""
    missing_modules: tuple[str, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """What our own code broke on: the ids of checks, and ``diagnosis``."""
        checks = [check.id for check in self.checks if check.outcome == "error"]
        return (*checks, *(["diagnosis"] if DIAGNOSIS_ERROR in self.review else []))


UNSEEN = Finding(outcome="absent", message=messages.UNSEEN)
UNTOLD = Finding(outcome="absent", message=messages.UNTOLD, hint=messages.UNTOLD_HINT)
"""There was something to look at, but not what it should be: without an objective none knows."""


def worst(findings: list[Finding]) -> Finding:
    """Return the finding that decides: a failure, else a skip, else a pass that says something.

    A look that broke says nothing, so it decides all but a failure. A skip that yields decides only
    where nothing passed. All-absent stays absent:
    nothing passes without evidence. A pass rests on the weakest evidence among those that count.
    """
    passes = [finding for finding in findings if finding.outcome == "passed"]
    for outcome in ("failed", "error", "skipped"):
        for finding in findings:
            if finding.outcome == outcome and not (passes and finding.yields):
                return finding
    if not passes:
        return next((one for one in findings if one.message and one != UNSEEN), UNSEEN)
    said = next((finding for finding in passes if finding.message), passes[0])
    weakest = max((finding.evidence for finding in passes), key=EVIDENCE.index)
    return msgspec.structs.replace(said, evidence=weakest)
