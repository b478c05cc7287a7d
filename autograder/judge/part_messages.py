"""What a student reads of parts besides their values: what a call does, draws, and is handed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograder.judge.messages import clean
from autograder.protocol.trace import Failure

if TYPE_CHECKING:  # records of grades are read without numpy and torch
    from autograder.exercise.chance import Claim

STOOD_FOR = "With something neutral in place of {names}: {message}"
FIXTURE = "{place}: the lab's own file raised {text}. A person will look at this."
_PROCESS: dict[str, tuple[str, str]] = {
    "leaves_inputs": (
        "{role} does not leave its arguments as they should be left.",
        "Which line writes into what was handed over, and did you mean to make something new?",
    ),
    "leaves_parameters": (
        "{role} changes other parameters or buffers of a model than it should.",
        "Which line takes a step, or calls the model in training mode?",
    ),
    "no_graph": (
        "The result of {role} still carries its computation graph.",
        "How do you say that nothing is to be recorded while it computes?",
    ),
    "eval_mode": (
        "{role} calls the model in training mode, or leaves it in another mode than before.",
        "In which mode does dropout do nothing, and which mode does your caller expect afterwards?",
    ),
    "train_mode": (
        "{role} calls the model in evaluation mode, or leaves it in another mode than before.",
        "In which mode do dropout and running statistics do their work?",
    ),
    "shares_storage": (
        "The result of {role} is a copy where it should be a view, or the reverse.",
        "Which of your calls copies the numbers, and which looks at the same ones another way?",
    ),
    "no_loops": (
        "{role} runs more lines of Python as its input grows: something is done one by one.",
        "Which operation on whole arrays does the work of that loop?",
    ),
    "same_seed_same_result": (
        "{role} gives other results from the same seeds.",
        "Which generator does it draw from, and who set its seed?",
    ),
    "forbids": (
        "{role} calls {called}, which is not allowed here.",
        "Which steps does that function take? Write them out yourself.",
    ),
}


CLAIM_RAISED = "{place}: the lab's own claim raised {text}. A person will look at this."
SAME_EACH_TIME = "{role} returns the same each time, and should draw anew."
SAME_EACH_TIME_HINT = "Which line sets a seed, or keeps what was drawn before?"
_BREAKS = {
    "Share": "What {role} draws happens too often or too rarely, or not independently.",
    "Distribution": "What {role} draws is not distributed as it should be.",
}
_BREAKS_HINT = (
    "Draw a few thousand times: which share, mean and spread do you get, and which should"
)
_BREAKS_HINT += " it be?"


def chance(broken: Claim, role: str) -> tuple[str, str]:
    """Return message and hint for random results that break a claim."""
    said = getattr(broken, "says", "")
    if said:
        return f"{role} does not {clean(said)}.", ""
    return _BREAKS[type(broken).__name__].format(role=role), _BREAKS_HINT


def process(kind: str, role: str, called: Sequence[str]) -> tuple[str, str]:
    """Return message and hint for what a call does besides returning its value."""
    message, hint = _PROCESS[kind]
    listed = " and ".join(clean(name) for name in called)
    return message.format(role=role, called=listed), hint


def fixture_failure(found: Failure) -> str:
    """Return what is said of a file of the lab's that does not work."""
    line = f", line {found.line}" if found.line else ""
    return FIXTURE.format(place=f"fixtures/{clean(found.name)}{line}", text=clean(found.text))


def claim_raised(place: str, text: str) -> str:
    """Return what is said where a claim of the spec raised: its file, its line, the exception."""
    return CLAIM_RAISED.format(place=place, text=clean(text))


def same_each_time(role: str) -> tuple[str, str]:
    """Return message and hint for random results that are always the same."""
    return SAME_EACH_TIME.format(role=role), SAME_EACH_TIME_HINT
