"""Made-up training runs: what a worker would have recorded for a given way to update."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import msgspec
import numpy as np
import torch

from autograder.exercise import Exercise, Variation
from autograder.exercise.plan import Plan, PlannedScenario, make_plan
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.objective import Landscape
from autograder.protocol.array import Array, pack, unpack
from autograder.protocol.job import Budget, ForwardProbe, Scenario, Situation
from autograder.protocol.trace import (
    CallRecord,
    Loading,
    LossRecord,
    ProbeRecord,
    ScenarioRecord,
    Trace,
)
from autograder.worker import standin

Rule = Callable[[list[Values], float], Values]
X = np.linspace(-1.0, 3.0, 9)
Y = 2.0 * X - 1.0 + 0.1 * np.cos(7.0 * X)
RATE = 0.1


def objective(
    parameters: Mapping[str, torch.Tensor], data: Mapping[str, torch.Tensor]
) -> torch.Tensor:
    """Mean squared error of a line through the origin, or of one with a bias."""
    yhat = parameters["w"] * data["X"] + parameters.get("b", torch.zeros(()))
    return ((yhat - data["Y"]) ** 2).mean()


def right(gradients: list[Values], rate: float) -> Values:
    """Gradient descent."""
    return -rate * gradients[-1]


def accumulated(gradients: list[Values], rate: float) -> Values:
    """No gradient is ever zeroed."""
    return -rate * np.sum(gradients, axis=0)


def first_accumulated(gradients: list[Values], rate: float) -> Values:
    """The first parameter's gradient is never zeroed, the others are."""
    return np.concatenate([accumulated(gradients, rate)[:1], right(gradients, rate)[1:]])


def wrong_sign(gradients: list[Values], rate: float) -> Values:
    """Gradient ascent."""
    return rate * gradients[-1]


def wrong_rate(gradients: list[Values], rate: float) -> Values:
    """Another rate than the lab's."""
    return -0.3 * rate * gradients[-1]


def swapped(gradients: list[Values], rate: float) -> Values:
    """Each parameter moves by the other's gradient."""
    return -rate * gradients[-1][::-1]


def last_only(gradients: list[Values], rate: float) -> Values:
    """Only the last parameter is updated."""
    return right(gradients, rate) * (np.arange(gradients[-1].size) == gradients[-1].size - 1)


def momentum(gradients: list[Values], rate: float) -> Values:
    """Momentum of 0.9, with a buffer that is emptied each time."""
    ages = np.arange(len(gradients))[::-1, None]
    return -rate * np.sum(0.9**ages * np.array(gradients), axis=0)


def uneven(gradients: list[Values], rate: float) -> Values:
    """Each number of a gradient counts for more or less by no rule that anybody tries."""
    move: Values = -rate * gradients[-1] * (1.0 + 0.3 * np.sin(50.0 * gradients[-1]))
    return move


def growing(gradients: list[Values], rate: float) -> Values:
    """A rate that grows from step to step, by no rule that anybody tries."""
    return right(gradients, rate) * (1.5 + 0.1 * len(gradients))


def lagged(gradients: list[Values], rate: float) -> Values:
    """Each step uses the gradient of the iteration before it; the first does nothing."""
    return -rate * gradients[-2] if len(gradients) > 1 else np.zeros_like(gradients[-1])


def still(gradients: list[Values], rate: float) -> Values:
    """Nothing is updated."""
    return 0.0 * rate * gradients[-1]


def planned(
    *,
    start: Mapping[str, float],
    calls: tuple[int, ...],
    rate: float = RATE,
    public: bool = False,
) -> PlannedScenario:
    """Return one own scenario on the line's data."""
    situation = Situation(
        data={"X": pack(X[:, None]), "Y": pack(Y[:, None])},
        start={name: pack(value, dtype="f4") for name, value in start.items()},
        learning_rate=rate,
    )
    scenario = Scenario(id="s", kind="own", situation=situation, calls=calls)
    return PlannedScenario(scenario=scenario, public=public, variation=Variation(name="s"))


