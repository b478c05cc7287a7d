"""How far right and wrong submissions stay from the tolerance of a check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import torch

from autograder.exercise.plan import Plan, PlannedScenario
from autograder.exercise.spec import Tolerance
from autograder.judge.compare import Values, deviation
from autograder.judge.objective import Landscape, isolated_objective, rows_of
from autograder.judge.result import CheckResult, Finding
from autograder.judge.rule import maker_of
from autograder.judge.steps import counts_of, end_of
from autograder.protocol.job import Rule, is_numpy, rule_of
from autograder.protocol.trace import Trace
from autograder.verification.item import Item, Margin, claim
from autograder.words.catalogue import say

FACTOR = 10.0
SHARES = frozenset({"loss_decreases"})
"""Checks whose bound is a share of what the reference does, far from any rounding: only shown."""

Findings = Mapping[str, Mapping[str, Finding]]


class MarginBook:
    """Collects deviations of accepted files and of mutants; says what the margins are."""

    def __init__(self, lab: str, checks: Iterable[str]) -> None:
        self._lab = lab
        self._checks = tuple(checks)
        self._accepted: dict[str, tuple[float, str]] = {}
        self._mutants: dict[str, tuple[float, str]] = {}

    def add_accepted(self, name: str, findings: Findings) -> None:
        """Count a right file: its largest deviation in any scenario."""
        for check, found in findings.items():
            passed = [f.deviation for f in found.values() if f.outcome == "passed"]
            known = [value for value in passed if value is not None]
            if known and max(known) > self._accepted.get(check, (-1.0, ""))[0]:
                self._accepted[check] = (max(known), name)

    def add_mutant(self, name: str, failed: Iterable[CheckResult], findings: Findings) -> None:
        """Count a mutant for the checks that it failed by a number, where it shows best."""
        for check in failed:
            found = [f for f in findings[check.id].values() if f.outcome == "failed"]
            known = [f.deviation for f in found if f.deviation is not None]
            if not known or len(known) < len(found):
                continue  # an error, a shape, a missing list: nothing that a tolerance decides
            if max(known) < self._mutants.get(check.id, (np.inf, ""))[0]:
                self._mutants[check.id] = (max(known), name)

    def margins(self, spread: Mapping[str, float]) -> list[Margin]:
        """Return the margin of each check."""
        return [
            Margin(
                lab=self._lab,
                check=check,
                accepted=self._accepted[check][0] if check in self._accepted else None,
                mutants=self._mutants[check][0] if check in self._mutants else None,
                spread=spread.get(check),
            )
            for check in self._checks
        ]

    def items(self) -> list[Item]:
        """Return whether each check keeps a factor of ten on both sides."""
        return [self._item(check) for check in self._checks]

    def _item(self, check: str) -> Item:
        right, who = self._accepted.get(check, (0.0, ""))
        wrong, what = self._mutants.get(check, (np.inf, ""))
        problems = []
        if check in SHARES:
            return claim(self._lab, "margin", check, "")
        if right * FACTOR > 1.0:
            problems.append(say("proof-accepted-far", right=right, who=who))
        if wrong < FACTOR:
            problems.append(say("proof-mutant-near", what=what, wrong=wrong))
        return claim(self._lab, "margin", check, "; ".join(problems))


def float_spread(plan: Plan, reference: Trace) -> tuple[float, str]:
    """Return how far the reference ends from plain gradient descent in float64, in tolerances.

    Gradient descent on the spec's objective, a step a batch; the largest over all scenarios, and
    the scenario's name. Far more than rounding means that reference and objective disagree.
    """
    worst, where = 0.0, ""
    for planned in plan.scenarios:
        if is_numpy(plan.exercise.contract) and planned.scenario.kind == "isolated":
            continue  # gradients written by hand are no gradients of what stands for forward
        found = _spread(plan, planned, reference)
        if not found <= worst:
            worst, where = found, planned.scenario.id
    return worst, where


def _spread(plan: Plan, planned: PlannedScenario, reference: Trace) -> float:
    exercise, scenario = plan.exercise, planned.scenario
    isolated = scenario.kind == "isolated"
    objective = isolated_objective(exercise.contract) if isolated else exercise.objective
    rows = rows_of(exercise.contract)
    landscape = Landscape(objective, scenario, exercise.batch_size, rows=rows)
    tolerance = exercise.tolerance("final_parameters")
    rule = rule_of(exercise.contract)
    if rule is not None:
        found = [
            _spread_by_rule(landscape, planned, reference, rule, tolerance, anew=anew)
            for anew in (False, True)
        ]
        return min(found)
    point = landscape.start.copy()
    worst = 0.0
    record_of = reference.scenarios[scenario.id]
    counts = counts_of(planned, record_of, landscape.batches)
    for count, record in zip(counts, record_of.calls, strict=True):
        ways = [point]
        for _ in range(count):
            point = _iterate(landscape, point, scenario.situation.learning_rate)
            ways.append(point)
        apart = [deviation(end_of(record), way, tolerance) for way in ways]
        point = ways[int(np.argmin(apart))] if planned.keeps_best else point
        worst = max(worst, min(apart) if planned.keeps_best else apart[-1])
    return worst


def _spread_by_rule(  # all that a spread is made of
    landscape: Landscape,
    planned: PlannedScenario,
    reference: Trace,
    rule: Rule,
    tolerance: Tolerance,
    *,
    anew: bool,
) -> float:
    """Return the same for a lab's own rule; ``anew``: each call begins with a new optimizer."""
    scenario = planned.scenario
    make, rate = maker_of(rule, landscape.batches), scenario.situation.learning_rate
    place = torch.tensor(landscape.start, requires_grad=True)
    stepper, worst = make(place, rate), 0.0
    record_of = reference.scenarios[scenario.id]
    counts = counts_of(planned, record_of, landscape.batches)
    for count, record in zip(counts, record_of.calls, strict=True):
        stepper = make(place, rate) if anew else stepper
        for step in range(count * landscape.batches):
            turn = step % landscape.batches
            rows = np.zeros((turn + 1, place.numel()))
            rows[turn] = place.detach().numpy()
            place.grad = torch.from_numpy(landscape.step_gradients(rows)[turn].copy())
            stepper.step()
        worst = max(worst, deviation(end_of(record), place.detach().numpy(), tolerance))
    return worst


def _iterate(landscape: Landscape, point: Values, rate: float) -> Values:
    """Return the parameters after one iteration: a step for each batch in turn."""
    for turn in range(landscape.batches):
        rows = np.zeros((turn + 1, point.size))
        rows[turn] = point
        point = point - rate * landscape.step_gradients(rows)[turn]
    return point
