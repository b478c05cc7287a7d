"""Prove the course's own mistakes: each is named for its file, and for nothing right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.grading.declared import FRAMEWORK, NONE, Declared
from autograder.judge.diagnosis.alike import alike
from autograder.judge.result import Diagnosis
from autograder.protocol.trace import Trace
from autograder.verification.context import Ready
from autograder.verification.item import listed
from autograder.words.catalogue import say


def untellable(ready: Ready, said: Declared, trace: Trace, accepted: Mapping[str, Trace]) -> str:
    """Return why nobody can be shown a file's own mistake, nothing where somebody can."""
    if said.own is None:
        return ""
    plan, own = ready.lab.plan, said.own.id
    if trace.ending != "done":
        return say("proof-own-ended", ending=trace.ending, id=own)
    right = {say("proof-the-reference"): ready.reference, **accepted}
    for name, other in right.items():
        if alike(trace, other, plan, said.fails):
            return say("proof-own-right", name=name, id=own)
    for one in ready.own:
        if one.id != own and one.fails == said.fails and alike(trace, one.trace, plan, said.fails):
            return say("proof-own-alike", id=one.id)
    return ""


def untold(said: Declared, found: Iterable[Diagnosis]) -> str:
    """Return what is wrong where a file is not diagnosed with its own mistake."""
    named = {one.id for one in found}
    if said.own is None or said.own.id in named:
        return ""
    return say("proof-own-not-named", id=said.own.id, named=listed(named))


def told_besides(said: Declared, found: Iterable[Diagnosis]) -> str:
    """Return what to do where this file is diagnosed with another file's own mistake."""
    declared = frozenset().union(*said.mistakes)
    beside = [one.id for one in found if "course" in one.remarks and one.id not in declared]
    if said.own is not None or not beside:
        return ""
    return say("proof-own-named", ids=listed(beside), id=beside[0])


def unknown_ids(said: Declared, own: Iterable[str]) -> str:
    """Return which ids of a file nobody knows, and what to do; nothing where all are known."""
    wanted = frozenset().union(*said.mistakes)
    unknown = sorted(wanted - FRAMEWORK - {NONE, *own})
    if not unknown:
        return ""
    where = f"{said.path}:{said.line}"
    return say("proof-own-unknown", where=where, ids=listed(unknown))
