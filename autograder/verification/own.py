"""Prove the course's own mistakes: each is told for its file, and for nothing that is right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from autograder.grading.declared import FRAMEWORK, NONE, Declared
from autograder.judge.diagnosis.alike import alike
from autograder.judge.result import Diagnosis
from autograder.protocol.trace import Trace
from autograder.verification.context import Ready


def untellable(ready: Ready, said: Declared, trace: Trace, accepted: Mapping[str, Trace]) -> str:
    """Return why a file's own mistake can or must be told to nobody, nothing where it can be."""
    if said.own is None:
        return ""
    plan, own = ready.lab.plan, said.own.id
    if trace.ending != "done":
        return (
            f"it was ended early ({trace.ending}), so nobody is told {own!r}: who is told must be "
            "seen in every situation; let the file end by itself, or take its line '# says:' out"
        )
    right = {"the reference": ready.reference, **accepted}
    for name, other in right.items():
        if alike(trace, other, plan):
            return (
                f"it behaves as {name} does in every situation, and that is right, so nobody is "
                f"told {own!r}: make the file do what is wrong, or take its line '# says:' out"
            )
    for one in ready.own:
        if one.id != own and alike(trace, one.trace, plan):
            return (
                f"it behaves as the file that brings {one.id!r}: a submission would be told both; "
                "take one of the two out"
            )
    return ""


def untold(said: Declared, found: Iterable[Diagnosis]) -> str:
    """Return what is wrong where a file's own mistake is not told for the file itself."""
    named = {one.id for one in found}
    if said.own is None or said.own.id in named:
        return ""
    return f"brings the mistake {said.own.id}, which is not told for it; named: {_listed(named)}"


def told_besides(said: Declared, found: Iterable[Diagnosis]) -> str:
    """Return what to do where another file's own mistake is told for this one."""
    declared = frozenset().union(*said.mistakes)
    beside = [one.id for one in found if "course" in one.remarks and one.id not in declared]
    if said.own is not None or not beside:
        return ""
    return (
        f"it behaves as the file that brings {_listed(beside)}, and is told so: write "
        f"'# mistake: {beside[0]}' here, or take one of the two files out"
    )


def unknown_ids(said: Declared, own: Iterable[str]) -> str:
    """Return which ids of a file nobody knows, and what to do; nothing where all are known."""
    wanted = frozenset().union(*said.mistakes)
    unknown = sorted(wanted - FRAMEWORK - {NONE, *own})
    if not unknown:
        return ""
    return (
        f"{said.path}:{said.line}: no mistake is called {_listed(unknown)}; a line "
        "'# says: <what a student reads>' makes it one of this course"
    )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