@dataclasses.dataclass(frozen=True)
class Run:
    """Parameters before and after each step ``[N, P]``, and the gradients there ``[N, P]``."""

    names: tuple[str, ...]
    calls: tuple[int, ...]
    path: Values
    gradients: Values
    losses: Values

    def record(self, *, hooks: str = "none", visited: bool = True, id: str = "s") -> ScenarioRecord:  # noqa: A002  # the record's field
        """Return what the worker records. ``hooks``: none, clean (each buffer its gradient) or
        full (each buffer the sum of all gradients since the start). As the worker does, it adds
        the ends of shorter runs where the calls of forward do not show each step.
        """
        calls, done = [], 0
        for count in self.calls:
            steps = slice(done, done + count)
            fresh = {} if hooks == "none" else self._columns(self.gradients[steps])
            sums = np.cumsum(self.gradients, axis=0)[steps]
            buffers = self._columns(sums) if hooks == "full" else fresh
            done += count
            calls.append(
                CallRecord(
                    parameters=dict(zip(self.names, map(pack, self.path[done]), strict=True)),
                    losses=LossRecord(values=pack(self.losses[:done]), kinds="n" * done),
                    visited=pack(self.path[steps] if visited else np.zeros((0, 0))),
                    fresh=fresh,
                    buffers=buffers,
                    steps_seen=count if visited else 0,
                    held=pack(np.zeros((0, 0))),
                )
            )
        moving = bool(np.diff(self.path, axis=0).any(axis=1)[:-1].all())
        runs_more = len(self.calls) == 1 and self.calls[0] <= Budget().prefix_runs
        prefixes = pack(self.path[1:]) if runs_more and not (visited and moving) else None
        return ScenarioRecord(id=id, calls=tuple(calls), prefixes=prefixes)

    def _columns(self, rows: Values) -> dict[str, Array]:
        return {name: pack(rows[:, [index]]) for index, name in enumerate(self.names)}


def descend(scenario: Scenario, landscape: Landscape, rule: Rule) -> Run:
    """Train by ``rule``, in float32 as the labs do."""
    point, gradients, losses = landscape.start, [], []
    path = [point]
    for _ in range(sum(scenario.calls)):
        loss, gradient = landscape.evaluate(point[None])
        losses.append(float(loss[0]))
        gradients.append(gradient[0].astype(np.float32).astype(np.float64))
        move = rule(gradients, scenario.situation.learning_rate)
        point = (point + move).astype(np.float32).astype(np.float64)
        path.append(point)
    return Run(
        names=tuple(scenario.situation.start),
        calls=scenario.calls,
        path=np.array(path),
        gradients=np.array(gradients),
        losses=np.array(losses),
    )


def view_of(  # each one is what a test varies
    rule: Rule,
    *,
    start: Mapping[str, float],
    calls: tuple[int, ...] = (6,),
    rate: float = RATE,
    hooks: str = "none",
    visited: bool = True,
    public: bool = False,
) -> ScenarioView:
    """Return a student's run by ``rule`` beside the reference's."""
    plan = planned(start=start, calls=calls, rate=rate, public=public)
    landscape = Landscape(objective, plan.scenario)
    run = descend(plan.scenario, landscape, rule)
    return ScenarioView(
        planned=plan,
        observed=run.record(hooks=hooks, visited=visited),
        expected=descend(plan.scenario, landscape, right).record(),
        landscape=landscape,
    )


def with_calls(view: ScenarioView, calls: Sequence[CallRecord]) -> ScenarioView:
    """Return the view with other records of the student's calls."""
    observed = msgspec.structs.replace(view.observed, calls=tuple(calls))
    return dataclasses.replace(view, observed=observed)


def lab_plan() -> Plan:
    """Return a lab with one public and two hidden scenarios, whose numbers are unmistakable."""
    exercise = Exercise(
        lab="line",
        title="A line",
        data=lambda generator: {
            "X": torch.from_numpy(X[:, None]).float(),
            "Y": torch.randn((9, 1), generator=generator),
        },
        objective=objective,
        start={"w": 3.0},
        learning_rate=RATE,
        iterations=4,
        public_seeds=(1,),
        hidden_seeds=(20, 21),
        variations=(
            Variation(name="own", start={"w": 6.53}, learning_rate=0.0371, calls=(7,)),
            Variation(name="isolated", isolated=True),
        ),
        points={
            "forward": 2,
            "criterion": 2,
            "loss_recorded": 1,
            "loss_decreases": 1,
            "final_parameters": 2,
            "gradient_zeroing": 2,
        },
    )
    return make_plan(exercise, b"salt")


def right_trace(plan: Plan) -> Trace:
    """Return the trace of right code."""
    probes, scenarios = {}, {}
    for probe in plan.probes:
        if isinstance(probe, ForwardProbe):
            value = unpack(probe.parameters["w"]) * unpack(probe.x)
            gradients = {"w": pack((unpack(probe.x) * unpack(probe.cotangent)).sum())}
        else:
            distance = unpack(probe.yhat) - unpack(probe.y)
            value = (distance**2).mean()
            gradients = {"yhat": pack(2 * distance / distance.size)}
        probes[probe.id] = ProbeRecord(id=probe.id, value=pack(value), gradients=gradients)
    for plan_ in plan.scenarios:
        scenario = plan_.scenario
        target = objective if scenario.kind == "own" else standin.objective
        run = descend(scenario, Landscape(target, scenario), right)
        scenarios[scenario.id] = run.record(hooks="clean", id=scenario.id)
    defined = {role: role for role in ("forward", "criterion", "train_model")}
    return Trace(
        version=1,
        loading=Loading(defined=defined),
        probes=probes,
        scenarios=scenarios,
        ending="done",
    )
