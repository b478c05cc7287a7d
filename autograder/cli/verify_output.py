"""What ``verify`` shows: progress on stderr, tables or JSON on stdout, what is false."""

from __future__ import annotations

import sys

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from autograder.cli.display import Display
from autograder.verification.context import FIXED
from autograder.verification.item import Group, LabProof
from autograder.verification.mutants import SURVIVES
from autograder.verification.verifier import NAMED
from autograder.words.catalogue import say

SHOWN_PROBLEMS = 40
COLUMNS = (
    "ref", "stub", "accepted", "rejected", "caught", "same", "named", "unnamed", "margin", "build"
)  # fmt: skip


class ProofDisplay(Display):
    """Follows what is observed while it runs; prints the results."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__(say("verify-starting"))
        self._as_json = as_json
        self._proofs: list[LabProof] = []
        self._lab = ""

    def enter(self, lab: str) -> None:
        """Note that a lab's turn has come."""
        self._lab = lab

    def begin(self, label: str, total: int) -> None:
        """So many files are about to be observed."""
        self._progress.reset(self._task, description=f"{self._lab}: {label}", total=total)

    def advance(self) -> None:
        """One of them is done."""
        self._progress.advance(self._task)

    def add(self, proof: LabProof) -> None:
        """Keep a lab's proof; with ``--json`` print it at once. Report what is false."""
        self._proofs.append(proof)
        if self._as_json:
            sys.stdout.buffer.write(msgspec.json.encode(proof) + b"\n")
            sys.stdout.buffer.flush()
        for item in proof.refuted[:SHOWN_PROBLEMS]:
            self.say(f"✘ {item.lab} {item.group} {item.name}: {item.message}")
        more = len(proof.refuted) - SHOWN_PROBLEMS
        if more > 0:
            self.say(say("verify-more", lab=proof.lab, n=more))

    def finish(self) -> None:
        """Print the tables."""
        self._progress.stop()
        if not self._as_json:
            console = Console(highlight=False)
            console.print(proofs_table(self._proofs))
            console.print(margins_table(self._proofs))
            for item in (item for proof in self._proofs for item in proof.items):
                if item.code == FIXED:
                    console.print(Text(f"{item.lab}: {item.message}"))


def proofs_table(proofs: list[LabProof]) -> Table:
    """Return a row for each lab: how many claims of each group are true."""
    table = Table(
        title=say("verify-title"),
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
    )
    table.add_column(say("verify-column-lab"), no_wrap=True)
    for name in COLUMNS:
        table.add_column(say(f"verify-column-{name}"), justify="right", no_wrap=True)
    table.caption = say("verify-caption")
    for proof in proofs:
        groups: tuple[Group, ...] = ("reference", "stub", "accepted", "rejected")
        planted = [i for i in proof.items if i.group in ("mutant", "planted")]
        planted = [item for item in planted if item.name != NAMED]
        same = sum(item.outcome == "equivalent" for item in planted)
        survived = sum(item.code == SURVIVES for item in planted)
        named = sum(item.outcome == "proved" for item in planted)
        changed = len(planted) - same
        table.add_row(
            proof.lab,
            *(_share(proof, group) for group in groups),
            _coloured(changed - survived, changed),
            str(same),
            str(named),
            str(changed - named),
            _share(proof, "margin"),
            _share(proof, "build"),
        )
    return table


def margins_table(proofs: list[LabProof]) -> Table:
    """Return a row for each lab and check: distances in units of the tolerance."""
    title = say("verify-margins")
    table = Table(
        title=title, title_justify="left", box=SIMPLE, padding=(0, 1, 0, 0), pad_edge=False
    )
    table.add_column(say("verify-column-lab"), no_wrap=True)
    table.add_column(say("verify-column-check"), no_wrap=True)
    for name in (
        say("verify-accepted-largest"),
        say("verify-mutants-smallest"),
        say("verify-spread"),
    ):
        table.add_column(name, justify="right")
    for proof in proofs:
        for number, margin in enumerate(proof.margins):
            table.add_row(
                proof.lab if number == 0 else "",
                margin.check,
                *(_number(v) for v in (margin.accepted, margin.mutants, margin.spread)),
                end_section=number == len(proof.margins) - 1,
            )
    return table


def _share(proof: LabProof, group: Group) -> Text:
    whole = proof.count(group)
    return _coloured(whole - proof.count(group, "refuted"), whole)


def _coloured(held: int, whole: int) -> Text:
    return Text(f"{held}/{whole}", style="green" if held == whole else "bold red")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2g}"
