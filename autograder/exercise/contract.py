"""What a contract must fulfil. Wrong values raise SpecError, which names the key."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import torch

from autograder.errors import SpecError
from autograder.protocol.job import (
    Contract,
    Functions,
    Module,
    Rule,
    Validation,
    is_numpy,
    outputs_of,
    rule_of,
    validation_of,
)
from autograder.words.catalogue import say

_NAMES: tuple[str, ...] = ("model_class", "forward", "criterion", "train_model", "model")
_NAMES += ("optimizer", "learning_rate", "losses")
_OPTIONAL_NAMES = ("dataset", "loader")


def check_contract(contract: object) -> None:
    """Check names, arrays, shapes and sizes. Raises SpecError."""
    sound = isinstance(contract, (Functions, Module))
    require(sound, "contract", "spec-contract")
    for field in (*_NAMES, *_OPTIONAL_NAMES):
        names = getattr(contract, field, None)
        if names is not None:
            named = isinstance(names, tuple) and all(isinstance(n, str) for n in names)
            named = named and (bool(names) or field in _OPTIONAL_NAMES)
            require(named, f"contract.{field}", "spec-some-names")
    for field in ("inputs", "targets"):
        named = isinstance(getattr(contract, field), str)
        require(named, f"contract.{field}", "spec-array")
    shaped = outputs_of(contract) if isinstance(contract, (Functions, Module)) else None
    wholes = shaped is None or (isinstance(shaped, tuple) and bool(shaped))
    wholes = wholes and all(whole(size) for size in shaped or ())
    require(wholes, "contract.outputs", "spec-outputs")
    if isinstance(contract, (Functions, Module)):
        for field in ("keeps_best", "stops_early"):
            told = getattr(contract, field) in (msgspec.UNSET, True, False)
            require(told, f"contract.{field}", "spec-bool")
        _check_validation(validation_of(contract))
        _check_rule(rule_of(contract))
    if isinstance(contract, Functions):
        told = contract.numpy is msgspec.UNSET or isinstance(contract.numpy, bool)
        require(told, "contract.numpy", "spec-bool")
    if isinstance(contract, (Functions, Module)):
        _check_more_inputs(contract)
    if isinstance(contract, Module):
        given = isinstance(contract.arguments, tuple) and all(
            isinstance(value, (int, float, str)) for value in contract.arguments
        )
        require(given, "contract.arguments", "spec-arguments")
        paired = bool(contract.loader) <= bool(contract.dataset)
        require(paired, "contract.loader", "spec-loader")
        sized = (contract.batch_size is None) or (bool(contract.dataset))
        require(sized, "contract.batch_size", "spec-batch-size")
        if contract.dataset:
            require(whole(contract.batch_size), "contract.batch_size", "spec-whole")


def _check_more_inputs(contract: Contract) -> None:
    more, key = contract.more_inputs, "contract.more_inputs"
    if more is msgspec.UNSET:
        return
    named = isinstance(more, tuple) and bool(more) and all(isinstance(n, str) for n in more)
    require(named, key, "spec-some-names")
    names = (contract.inputs, *more, contract.targets)
    require(len({*names}) == len(names), key, "spec-inputs-differ")
    require(not getattr(contract, "dataset", ()), key, "spec-inputs-batches")


def check_numpy(
    contract: Contract, start: object, points: Mapping[str, float], *, evaluates: bool
) -> None:
    """Check that a lab without torch asks for nothing that only torch's gradients have."""
    if not is_numpy(contract):
        return
    require("gradient_zeroing" not in points, "points['gradient_zeroing']", "spec-numpy-zeroing")
    require(not evaluates, "evaluation", "spec-numpy-evaluation")
    unseen = contract.stops_early is not True  # how often a loop runs, gradients show
    require(unseen, "contract.stops_early", "spec-numpy-stops-early")
    for name in start if isinstance(start, Mapping) else ():
        first, *more = name.split(".") if isinstance(name, str) else [""]
        placed = first.isidentifier() and all(p.isidentifier() or p.isdigit() for p in more)
        require(placed, f"start[{name!r}]", "spec-numpy-place")


def _check_validation(found: object) -> None:
    if found is None:
        return
    key = "contract.validation"
    if not isinstance(found, Validation):
        raise SpecError(key, say("spec-validation"))
    for field in ("dataset", "loader"):
        names = getattr(found, field)
        named = isinstance(names, tuple) and all(isinstance(n, str) for n in names)
        require(named, f"{key}.{field}", "spec-some-names")
    for field in ("inputs", "targets"):
        require(isinstance(getattr(found, field), str), f"{key}.{field}", "spec-array")
    sized = found.batch_size is None or whole(found.batch_size)
    require(sized, f"{key}.batch_size", "spec-whole")


def _check_rule(rule: object) -> None:
    """Make the optimizer and the schedule once: torch says best what is wrong with settings."""
    if rule is None:
        return
    key = "contract.rule"
    if not isinstance(rule, Rule):
        raise SpecError(key, say("spec-rule"))
    known = isinstance(getattr(torch.optim, rule.optimizer, None), type)
    require(known, f"{key}.optimizer", "spec-no-optimizer", name=rule.optimizer)
    scheduled = not rule.schedule or hasattr(torch.optim.lr_scheduler, rule.schedule)
    require(scheduled, f"{key}.schedule", "spec-no-schedule", name=rule.schedule)
    require(rule.every in ("iteration", "step"), f"{key}.every", "spec-every")
    try:
        place = [torch.zeros(1, requires_grad=True)]
        optimizer = getattr(torch.optim, rule.optimizer)(place, lr=0.1, **rule.settings)
        if rule.schedule:
            getattr(torch.optim.lr_scheduler, rule.schedule)(optimizer, **rule.schedule_settings)
    except (TypeError, ValueError, AssertionError) as error:
        raise SpecError(key, say("spec-settings", problem=str(error))) from error


def whole(value: object) -> bool:
    """Say whether something is a whole number of at least 1."""
    return type(value) is int and value >= 1


def require(sound: bool, key: str, code: str, **values: object) -> None:  # noqa: FBT001  # a claim
    """Raise SpecError where a claim is not true."""
    if not sound:
        raise SpecError(key, say(code, **values))
