"""Checks of further lists: one number an iteration, such as a validation loss; and of modes.

The values are computed by trusted code at the parameters that the student's own training went
through, so that honest records of a wrong training pass. Where float32 gives another value there
than float64, as where a share of right answers turns on one sample, both are right.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import msgspec
import numpy as np
import torch

from autograder.exercise.recorded import Measured, RecordedCheck
from autograder.exercise.spec import Tolerance
from autograder.judge.claim import read_claim
from autograder.judge.compare import TINY, Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import ABSENT, Finding
from autograder.protocol.array import natural
from autograder.protocol.job import Contract, validation_of
from autograder.protocol.trace import CallRecord, LossRecord
from autograder.words.text import NOTHING, Text, text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """What a check of a further list knows: itself, the lab's contract, and what is right."""

    check: RecordedCheck
    contract: Contract
    value: Measured | None

    def __call__(self, view: ScenarioView, tolerance: Tolerance) -> Finding:
        """Judge one scenario."""
        if self.check.kind != "values":
            return _modes(view, self.check)
        evidence = view.steps.evidence if view.steps else "ends"
        return msgspec.structs.replace(self._values(view, tolerance), evidence=evidence)

    def _values(self, view: ScenarioView, tolerance: Tolerance) -> Finding:
        name = self.check.name
        entries: list[Values] = []
        total = 0
        for record, count in zip(self.lists(view), view.counts, strict=True):
            total += count
            wrong = _of_kinds(record, count, total, name)
            if record is None or wrong:
                return _failed(wrong)
            entries.append(read_claim(record.values)[-count:])
        observed = np.concatenate(entries)
        expected = self._right(view)
        if expected is None:
            return ABSENT
        rated = apart(observed, expected, tolerance)
        if rated <= 1.0:
            return Finding(outcome="passed", deviation=rated)
        finding = _failed(text("values-other", name=name))
        return msgspec.structs.replace(finding, deviation=rated)

    def _right(self, view: ScenarioView) -> tuple[Values, Values] | None:
        """Return the right values, None where nobody knows them.

        With stand-ins put in for forward and criterion, only the reference's are known.
        """
        points = self.points(view, self.check.moment)
        if points is None:
            return None
        if self.value is None or view.planned.scenario.kind == "isolated":
            return self._published(view)
        return self.at(view, points)

    def lists(self, view: ScenarioView) -> list[LossRecord | None]:
        """Return the list after each call."""
        return [
            None if call.recorded is msgspec.UNSET else call.recorded.get(self.check.name)
            for call in view.observed.calls
        ]

    def points(self, view: ScenarioView, moment: str) -> Values | None:
        """Return the parameters ``[K, P]`` before or after each iteration; None where unseen."""
        steps = view.steps
        if steps is None and view.reached:
            steps = view.expected_steps
        if steps is None or len(steps.before) != sum(view.step_counts):
            return None
        each = view.landscape.batches
        return steps.before[::each] if moment == "before" else steps.after[each - 1 :: each]

    def _published(self, view: ScenarioView) -> tuple[Values, Values] | None:
        """Return the reference's own entries, where training went its way."""
        if not view.reached and not _same_way(view):
            return None
        found = [
            None if call.recorded is msgspec.UNSET else call.recorded.get(self.check.name)
            for call in view.expected.calls
        ]
        pairs = zip(found, view.counts, strict=True)
        rows = [read_claim(one.values)[-count:] for one, count in pairs if one is not None]
        expected = np.concatenate(rows) if len(rows) == len(found) else np.zeros(0)
        return expected, expected

    def at(
        self, view: ScenarioView, points: Values, *, on_training_data: bool = False
    ) -> tuple[Values, Values]:
        """Return the values ``[K]`` at points ``[K, P]``: in float64 and in float32."""
        situation = view.planned.scenario.situation
        data = {name: torch.from_numpy(natural(array)) for name, array in situation.data.items()}
        validation = validation_of(self.contract)
        if on_training_data and validation is not None:
            data[validation.inputs] = data[self.contract.inputs]
            data[validation.targets] = data[self.contract.targets]
        shapes = {name: array.shape for name, array in situation.start.items()}
        exact = [self._value(_shaped(point, shapes, torch.float64), data) for point in points]
        rough = {n: v.float() if v.is_floating_point() else v for n, v in data.items()}
        rounded = [self._value(_shaped(point, shapes, torch.float32), rough) for point in points]
        return np.array(exact), np.array(rounded)

    def _value(
        self, parameters: Mapping[str, torch.Tensor], data: Mapping[str, torch.Tensor]
    ) -> float:
        if self.value is None:
            return float("nan")
        with torch.no_grad():
            return float(self.value(parameters, data))


