"""Prove labs: one item for each claim."""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from autograder.course.folder import Course
from autograder.course.secret import variants_of
from autograder.grading.lab import load_lab
from autograder.grading.mutants import planted_in_parts
from autograder.grading.publish import Publisher
from autograder.verification import examples
from autograder.verification.context import REFERENCE_CLAIMS, Bench, MakeReady, Ready, prepare
from autograder.verification.examples import prove_accepted, prove_rejected, prove_stub
from autograder.verification.item import GROUPS, Group, Item, LabProof, Margin, claim
from autograder.verification.mutants import plant_all, prove_mutants, prove_planted
from autograder.verification.release import prove_build
from autograder.verification.variants import named, prove_sample
from autograder.words.catalogue import say

IN_EACH_VARIANT: tuple[Group, ...] = ("reference", "stub", "accepted", "rejected", "mutant")
LEAST_NAMED = 0.95
NAMED = "95 % are named"

_PROOFS: Mapping[Group, Callable[[Ready], Iterable[Item]]] = {
    "stub": prove_stub,
    "accepted": prove_accepted,
    "rejected": prove_rejected,
    "mutant": prove_mutants,
    "planted": prove_planted,
}
_NEEDS: Mapping[Group, tuple[Group, ...]] = {"margin": ("accepted", "mutant")}


class Prover:
    """Proves one lab, a group of claims at a time, each group once.

    Where spec or reference do not hold nothing can be judged by them: other groups are empty.
    """

    def __init__(self, bench: Bench, lab: str) -> None:
        self._bench = bench
        self._lab = lab
        self._done: dict[Group, tuple[Item, ...]] = {}
        self._make_ready: MakeReady | None = None

    def items(self, group: Group) -> tuple[Item, ...]:
        """Return the claims of a group, tried."""
        if "spec" not in self._done:
            self._prepare()
        for needed in (*_NEEDS.get(group, ()), group):
            if needed not in self._done:
                self._done[needed] = tuple(self._prove(needed))
        return self._done[group]

    def margins(self) -> tuple[Margin, ...]:
        """Return the margins of all checks."""
        self.items("margin")
        if self._ready is None:
            return ()
        return tuple(self._ready.book.margins({"final_parameters": self._ready.spread}))

    @functools.cached_property
    def _ready(self) -> Ready | None:
        """The lab, ready to judge; None where spec or reference are not sound."""
        return self._make_ready() if self._make_ready else None

    def _prepare(self) -> None:
        first: list[Item] = []
        for found in prepare(self._bench, self._lab):
            if isinstance(found, Item):
                first.append(found)
            else:
                self._make_ready = found
        self._done["spec"] = tuple(item for item in first if item.group == "spec")
        self._done["reference"] = tuple(item for item in first if item.group == "reference")

    def _prove(self, group: Group) -> Iterable[Item]:
        ready, bench = self._ready, self._bench
        if ready is None:
            return ()
        if group == "margin":
            return ready.book.items()
        if group == "build":
            return prove_build(ready, Publisher(bench.course, lambda: bench.engine, bench.policy))
        return _PROOFS[group](ready)


def prove_lab(bench: Bench, lab: str, *, planting: bool = True) -> LabProof:
    """Try everything that is claimed of a lab.

    Without ``planting`` mistakes are planted into the reference alone, and of the other variants of
    hidden data only a sample is tried.
    """
    began = time.monotonic()
    prover = Prover(bench, lab)
    items = [
        item for group in GROUPS if planting or group != "planted" for item in prover.items(group)
    ]
    items += _rate(lab, items)
    items += _other_variants(bench, lab, items, whole=planting)
    seconds = round(time.monotonic() - began, 2)
    return LabProof(lab=lab, items=tuple(items), margins=prover.margins(), seconds=seconds)


def _rate(lab: str, items: list[Item]) -> list[Item]:
    """Return the claim that nearly all planted mistakes that change something are named."""
    planted = [i for i in items if i.group in ("planted", "mutant") and i.outcome != "equivalent"]
    named = sum(item.outcome == "proved" for item in planted)
    few = named < LEAST_NAMED * len(planted)
    problem = say("proof-few-named", n=len(planted), named=named) if few else ""
    return [claim(lab, "planted", NAMED, problem)] if planted else []


def _other_variants(
    bench: Bench, lab: str, items: Sequence[Item], *, whole: bool
) -> Iterator[Item]:
    """Try the other variants of hidden data, where the first one passes."""
    if any(item.group in ("spec", "reference") and item.outcome == "refuted" for item in items):
        return
    for variant in range(1, variants_of(bench.course)):
        other = dataclasses.replace(bench, variant=variant)
        if not whole:
            yield from prove_sample(other, lab)
            continue
        prover = Prover(other, lab)
        for group in IN_EACH_VARIANT:
            for item in prover.items(group):
                yield msgspec.structs.replace(item, name=named(variant, item.name))


def claims(course: Course, lab: str) -> dict[Group, list[str]]:
    """Return the names of what can be proved, without running anything.

    Mistakes planted into an accepted file are one claim, all files of an assignment too.
    Raises CourseError or SpecError.
    """
    loaded = load_lab(course, lab)
    plan = loaded.plan
    accepted = [path.name for path in examples.accepted(course, lab)]
    return {
        "reference": list(REFERENCE_CLAIMS),
        "stub": [f"{lab}.py", f"{lab}.ipynb"],
        "accepted": accepted,
        "rejected": [path.name for path in examples.rejected(course, lab)],
        "mutant": [
            *(one.name for one in plant_all(plan, loaded.reference_source)),
            *(f"{part}:{one.operator.id}-{one.number}" for part, one in planted_in_parts(loaded)),
        ],
        "planted": [name for name in accepted if name.endswith(".py")],
        "margin": list(plan.exercise.points),
        "build": [lab],
    }
