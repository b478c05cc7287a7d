"""Turn a spec into what is run: probes and scenarios with their data, public and hidden."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping

import msgspec
import torch

from autograder.errors import SpecError
from autograder.exercise.argument import Due, stand_ins
from autograder.exercise.draw import (
    draw_data,
    draw_rows,
    draw_start,
    generator_of,
    packed,
    require_objective,
)
from autograder.exercise.fixtures import digest_of_files, require_fixtures
from autograder.exercise.scripts import PlannedScript, asked_by, asked_of, plan_scripts, sought_by
from autograder.exercise.spec import Exercise, Variation
from autograder.protocol.codec import encode
from autograder.protocol.job import (
    MOST_PARAMETERS,
    Budget,
    CriterionProbe,
    File,
    ForwardProbe,
    Job,
    Probe,
    Scenario,
    Situation,
    inputs_of,
    outputs_of,
    rows_kept,
    steps_per_iteration,
)
from autograder.protocol.script import Phase, Sought
from autograder.protocol.trace import ScriptRecord
from autograder.protocol.value import Value
from autograder.words.catalogue import say
from autograder.worker.standin import form_of, signal

MOST_SHIFTS = 8
_PRESET = Variation(name="preset")
PUBLIC_ROWS, HIDDEN_ROWS = (5,), (13, 31)
PROBE_SCALE = 4.0
SHIFT = 12.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlannedScenario:
    """A scenario, whether students may see its numbers, and how it differs from the lab's own.

    ``keeps_best``: at the end of a call training goes back to parameters that it had before.
    ``stops_early``: it may end before it has run as often as it is asked to.
    """

    scenario: Scenario
    public: bool
    variation: Variation
    keeps_best: bool = False
    stops_early: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """All probes and scenarios of a lab; what is public is run first, each in this order.

    ``accepted`` are records of files that are right as well, by part, once they were observed.
    ``variant`` is which of the course's draws of hidden data it has.
    """

    exercise: Exercise
    preset: Situation
    public_probes: frozenset[str]
    probes: tuple[Probe, ...]
    scenarios: tuple[PlannedScenario, ...]
    scripts: tuple[PlannedScript, ...] = ()
    accepted: Mapping[str, tuple[Mapping[str, ScriptRecord], ...]] = dataclasses.field(
        default_factory=dict
    )
    variant: int = 0

    def job(self, filename: str, source: bytes, budget: Budget) -> Job:
        """Return the job that observes one file of ours."""
        return self.job_of((File(name=filename, data=source),), budget)

    def job_of(
        self,
        files: tuple[File, ...],
        budget: Budget,
        *,
        labs: tuple[str, ...] = (),
        page: tuple[str, ...] = (),
    ) -> Job:
        """Return the job that observes what a student submitted."""
        return Job(
            files=files,
            lab=self.exercise.lab,
            labs=labs,
            page=page,
            contract=self.exercise.contract,
            preset=self.preset,
            inert=self.exercise.inert,
            probes=self.probes,
            scenarios=tuple(planned.scenario for planned in self.scenarios),
            sought=self.sought,
            scripts=tuple(planned.script for planned in self.scripts),
            fixtures=self.fixtures,
            budget=budget,
            variant=self.variant,
        )

    @property
    def fixtures(self) -> dict[str, str]:
        """The author's files by name, where a script needs any of them."""
        asked = (asked_of(one.script) for one in self.scripts)
        due = (asked_by(due.step) for one in self.scripts for due in one.dues)
        bound = (one.scenario.bound.values() for one in self.scenarios)
        needed = any(any(made.file for made in found) for found in (*asked, *due, *bound))
        return dict(self.exercise.fixtures) if needed else {}

    @property
    def sought(self) -> tuple[Sought, ...]:
        """The names that the parts need."""
        return sought_by(self.exercise.parts, self.scripts)

    @property
    def dues(self) -> tuple[Due, ...]:
        """What the reference has still to give before a script can be sent."""
        return tuple({due.name: due for one in self.scripts for due in one.dues}.values())

    def due_job(self, file: File, budget: Budget) -> Job:
        """Return the job in which the reference alone gives those that wait for no other."""
        dues = [due for due in self.dues if not due.waits]
        known = {name for one in self.sought for name in one.names}
        names = dict.fromkeys(due.step.name.partition(".")[0] for due in dues)
        further = (Sought(names=(name,)) for name in names if name not in known)
        return msgspec.structs.replace(
            self.job_of((file,), budget),
            probes=(),
            scenarios=(),
            sought=(*self.sought, *further),
            scripts=tuple(due.script() for due in dues),
        )

    def given(self, values: Mapping[str, Value]) -> Plan:
        """Return the plan with values that the reference gave in place of what stood for them."""
        scripts = tuple(one.given(values) for one in self.scripts)
        return dataclasses.replace(self, scripts=scripts)

    def sha256(self) -> str:
        """Return a digest of everything that is run."""
        digest = hashlib.sha256(encode(self.job_of((), Budget())))
        for due in self.dues:
            digest.update(due.name.encode())
        digest.update(digest_of_files(self.exercise.alternatives))
        return digest.hexdigest()


