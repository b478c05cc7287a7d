"""Where a student worked in two files: both are run, and the better one counts."""

from __future__ import annotations

import msgspec

from autograder.judge.result import Verdict
from autograder.protocol.job import Job
from autograder.protocol.trace import Trace

SEVERAL = "several-worked"


def other_choice(job: Job, trace: Trace) -> Job | None:
    """Return the job that runs the second file, where the first one's trace says that there is one.

    A third is never run.
    """
    loading = trace.loading
    if job.choice or loading is None or loading.worked < 2:
        return None
    return None if trace.ending == "sandbox" else msgspec.structs.replace(job, choice=1)


def better(first: Verdict, other: Verdict) -> Verdict:
    """Return the verdict that counts, marked for a person; what was our fault is run once more."""
    if first.score is None or other.score is None:
        return first if first.score is None else other
    worth = [(one.score, one.status == "graded") for one in (first, other)]
    found = other if worth[1] > worth[0] else first
    review = tuple(dict.fromkeys((*found.review, SEVERAL)))
    return msgspec.structs.replace(found, review=review)
