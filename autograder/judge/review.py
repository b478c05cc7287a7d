"""Why a submission needs review at a submission, in words: a sentence a code, for instructors.

Loads nothing heavy: a run in which every grade is reused says these, too.
"""

from __future__ import annotations

from autograder.words.catalogue import say
from autograder.words.text import Text, text

CHECK_ERROR, DIAGNOSIS_ERROR = "check-error", "diagnosis-error"
LATER = "later-not-gradable"
EARLIER_HAND = "by-hand-before"
OTHER_LAB = frozenset({"other-lab", "other-lab-full-marks"})
"""What asks no more where a submission was accepted."""

REASONS = (
    CHECK_ERROR,
    DIAGNOSIS_ERROR,
    LATER,
    EARLIER_HAND,
    "missing-module-value",
    "other-lab",
    "other-lab-full-marks",
    "syntax-merge",
    "text-cell",
    "several-worked",
)
"""All codes: the sentence of each is ``reason-<code>`` in the catalogue."""

UNDECIDED = text("look-undecided")
LOOK = text("look-needed")


def earlier(later: Text) -> Text:
    """Say that what was submitted last does not count, and why."""
    return text("earlier-counts", why=later) if later else text("earlier-counts-plainly")


def reason_of(code: str) -> str:
    """Return what to say to an instructor; a code that has no sentence stands for itself."""
    return say(f"reason-{code}") if code in REASONS else code
