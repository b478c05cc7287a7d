"""Specs of nn.Module labs: wrong contracts are refused, starts may be arrays or drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Exercise, Module, Variation
from autograder.exercise.loader import load_exercise
from autograder.exercise.plan import HIDDEN_ROWS, PUBLIC_ROWS, Plan, make_plan
from autograder.protocol.array import unpack
from autograder.protocol.job import CriterionProbe, ForwardProbe, Situation, steps_per_iteration

from .specs import line, spec_text, write_spec

MODULE = Module(model_class=("Line",), inputs="X", targets="Y")
FIELDS = {"dataset": "('points',)", "loader": "('loader',)", "batch_size": "2"}


def contract(**changes: str | None) -> str:
    """Return the text of a contract with a dataset, some fields changed; None leaves one out."""
    fields = {"model_class": "('Line',)", "targets": "'Y'", **FIELDS, **changes}
    given = ", ".join(f"{name}={value}" for name, value in fields.items() if value is not None)
    return f"Module({given})"


def load(folder: Path, text: str) -> Exercise:
    spec = spec_text({"contract": text})
    imports = spec.replace("import Exercise, Functions", "import Exercise, Functions, Module")
    return load_exercise(write_spec(folder, imports))


def test_the_unchanged_contract_loads(tmp_path: Path) -> None:
    exercise = load(tmp_path, contract())
    assert exercise.batch_size == 2


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"model_class": "()"}, "contract.model_class"),
        ({"model_class": "'Line'"}, "contract.model_class"),
        ({"model_class": "('Line', 3)"}, "contract.model_class"),
        ({"criterion": "()"}, "contract.criterion"),
        ({"criterion": "'criterion'"}, "contract.criterion"),
        ({"train_model": "['train']"}, "contract.train_model"),
        ({"losses": "'LOSS'"}, "contract.losses"),
        ({"learning_rate": "()"}, "contract.learning_rate"),
        ({"dataset": None}, "contract.loader"),
        ({"dataset": None, "loader": None}, "contract.batch_size"),
        ({"batch_size": None}, "contract.batch_size"),
        ({"batch_size": "0"}, "contract.batch_size"),
        ({"batch_size": "1.0"}, "contract.batch_size"),
        ({"batch_size": "True"}, "contract.batch_size"),
    ],
)
def test_a_wrong_contract_is_refused_with_file_and_key(
    tmp_path: Path, changes: dict[str, str | None], key: str
) -> None:
    with pytest.raises(SpecError) as caught:
        load(tmp_path, contract(**changes))
    assert caught.value.key == key
    path = tmp_path / "reference" / "line" / "exercise.py"
    assert str(caught.value).startswith(f"{path}: {key}: ")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"model": "'model'"}, "contract.model"),
        ({"model": "()"}, "contract.model"),
        ({"optimizer": "'optimizer'"}, "contract.optimizer"),
        ({"optimizer": "()"}, "contract.optimizer"),
        ({"dataset": "'points'"}, "contract.dataset"),
        ({"loader": "'loader'"}, "contract.loader"),
        ({"inputs": "('X',)"}, "contract.inputs"),
        ({"targets": "3"}, "contract.targets"),
        ({"arguments": "1"}, "contract.arguments"),
        ({"arguments": "([1],)"}, "contract.arguments"),
    ],
)
def test_names_and_arguments_of_wrong_types_are_refused_with_file_and_key(
    tmp_path: Path, changes: dict[str, str | None], key: str
) -> None:
    """A name without its comma is a tuple of letters to whoever goes through it."""
    with pytest.raises(SpecError) as caught:
        load(tmp_path, contract(**changes))
    assert caught.value.key == key


def test_a_dataset_needs_no_loader(tmp_path: Path) -> None:
    assert load(tmp_path, contract(loader=None)).batch_size == 2


def test_loss_recorded_is_refused_where_an_iteration_has_several_batches(tmp_path: Path) -> None:
    points = {"points": "{'forward': 1, 'loss_recorded': 1}"}
    text = spec_text({**points, "contract": contract()}).replace("Functions,", "Functions, Module,")
    with pytest.raises(SpecError, match="several batches") as caught:
        load_exercise(write_spec(tmp_path, text))
    assert caught.value.key == "points['loss_recorded']"
    line(contract=MODULE, points={"forward": 1, "loss_recorded": 1})


@pytest.mark.parametrize(("size", "steps"), [(1, 6), (2, 3), (4, 2), (6, 1), (100, 1)])
def test_an_iteration_takes_a_step_a_batch(size: int, steps: int) -> None:
    batches = Module(
        model_class=("Line",), dataset=("points",), batch_size=size, inputs="X", targets="Y"
    )
    plan = make_plan(line(contract=batches))
    assert steps_per_iteration(batches, plan.preset) == steps
    assert steps_per_iteration(MODULE, plan.preset) == 1


# Start values


def start_of(situation: Situation) -> dict[str, list[float]]:
    return {name: unpack(array).reshape(-1).tolist() for name, array in situation.start.items()}


def scenario_starts(plan: Plan) -> dict[str, dict[str, list[float]]]:
    return {p.scenario.id: start_of(p.scenario.situation) for p in plan.scenarios}


@pytest.mark.parametrize(
    "weight",
    [[[1.5, -2.0]], ((1.5, -2.0),), torch.tensor([[1.5, -2.0]]), np.array([[1.5, -2.0]])],
    ids=["list", "tuple", "tensor", "array"],
)
def test_start_values_may_be_arrays(weight: object) -> None:
    exercise = line(contract=MODULE, start={"w": weight, "b": [3.0]})
    plan = make_plan(exercise)
    start = plan.preset.start
    assert {name: array.shape for name, array in start.items()} == {"w": (1, 2), "b": (1,)}
    assert {array.dtype for array in start.values()} == {"f4"}
    assert start_of(plan.preset) == {"w": [1.5, -2.0], "b": [3.0]}
    assert scenario_starts(plan)["own"] == {"w": [1.5, -2.0], "b": [5.0]}


def test_probes_set_parameters_of_the_shape_of_the_start() -> None:
    plan = make_plan(line(contract=MODULE, start={"w": [[1.0, 2.0]], "b": [0.0]}))
    for probe in plan.probes:
        if isinstance(probe, ForwardProbe):
            assert {n: a.shape for n, a in probe.parameters.items()} == {"w": (1, 2), "b": (1,)}


def test_the_dtype_of_a_start_is_the_labs() -> None:
    plan = make_plan(
        line(contract=MODULE, start={"w": torch.tensor([1], dtype=torch.int64), "b": 0})
    )
    assert {array.dtype for array in plan.preset.start.values()} == {"f4"}


@pytest.mark.parametrize(
    ("start", "key"),
    [
        ({"w": [1.0, float("nan")], "b": 0.0}, "start['w']"),
        ({"w": [[1.0], [2.0, 3.0]], "b": 0.0}, "start['w']"),
        ({"w": "ten", "b": 0.0}, "start['w']"),
        ({"w": None, "b": 0.0}, "start['w']"),
        ({"w": 1.0, "b": {"x": 1}}, "start['b']"),
        ({}, "start"),
        ([1.0, 2.0], "start"),
    ],
)
def test_a_start_that_is_no_number_or_array_is_refused(start: object, key: str) -> None:
    with pytest.raises(SpecError) as caught:
        line(contract=MODULE, start=start)
    assert caught.value.key == key


def drawn(generator: torch.Generator) -> dict[str, torch.Tensor]:
    return {"w": torch.randn(1, 2, generator=generator), "b": torch.randn(1, generator=generator)}


def test_a_start_may_be_drawn_for_each_scenario() -> None:
    plan = make_plan(line(contract=MODULE, start=drawn))
    starts = scenario_starts(plan)
    weights = [tuple(start["w"]) for start in starts.values()]
    assert len(set(weights)) == len(weights), "each scenario draws its own"
    assert starts["own"]["b"] == [5.0], "a variation replaces some"
    assert starts["public-1"] == start_of(plan.preset)


def test_a_drawn_start_depends_on_seed_and_salt_as_data_do() -> None:
    exercise = line(contract=MODULE, start=drawn)
    plain, salted = scenario_starts(make_plan(exercise)), scenario_starts(make_plan(exercise, b"s"))
    assert plain == scenario_starts(make_plan(exercise))
    assert plain["public-1"] == salted["public-1"]
    assert plain["isolated"] != salted["isolated"]


def test_a_drawn_start_shares_no_number_with_the_data() -> None:
    def noise(generator: torch.Generator) -> dict[str, torch.Tensor]:
        return {"X": torch.zeros(2, 1), "Y": torch.randn(2, 1, generator=generator)}

    preset = make_plan(line(contract=MODULE, data=noise, start=drawn)).preset
    numbers = {*start_of(preset)["w"], *start_of(preset)["b"]}
    assert not numbers & set(unpack(preset.data["Y"]).reshape(-1).tolist())


@pytest.mark.parametrize(
    ("start", "key", "problem"),
    [
        (lambda generator: 1 / 0, "start", "raised ZeroDivisionError"),
        (lambda generator: None, "start", "raised TypeError"),
        (lambda generator: {"w": "ten", "b": 0.0}, "start", "raised"),
        (lambda generator: {"w": torch.tensor(float("inf")), "b": 0.0}, "start", "not finite"),
        (lambda generator: {"w": torch.zeros(1)}, "variations['own'].start", "['b'] are not among"),
    ],
    ids=["raises", "nothing", "text", "infinite", "parameter missing"],
)
def test_a_start_that_cannot_be_drawn_is_refused_when_planning(
    start: Callable[[torch.Generator], object], key: str, problem: str
) -> None:
    exercise = line(contract=MODULE, start=start)
    with pytest.raises(SpecError) as caught:
        make_plan(exercise)
    assert caught.value.key == key
    assert problem in str(caught.value)


def test_a_start_drawn_empty_is_refused() -> None:
    only_isolated = (Variation(name="own"), Variation(name="isolated", isolated=True))
    exercise = line(contract=MODULE, start=lambda generator: {}, variations=only_isolated)
    with pytest.raises(SpecError, match="is empty"):
        make_plan(exercise)


# Inputs of probes


def positive(generator: torch.Generator, rows: int) -> torch.Tensor:
    return 10.0 + torch.rand((rows, 1), generator=generator)


def pair(generator: torch.Generator, rows: int) -> tuple[torch.Tensor, torch.Tensor]:
    return positive(generator, rows), -positive(generator, rows)


def test_probes_are_drawn_by_the_spec_where_it_says_how() -> None:
    plan = make_plan(line(forward_inputs=positive, criterion_inputs=pair))
    rows = []
    for probe in plan.probes:
        if isinstance(probe, CriterionProbe):
            assert unpack(probe.yhat).min() >= 10.0
            assert unpack(probe.y).max() <= -10.0
        else:
            assert unpack(probe.x).min() >= 10.0
            rows.append(len(unpack(probe.x)))
    assert sorted(rows) == sorted(PUBLIC_ROWS + HIDDEN_ROWS)


@pytest.mark.parametrize(
    ("key", "draw", "problem"),
    [
        ("forward_inputs", lambda g, rows: torch.zeros(rows + 1, 1), "5 rows"),
        ("forward_inputs", lambda g, rows: None, "5 rows"),
        ("forward_inputs", lambda g, rows: 1 / 0, "raised ZeroDivisionError"),
        ("criterion_inputs", lambda g, n: (torch.zeros(n), torch.zeros(n + 1)), "5 rows"),
        ("criterion_inputs", lambda g, n: (torch.zeros(3), torch.zeros(3)), "5 rows"),
        ("criterion_inputs", lambda g, n: (), "5 rows"),
        ("criterion_inputs", lambda g: None, "raised TypeError"),
    ],
)
def test_inputs_of_a_wrong_length_are_refused(
    key: str, draw: Callable[..., object], problem: str
) -> None:
    with pytest.raises(SpecError, match=problem) as caught:
        make_plan(line(**{key: draw}))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("key", "draw"),
    [
        ("criterion_inputs", lambda g, n: torch.zeros(n)),
        ("criterion_inputs", lambda g, n: (torch.zeros(n),)),
        ("criterion_inputs", lambda g, n: (torch.zeros(n),) * 3),
        ("criterion_inputs", lambda g, n: (torch.zeros(n), [0.0] * n)),
        ("forward_inputs", lambda g, n: (torch.zeros(n, 1), torch.zeros(n, 1))),
    ],
    ids=["no pair", "one", "three", "a list", "a pair for forward"],
)
def test_inputs_of_a_wrong_kind_are_refused(key: str, draw: Callable[..., object]) -> None:
    with pytest.raises(SpecError) as caught:
        make_plan(line(**{key: draw}))
    assert caught.value.key == key


@pytest.mark.parametrize("key", ["forward_inputs", "criterion_inputs"])
def test_inputs_that_are_no_function_are_refused(key: str) -> None:
    with pytest.raises(SpecError) as caught:
        line(**{key: torch.zeros(5, 1)})
    assert caught.value.key == key