def apart(observed: Values, expected: tuple[Values, Values], tolerance: Tolerance) -> float:
    """Return the largest distance from what lies between both values, in tolerances."""
    low, high = np.minimum(*expected), np.maximum(*expected)
    if observed.shape != low.shape:
        return np.inf
    distances = np.maximum(np.maximum(low - observed, observed - high), 0.0)
    bounds = np.maximum(tolerance.atol + tolerance.rtol * np.abs(low), TINY)
    shares = distances / bounds
    shares[~(np.isfinite(observed) & np.isfinite(low) & np.isfinite(high))] = np.inf
    return float(shares.max(initial=0.0))


def _same_way(view: ScenarioView) -> bool:
    expected = view.expected_steps
    if view.steps is None or expected is None:
        return False
    ours, theirs = view.steps.after, expected.after
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-3, atol=1e-3)


def _shaped(
    point: Values, shapes: Mapping[str, tuple[int, ...]], dtype: torch.dtype
) -> dict[str, torch.Tensor]:
    flat, found, offset = torch.from_numpy(point).to(dtype), {}, 0
    for name, shape in shapes.items():
        size = math.prod(shape)
        found[name] = flat[offset : offset + size].reshape(shape)
        offset += size
    return found


def _of_kinds(record: LossRecord | None, count: int, total: int, name: str) -> Text:
    """Say what is wrong with a list's form; one that is emptied at each call is as good."""
    if record is None:
        return text("values-no-list", name=name)
    found = len(record.kinds)
    if not found:
        return text("values-none", name=name)
    if found not in (count, total) or read_claim(record.values).shape != (found,):
        return text("values-too-many" if found > total else "values-too-few", name=name)
    if "g" in record.kinds or "x" in record.kinds:
        return text("values-no-number", name=name)
    return NOTHING


def _modes(view: ScenarioView, check: RecordedCheck) -> Finding:
    """Judge in which mode forward was called on validation data."""
    found = [one.evaluated for one in view.observed.calls if one.evaluated is not msgspec.UNSET]
    unseen = not found or not all(one.calls for one in found)
    if unseen and not (found and _left_to_stand_in(view)):
        message = text("evaluation-unseen")
        return Finding(outcome="skipped", message=message, hint=text("advice-evaluation-unseen"))
    if check.kind == "no_grad":
        wrong = any(one.graphs for one in found)
        message = text("evaluation-with-graph")
    elif any(one.training for one in found):
        wrong, message = True, text("evaluation-in-train-mode")
    else:
        wrong = any(one.still for one in found)
        message = text("training-in-eval-mode")
    if not wrong:
        return Finding(outcome="passed", evidence="calls")
    return Finding(outcome="failed", message=message, hint=text("advice-modes"))


def _left_to_stand_in(view: ScenarioView) -> bool:
    """Say whether what stands for the student's evaluation was asked as often as the reference's.

    It need not call the model; what is asked then is how the model trains.
    """
    if not view.planned.scenario.bound:
        return False
    pairs = zip(view.observed.calls, view.expected.calls, strict=True)
    theirs = [(_lengths(one), _lengths(other)) for one, other in pairs]
    return not reference_evaluates(view) and all(ours == expected for ours, expected in theirs)


def reference_evaluates(view: ScenarioView) -> bool:
    """Say whether the reference evaluates its model: what stands for that need not."""
    found = (call.evaluated for call in view.expected.calls)
    return any(one is not msgspec.UNSET and one.calls for one in found)


def _lengths(call: CallRecord) -> list[int]:
    found = {} if call.recorded is msgspec.UNSET else call.recorded
    return [len(one.kinds) if one else 0 for _, one in sorted(found.items())]


def _failed(message: Text) -> Finding:
    return Finding(outcome="failed", message=message, hint=text("advice-values"))
