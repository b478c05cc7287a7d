"""Further lists that training fills, and how it evaluates: what an author asks of them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec
import torch

from autograder.errors import SpecError
from autograder.exercise.part import SEPARATOR, Names
from autograder.words.catalogue import say

TRAINING = "train_model"
Measured = Callable[[Mapping[str, torch.Tensor], Mapping[str, torch.Tensor]], torch.Tensor | float]
"""A value at parameters on data; both have the spec's names."""
Moment = Literal["after", "before"]
Looks = Literal["values", "eval_mode", "no_grad"]


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A list to which training appends a number in each iteration, such as a validation loss.

    ``value`` computes it from the parameters and the data; the judge runs it at the parameters that
    the student's own training went through, ``after`` each iteration or ``before`` it.
    """

    name: Names
    value: Measured
    _: dataclasses.KW_ONLY
    points: float
    moment: Moment = "after"
    rtol: float = 1e-3
    atol: float = 1e-4

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the list may have, the shown one first."""
        return (self.name,) if isinstance(self.name, str) else tuple(self.name)

    @property
    def check(self) -> str:
        """The id of its check."""
        return f"{TRAINING}{SEPARATOR}{self.names[0]}"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """Points for how training evaluates on the contract's validation data.

    ``eval_mode``: the model is in eval mode there, and in train mode when it trains. ``no_grad``:
    no graph is recorded there.
    """

    eval_mode: float = 0
    no_grad: float = 0

    def worths(self) -> dict[str, float]:
        """Return the points of each check."""
        given = {"eval_mode": self.eval_mode, "no_grad": self.no_grad}
        return {f"{TRAINING}{SEPARATOR}{name}": worth for name, worth in given.items() if worth}


class RecordedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """A check of a further list, or of how training evaluates; students receive it, too."""

    id: str
    kind: Looks
    name: str = ""
    moment: Moment = "after"
    rtol: float = 0.0
    atol: float = 0.0


def recorded_checks(
    recorded: Sequence[Recorded], evaluation: Evaluation | None
) -> dict[str, RecordedCheck]:
    """Return the checks by their ids."""
    found = {
        one.check: RecordedCheck(
            id=one.check,
            kind="values",
            name=one.names[0],
            moment=one.moment,
            rtol=one.rtol,
            atol=one.atol,
        )
        for one in recorded
    }
    for check in evaluation.worths() if evaluation else ():
        kind: Looks = "eval_mode" if check.endswith("eval_mode") else "no_grad"
        found[check] = RecordedCheck(id=check, kind=kind)
    return found


def recorded_worths(
    recorded: Sequence[Recorded], evaluation: Evaluation | None
) -> dict[str, float]:
    """Return the points of each check."""
    found = {one.check: one.points for one in recorded}
    return found | (evaluation.worths() if evaluation else {})


def check_recorded(recorded: object, evaluation: object, *, validated: bool) -> None:
    """Check that these are what they must be. Raises SpecError."""
    if not isinstance(recorded, tuple) or not all(isinstance(one, Recorded) for one in recorded):
        raise SpecError("recorded", say("spec-recorded"))
    names = [name for one in recorded for name in one.names]
    if not all(isinstance(name, str) and name.isidentifier() for name in names) or len(names) > len(
        set(names)
    ):
        raise SpecError("recorded", say("spec-recorded-names"))
    for one in recorded:
        if not callable(one.value):
            raise SpecError(f"recorded[{one.names[0]!r}].value", say("spec-of-parameters"))
        for key in ("rtol", "atol"):
            bound = getattr(one, key)
            if not isinstance(bound, (int, float)) or not 0 <= bound < float("inf"):
                raise SpecError(f"recorded[{one.names[0]!r}].{key}", say("spec-not-negative"))
    if evaluation is None:
        return
    if not isinstance(evaluation, Evaluation) or not evaluation.worths():
        raise SpecError("evaluation", say("spec-evaluation"))
    if not validated:
        raise SpecError("evaluation", say("spec-evaluation-data"))
