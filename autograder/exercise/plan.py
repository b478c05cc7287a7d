"""Turn a spec into what is run: probes and scenarios with their data, public and hidden."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable

import torch

from autograder.errors import SpecError
from autograder.exercise.spec import Exercise, Variation
from autograder.protocol.array import Array, pack, unpack
from autograder.protocol.codec import encode
from autograder.protocol.job import (
    Budget,
    CriterionProbe,
    File,
    ForwardProbe,
    Job,
    Probe,
    Scenario,
    Situation,
)
from autograder.worker.standin import form_of, signal

MOST_SHIFTS = 8
_PRESET = Variation(name="preset")
PUBLIC_ROWS, HIDDEN_ROWS = (5,), (13, 31)
PROBE_SCALE = 4.0
SHIFT = 12.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class PlannedScenario:
    """A scenario, whether students may see its numbers, and how it differs from the lab's own."""

    scenario: Scenario
    public: bool
    variation: Variation


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """All probes and scenarios of a lab, in the order in which they are run."""

    exercise: Exercise
    preset: Situation
    public_probes: frozenset[str]
    probes: tuple[Probe, ...]
    scenarios: tuple[PlannedScenario, ...]

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
        """Return the job that observes what a student handed in."""
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
            budget=budget,
        )

    def sha256(self) -> str:
        """Return a digest of everything that is run."""
        return hashlib.sha256(encode(self.job_of((), Budget()))).hexdigest()


def make_plan(exercise: Exercise, salt: bytes = b"") -> Plan:
    """Draw all data. ``salt`` makes hidden seeds unforeseeable even to who reads the spec."""
    preset = _situation(exercise, exercise.public_seeds[0], _PRESET)
    _require_objective(exercise, preset)
    scenarios = [
        _scenario(exercise, seed, Variation(name=f"public-{seed}"), public=True)
        for seed in exercise.public_seeds
    ]
    for index, variation in enumerate(exercise.variations):
        seed = exercise.hidden_seeds[index % len(exercise.hidden_seeds)]
        salted = _salted(seed, salt, f"{exercise.lab}/{index}")
        scenarios.append(_scenario(exercise, salted, variation, public=False))
    scenarios.sort(key=lambda planned: planned.variation.isolated)
    public = _probes(exercise, exercise.public_seeds[0], "public", PUBLIC_ROWS)
    hidden_seed = _salted(exercise.hidden_seeds[0], salt, exercise.lab)
    hidden = _probes(exercise, hidden_seed, "hidden", HIDDEN_ROWS)
    probes = sorted((*public, *hidden), key=lambda probe: isinstance(probe, CriterionProbe))
    return Plan(
        exercise=exercise,
        preset=preset,
        public_probes=frozenset(probe.id for probe in public),
        probes=tuple(probes),
        scenarios=tuple(scenarios),
    )


def _salted(seed: int, salt: bytes, purpose: str) -> int:
    digest = hashlib.sha256(b"\0".join((salt, purpose.encode(), str(seed).encode()))).digest()
    return int.from_bytes(digest[:7], "little")


def _generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _draw(
    exercise: Exercise, seed: int, variation: Variation | None = None
) -> dict[str, torch.Tensor]:
    draw = (variation and variation.data) or exercise.data
    try:
        data = dict(draw(_generator(seed)))
    except Exception as error:  # the spec's code, not ours
        raise SpecError("data", f"raised {type(error).__name__}: {error}") from error
    for name, values in data.items():
        if not isinstance(values, torch.Tensor):
            raise SpecError("data", f"{name!r} is a {type(values).__name__}, not a tensor")
    for name in (exercise.contract.inputs, exercise.contract.targets):
        if not isinstance(data.get(name), torch.Tensor):
            raise SpecError("data", f"must return a tensor {name!r}")
    return data


def _start(exercise: Exercise, seed: int, variation: Variation) -> dict[str, torch.Tensor]:
    """Return the start values as float32 tensors; raises SpecError where they cannot be drawn."""
    given = exercise.start
    try:
        values = dict(given(_generator(seed + 3))) if callable(given) else dict(given)
        drawn = set(values)
        values |= variation.start or {}
        found = {n: torch.as_tensor(v, dtype=torch.float32).detach() for n, v in values.items()}
    except Exception as error:  # the spec's code, not ours
        raise SpecError("start", f"raised {type(error).__name__}: {error}") from error
    unknown = sorted(set(found) - drawn)
    if unknown or not found:
        problem = f"{unknown} are not among the lab's parameters" if unknown else "is empty"
        raise SpecError(f"variations[{variation.name!r}].start", problem)
    for name, value in found.items():
        if not torch.isfinite(value).all():
            raise SpecError("start", f"{name!r} holds a value that is not finite")
    return found