def make_plan(exercise: Exercise, salt: bytes = b"", variant: int = 0) -> Plan:
    """Draw all data. ``salt`` makes hidden seeds unforeseeable even to who reads the spec.

    Each ``variant`` has hidden data of its own; what is public is the same in all.
    """
    drawn = f"{exercise.lab}#{variant}" if variant else exercise.lab
    seed = salted(exercise.hidden_seeds[0], salt, f"{drawn}/parts")
    scripts = plan_scripts(exercise.parts, exercise.public_seeds, seed)
    scripts = tuple(one.of_variant(variant) for one in scripts)
    require_fixtures(scripts, exercise.fixtures, stand_ins(exercise.calls, "calls").values())
    if not exercise.trains:
        return Plan(
            exercise=exercise,
            preset=Situation(data={}, start={}, learning_rate=0.0),
            public_probes=frozenset(),
            probes=(),
            scenarios=(),
            scripts=scripts,
            variant=variant,
        )
    preset = _situation(exercise, exercise.public_seeds[0], _PRESET)
    require_objective(exercise, preset)
    scenarios = [
        _scenario(exercise, seed, Variation(name=f"public-{seed}"), public=True)
        for seed in exercise.public_seeds
    ]
    for index, variation in enumerate(exercise.variations):
        seed = exercise.hidden_seeds[index % len(exercise.hidden_seeds)]
        hidden_seed = salted(seed, salt, f"{drawn}/{index}")
        scenarios.append(_scenario(exercise, hidden_seed, variation, public=False))
    scenarios.sort(key=lambda planned: planned.variation.isolated)
    public = _probes(exercise, exercise.public_seeds[0], "public", PUBLIC_ROWS)
    hidden_seed = salted(exercise.hidden_seeds[0], salt, drawn)
    hidden = _probes(exercise, hidden_seed, "hidden", HIDDEN_ROWS)
    probes = [
        probe
        for found in (public, hidden)
        for probe in sorted(found, key=lambda one: isinstance(one, CriterionProbe))
    ]
    return Plan(
        exercise=exercise,
        preset=preset,
        public_probes=frozenset(probe.id for probe in public),
        probes=tuple(probes),
        scenarios=tuple(scenarios),
        scripts=scripts,
        variant=variant,
    )


def salted(seed: int, salt: bytes, purpose: str) -> int:
    """Return the seed that a hidden one stands for in this course."""
    digest = hashlib.sha256(b"\0".join((salt, purpose.encode(), str(seed).encode()))).digest()
    return int.from_bytes(digest[:7], "little")


def _situation(exercise: Exercise, seed: int, variation: Variation) -> Situation:
    data = draw_data(exercise, seed, variation)
    start = draw_start(exercise, seed, variation)
    if variation.isolated:
        _shift_optimum(exercise, data, seed, sum(value.numel() for value in start.values()))
    return Situation(
        data={name: packed(values, whole=_whole(exercise)) for name, values in data.items()},
        start={name: packed(value) for name, value in start.items()},
        learning_rate=variation.learning_rate or exercise.learning_rate,
    )


def _shift_optimum(
    exercise: Exercise, data: dict[str, torch.Tensor], seed: int, count: int
) -> None:
    """Put the stand-ins' optimum where nobody can know it: add cosines of x to the targets."""
    inputs, targets = data[exercise.contract.inputs], data[exercise.contract.targets]
    if _whole(exercise) and not targets.is_floating_point():
        data[exercise.contract.targets] = _other_classes(exercise, inputs, targets, seed)
        return
    mixed = signal(inputs.float(), form_of(tuple(inputs.shape), tuple(targets.shape)))
    strengths = SHIFT * torch.randn(min(count, MOST_SHIFTS), generator=generator_of(seed + 2))
    for order, strength in enumerate(strengths, start=1):
        targets = targets + strength * torch.cos(order * mixed)
    data[exercise.contract.targets] = targets


def _whole(exercise: Exercise) -> bool:
    """Say whether whole numbers among the data stay what they are."""
    return outputs_of(exercise.contract) is not None


