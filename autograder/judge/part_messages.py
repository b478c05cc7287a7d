"""What a student reads of parts besides their values: what a call does, draws, and is handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.judge.messages import Told, at, clean, listed
from autograder.words.text import NOTHING, Text, text

if TYPE_CHECKING:  # records of grades are read without numpy and torch
    from autograder.exercise.chance import Claim
    from autograder.exercise.part import Looks
    from autograder.protocol.trace import Failure

PROCESS: dict[Looks, tuple[str, str]] = {
    "leaves_inputs": ("changes-argument", "advice-changes-argument"),
    "leaves_parameters": ("changes-parameters", "advice-changes-parameters"),
    "no_graph": ("result-with-graph", "advice-result-with-graph"),
    "no_grad": ("called-with-graph", "advice-result-with-graph"),
    "eval_mode": ("not-in-eval-mode", "advice-not-in-eval-mode"),
    "train_mode": ("not-in-train-mode", "advice-not-in-train-mode"),
    "shares_storage": ("copy-or-view", "advice-copy-or-view"),
    "no_loops": ("one-by-one", "advice-one-by-one"),
    "same_seed_same_result": ("seed-ignored", "advice-seed-ignored"),
    "forbids": ("calls-forbidden", "advice-calls-forbidden"),
    "trains_on_train_only": ("learns-from-held-out", "advice-learns-from-held-out"),
    "statistics_from_train_only": ("statistics-of-held-out", "advice-statistics-of-held-out"),
}
_BREAKS = {"Share": "share-broken", "Distribution": "distribution-broken"}


def chance(broken: Claim, role: str) -> Told:
    """Return message and hint for random results that break a claim."""
    said = getattr(broken, "says", "")
    if said:
        return text("relation-broken", role=role, says=clean(said)), NOTHING
    return text(_BREAKS[type(broken).__name__], role=role), text("advice-distribution")


def process(kind: Looks, role: str, called: Sequence[str] = ()) -> Told:
    """Return message and hint for what a call does besides returning its value."""
    message, hint = PROCESS[kind]
    if kind == "forbids":
        return text(message, role=role, called=listed(called)), text(hint)
    return text(message, role=role), text(hint)


def stood_for(names: Sequence[str], said: Text) -> Text:
    """Say with a message what was seen where something neutral stood for functions."""
    return text("with-stand-ins", names=listed(names), said=said)


def fixture_failure(found: Failure) -> Text:
    """Return what is said of a file of the lab's that does not work."""
    file = f"fixtures/{clean(found.name)}"
    place = (
        text("place-file-line", file=file, line=found.line)
        if found.line
        else text("place-file", file=file)
    )
    return at(place, text("lab-file-raised", text=clean(found.text)))


def claim_raised(file: str, line: int | None, error: str) -> Text:
    """Return what is said where a claim of the spec raised: its file, its line, the exception."""
    place = text("place-file-line", file=file, line=line) if line else text("place-file", file=file)
    return at(place, text("lab-claim-raised", text=clean(error)))


def same_each_time(role: str) -> Told:
    """Return message and hint for random results that are always the same."""
    return text("same-each-time", role=role), text("advice-same-each-time")