def _situation(exercise: Exercise, seed: int, variation: Variation) -> Situation:
    data = _draw(exercise, seed, variation)
    start = _start(exercise, seed, variation)
    if variation.isolated:
        _shift_optimum(exercise, data, seed, sum(value.numel() for value in start.values()))
    return Situation(
        data={name: _packed(values) for name, values in data.items()},
        start={name: _packed(value) for name, value in start.items()},
        learning_rate=variation.learning_rate or exercise.learning_rate,
    )


def _shift_optimum(
    exercise: Exercise, data: dict[str, torch.Tensor], seed: int, count: int
) -> None:
    """Put the stand-ins' optimum where nobody can know it: add cosines of x to the targets."""
    inputs, targets = data[exercise.contract.inputs], data[exercise.contract.targets]
    mixed = signal(inputs, form_of(tuple(inputs.shape), tuple(targets.shape)))
    strengths = SHIFT * torch.randn(min(count, MOST_SHIFTS), generator=_generator(seed + 2))
    if mixed.shape == targets.shape:
        for order, strength in enumerate(strengths, start=1):
            targets = targets + strength * torch.cos(order * mixed)
    data[exercise.contract.targets] = targets


def _require_objective(exercise: Exercise, preset: Situation) -> None:
    """Raise SpecError where the objective gives no number in the lab's own situation."""
    parameters = {name: _tensor(array) for name, array in preset.start.items()}
    data = {name: _tensor(array) for name, array in preset.data.items()}
    try:
        loss = exercise.objective(parameters, data)
    except Exception as error:  # the spec's code, not ours
        raise SpecError("objective", f"raised {type(error).__name__}: {error}") from error
    if not isinstance(loss, torch.Tensor) or loss.ndim:
        found = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else repr(loss)
        raise SpecError("objective", f"must return a tensor with one number, not {found}")


def _scenario(
    exercise: Exercise, seed: int, variation: Variation, *, public: bool
) -> PlannedScenario:
    scenario = Scenario(
        id=variation.name,
        kind="isolated" if variation.isolated else "own",
        situation=_situation(exercise, seed, variation),
        calls=variation.calls or (exercise.iterations,),
    )
    return PlannedScenario(scenario=scenario, public=public, variation=variation)


def _probes(exercise: Exercise, seed: int, label: str, sizes: tuple[int, ...]) -> list[Probe]:
    """Draw forward and criterion probes of several sizes: no answer can be known beforehand."""
    data = _draw(exercise, seed)
    x_tail = data[exercise.contract.inputs].shape[1:]
    y_tail = data[exercise.contract.targets].shape[1:]
    shapes = {n: value.shape for n, value in _start(exercise, seed, _PRESET).items()}
    source = _generator(seed + 1)

    def normal(shape: tuple[int, ...]) -> torch.Tensor:
        return PROBE_SCALE * torch.randn(shape, generator=source)

    probes: list[Probe] = []
    for rows in sizes:
        parameters = {name: _packed(normal(shape)) for name, shape in shapes.items()}
        x = normal((rows, *x_tail))
        cotangent = normal((rows, *y_tail))
        yhat, y = normal((rows, *y_tail)), normal((rows, *y_tail))
        if exercise.forward_inputs:
            (x,) = _drawn("forward_inputs", exercise.forward_inputs, source, rows, count=1)
        if exercise.criterion_inputs:
            yhat, y = _drawn("criterion_inputs", exercise.criterion_inputs, source, rows, count=2)
        probes += [
            ForwardProbe(
                id=f"forward-{label}-{rows}",
                parameters=parameters,
                x=_packed(x),
                cotangent=_packed(cotangent),
            ),
            CriterionProbe(id=f"criterion-{label}-{rows}", yhat=_packed(yhat), y=_packed(y)),
        ]
    return probes


def _drawn(
    key: str, draw: Callable[..., object], source: torch.Generator, rows: int, *, count: int
) -> tuple[torch.Tensor, ...]:
    """Return what the spec draws for a probe; raises SpecError where it is not ``rows`` long."""
    try:
        drawn = draw(source, rows)
        values = drawn if isinstance(drawn, tuple) else (drawn,)
        tensors = tuple(value for value in values if isinstance(value, torch.Tensor))
        sizes = {len(value) for value in tensors}
    except Exception as error:  # the spec's code, not ours
        raise SpecError(key, f"raised {type(error).__name__}: {error}") from error
    if sizes != {rows} or not len(tensors) == len(values) == count:
        kind = "a tensor" if count == 1 else f"{count} tensors"
        raise SpecError(key, f"must return {kind}, with {rows} rows when asked for {rows}")
    return tensors


def _tensor(array: Array) -> torch.Tensor:
    return torch.from_numpy(unpack(array))


def _packed(values: torch.Tensor) -> Array:
    return pack(values.detach().double().numpy(), dtype="f4")