def _other_classes(
    exercise: Exercise, inputs: torch.Tensor, targets: torch.Tensor, seed: int
) -> torch.Tensor:
    """Return a class for each sample: the one of the largest of as many random waves."""
    (classes, *_) = outputs_of(exercise.contract) or (1,)
    mixed = signal(inputs.float(), form_of(tuple(inputs.shape), tuple(targets.shape)))
    source = generator_of(seed + 2)
    strengths = torch.randn((MOST_SHIFTS, classes), generator=source)
    phases = 2 * torch.pi * torch.rand((MOST_SHIFTS, classes), generator=source)
    waves = [
        strength * torch.cos(order * mixed.unsqueeze(-1) + phase)
        for order, (strength, phase) in enumerate(zip(strengths, phases, strict=True), start=1)
    ]
    return torch.stack(waves).sum(0).argmax(-1)


def _scenario(
    exercise: Exercise, seed: int, variation: Variation, *, public: bool
) -> PlannedScenario:
    scenario = Scenario(
        id=variation.name,
        kind="isolated" if variation.isolated else "own",
        situation=_situation(exercise, seed, variation),
        calls=variation.calls or (exercise.iterations,),
        phase="public" if public else "hidden",
        bound=stand_ins(exercise.calls, "calls") if variation.isolated else {},
    )
    _require_room(exercise, scenario)
    return PlannedScenario(
        scenario=scenario,
        public=public,
        variation=variation,
        keeps_best=exercise.contract.keeps_best is True,
        stops_early=exercise.contract.stops_early is True,
    )


def _require_room(exercise: Exercise, scenario: Scenario) -> None:
    """Check that all parameters can be recorded at every step: else nobody can judge the steps."""
    situation, calls = scenario.situation, scenario.calls
    count = sum(math.prod(array.shape) for array in situation.start.values())
    if count > MOST_PARAMETERS:
        problem = say("spec-parameters-many", n=count, most=MOST_PARAMETERS)
        raise SpecError("start", problem)
    steps = max(calls) * steps_per_iteration(exercise.contract, situation)
    most = rows_kept(situation, calls)
    if steps > most and most < Budget().recorded_steps:
        problem = say("spec-steps-many", count=count, steps=steps, most=most, calls=len(calls))
        raise SpecError(f"variations[{scenario.id!r}]", problem)


def _probes(exercise: Exercise, seed: int, phase: Phase, sizes: tuple[int, ...]) -> list[Probe]:
    """Draw forward and criterion probes of several sizes: no answer can be known beforehand."""
    data = draw_data(exercise, seed)
    inputs = [data[name] for name in inputs_of(exercise.contract)]
    targets, whole = data[exercise.contract.targets], _whole(exercise)
    y_tail = targets.shape[1:]
    yhat_tail = outputs_of(exercise.contract) or y_tail
    indices = whole and not all(values.is_floating_point() for values in inputs)
    if indices and exercise.forward_inputs is None:
        raise SpecError("forward_inputs", say("spec-whole-inputs"))
    shapes = {n: value.shape for n, value in draw_start(exercise, seed, _PRESET).items()}
    source = generator_of(seed + 1)

    def normal(shape: tuple[int, ...]) -> torch.Tensor:
        return PROBE_SCALE * torch.randn(shape, generator=source)

    probes: list[Probe] = []
    for rows in sizes:
        parameters = {name: packed(normal(shape)) for name, shape in shapes.items()}
        x = normal((rows, *inputs[0].shape[1:]))
        cotangent = normal((rows, *yhat_tail))
        yhat = normal((rows, *yhat_tail))
        if whole and not targets.is_floating_point():
            y = torch.randint(yhat_tail[0], (rows, *y_tail), generator=source)
        else:
            y = normal((rows, *y_tail))
        more = [normal((rows, *values.shape[1:])) for values in inputs[1:]]
        if exercise.forward_inputs:
            draw, count = exercise.forward_inputs, len(inputs)
            x, *more = draw_rows("forward_inputs", draw, source, rows, count=count)
        if exercise.criterion_inputs:
            yhat, y = draw_rows(
                "criterion_inputs", exercise.criterion_inputs, source, rows, count=2
            )
        probes += [
            ForwardProbe(
                id=f"forward-{phase}-{rows}",
                parameters=parameters,
                x=packed(x, whole=whole),
                cotangent=packed(cotangent),
                phase=phase,
                more=tuple(packed(values, whole=whole) for values in more),
            ),
            CriterionProbe(
                id=f"criterion-{phase}-{rows}",
                yhat=packed(yhat),
                y=packed(y, whole=whole),
                phase=phase,
            ),
        ]
    return probes
