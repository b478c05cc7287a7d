"""What several findings of one check come to."""

from __future__ import annotations

import msgspec

from autograder.judge import words
from autograder.judge.result import EVIDENCE, Finding

UNSEEN = Finding(outcome="absent", message=words.UNSEEN)
UNTOLD = Finding(outcome="absent", message=words.UNTOLD, hint=words.UNTOLD_HINT)
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
        return UNTOLD if UNTOLD in findings else UNSEEN
    said = next((finding for finding in passes if finding.message), passes[0])
    weakest = max((finding.evidence for finding in passes), key=EVIDENCE.index)
    return msgspec.structs.replace(said, evidence=weakest)
