"""The table of what was proved counts by codes, whatever language the messages are in."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.cli.verify_output import ProofDisplay, proofs_table
from autograder.verification.item import Item, LabProof
from autograder.verification.mutants import SURVIVES


def test_a_mistake_that_survives_is_not_counted_as_caught() -> None:
    survivor = Item(
        lab="slope", group="mutant", name="m-1", outcome="refuted", code=SURVIVES, message="…"
    )
    misnamed = Item(
        lab="slope", group="mutant", name="m-2", outcome="refuted", message="survives: …"
    )
    proof = LabProof(lab="slope", items=(survivor, misnamed), margins=(), seconds=1.0)
    shown = Console(file=io.StringIO(), width=120)
    shown.print(proofs_table([proof]))
    text = shown.file.getvalue()  # type: ignore[attr-defined]  # it is a StringIO
    columns = next(line for line in text.splitlines() if "slope" in line).split()
    assert columns[5] == "1/2"


def test_of_a_lab_whose_spec_is_wrong_no_table_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = Item(lab="a", group="spec", name="exercise.py", outcome="refuted", message="no points")
    with ProofDisplay(as_json=False) as shown:
        shown.add(LabProof(lab="a", items=(wrong,), margins=(), seconds=1.0))
        shown.finish()
    out, err = capsys.readouterr()
    assert out == ""
    assert "a spec exercise.py: no points" in err
