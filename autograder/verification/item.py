"""What verification says: one item for each claim tested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

from autograder.words.catalogue import say

Group = Literal[
    "spec", "reference", "stub", "accepted", "rejected", "mutant", "planted", "margin", "build"
]
GROUPS: tuple[Group, ...] = (
    "spec",
    "reference",
    "stub",
    "accepted",
    "rejected",
    "mutant",
    "planted",
    "margin",
    "build",
)
ItemOutcome = Literal["proved", "refuted", "equivalent", "unnamed"]


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One claim, and whether it is true.

    ``equivalent``: a mistake that changes nothing there, so there is nothing to catch.
    ``unnamed``: caught, but no known mistake was named. Neither refutes a lab by itself.
    ``code`` is the message's, where something is decided by it.
    """

    lab: str
    group: Group
    name: str
    outcome: ItemOutcome = "proved"
    message: str = ""
    code: str = ""


def claim(lab: str, group: Group, name: str, problem: str) -> Item:
    """Return a claim that passes where there is no problem."""
    outcome: ItemOutcome = "refuted" if problem else "proved"
    return Item(lab=lab, group=group, name=name, outcome=outcome, message=problem)


def listed(names: Iterable[str]) -> str:
    """Return names in order, or that there are none."""
    return ", ".join(sorted(names)) or say("nothing")


class Margin(msgspec.Struct, frozen=True, kw_only=True):
    """How far right and wrong submissions stay from where a check turns, in tolerances.

    ``accepted`` is the largest deviation among right ones, ``mutants`` the smallest among the
    mutants that the check catches by a number, each in the scenario that shows it best; None where
    there was no such number. ``spread`` is that of the reference in float32 from float64.
    """

    lab: str
    check: str
    accepted: float | None
    mutants: float | None
    spread: float | None = None


class LabProof(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was tried for one lab."""

    lab: str
    items: tuple[Item, ...]
    margins: tuple[Margin, ...]
    seconds: float

    @property
    def refuted(self) -> tuple[Item, ...]:
        """The claims that are false."""
        return tuple(item for item in self.items if item.outcome == "refuted")

    def count(self, group: Group, outcome: ItemOutcome | None = None) -> int:
        """Return how many items of a group there are, or have an outcome."""
        return sum(item.group == group and outcome in (None, item.outcome) for item in self.items)
