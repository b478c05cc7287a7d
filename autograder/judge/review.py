"""Why a person must look at a submission, in words: a sentence a code, for instructors.

Loads nothing heavy: a run in which every grade is reused says these, too.
"""

from __future__ import annotations

from collections.abc import Mapping

CHECK_ERROR, DIAGNOSIS_ERROR = "check-error", "diagnosis-error"
LATER = "later-not-gradable"
EARLIER_HAND = "by-hand-before"
OTHER_LAB = frozenset({"other-lab", "other-lab-full-marks"})
"""What asks no more where a submission was accepted."""

REASONS: Mapping[str, str] = {
    CHECK_ERROR: "A check broke, which is our fault: it earns nothing until somebody decides.",
    DIAGNOSIS_ERROR: "Looking for the mistake broke, which is our fault; the points stand.",
    LATER: "What was handed in last could not be graded; the one before it counts.",
    EARLIER_HAND: "Points were given by hand for an earlier submission; they count for this, too.",
    "missing-module-value": "A check failed because a module that is not installed here was asked "
    "for a value.",
    "other-lab": "It says that it is of another lab.",
    "other-lab-full-marks": "It says that it is of another lab, and earns full marks in this one.",
    "syntax-merge": "It holds the marks of a merge conflict: two versions of the same lines.",
    "text-cell": "Code that stood in a text cell was run.",
    "several-worked": "Two files were worked in; the better one counts.",
}

UNDECIDED = "A check broke on our side. A person will look at it; until then there is no score."
LOOK = "A person will look at this before it is final."
EARLIER = "What you handed in last could not be graded, so the one before it counts."


def reason_of(code: str) -> str:
    """Return what to say to an instructor; a code that has no sentence stands for itself."""
    return REASONS.get(code, code)
