"""Prove the other variants of a lab's hidden data: who is graded with them loses nothing by it."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from autograder.errors import CourseError
from autograder.grading.lab import load_lab
from autograder.grading.observe import FileObservatory
from autograder.judge.judge import Judge
from autograder.protocol.job import Job
from autograder.verification.context import (
    MARKS,
    Bench,
    handed_in,
    settled_lab,
    short_of_marks,
)
from autograder.verification.examples import accepted
from autograder.verification.item import Item, claim
from autograder.words.catalogue import say

SAMPLE = 2  # right files that are tried in each, those of other variants left out


def named(variant: int, name: str) -> str:
    """Return the name of a claim about a variant."""
    return f"{name} (variant {variant})"


def prove_sample(bench: Bench, name: str) -> Iterator[Item]:
    """Require full marks for the reference, and for a few right files, with a variant's data."""
    variant, store = bench.variant, bench.store(name)
    observatory = FileObservatory(bench.engine, bench.policy, store, bench.progress)
    lab = load_lab(bench.course, name).of_variant(variant)
    try:
        lab = settled_lab(lab, observatory)
    except CourseError as error:
        yield claim(name, "reference", named(variant, MARKS), str(error))
        return
    paths = accepted(bench.course, name)
    first = (variant - 1) * SAMPLE % max(1, len(paths))
    sample = (paths * 2)[first : first + min(SAMPLE, len(paths))]
    reference = lab.reference_path
    jobs: dict[str, Job] = {
        path.name: handed_in(lab, path.suffix, path.read_bytes()) for path in (reference, *sample)
    }
    found = observatory.observe(say("proof-variant", variant=variant), jobs)
    trace = found[reference.name].trace
    make_judge = functools.cache(lambda: Judge(lab.plan, trace))
    problem = short_of_marks(lab, make_judge, trace)
    yield claim(name, "reference", named(variant, MARKS), problem)
    if problem:
        return
    for path in sample:
        verdict = make_judge().judge(found[path.name].trace)
        lost = [f"{c.id}: {say(c.message)}" for c in verdict.checks if not c.passed]
        if verdict.status != "graded":
            lost = [verdict.status, say(verdict.message), *lost]
        yield claim(name, "accepted", named(variant, path.name), "; ".join(lost))
