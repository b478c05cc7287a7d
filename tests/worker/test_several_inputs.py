"""A forward of several inputs is probed, trained and replaced with all of them, in order."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from autograder.errors import SpecError
from autograder.exercise import Exercise, Functions, Module, Variation
from autograder.exercise.plan import make_plan
from autograder.protocol.array import unpack
from autograder.protocol.job import Budget, ForwardProbe
from autograder.worker.observe import observe

from .observation import Observation, frames_of

HEAD = (
    "import torch\nfrom torch import nn\nA, B, Y = torch.ones(5, 2), torch.ones(5), torch.ones(5)\n"
)
NET = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.u = nn.Parameter(torch.ones(2))
        self.v = nn.Parameter(torch.ones(1))
    def forward(self, a, b):
        return a @ self.u + self.v * b
criterion = nn.MSELoss()
net = Net()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
def train(n):
    for _ in range(n):
        optimizer.zero_grad()
        criterion(net(A, B), Y).backward()
        optimizer.step()
"""


def _data(generator: torch.Generator) -> dict[str, torch.Tensor]:
    A, B = torch.randn((5, 2), generator=generator), torch.randn(5, generator=generator)
    return {"A": A, "B": B, "Y": A[:, 0] - B}


def _objective(parameters: Any, data: Any) -> torch.Tensor:
    apart = data["A"] @ parameters["u"] + parameters["v"] * data["B"] - data["Y"]
    result: torch.Tensor = (apart**2).mean()
    return result


EXERCISE = Exercise(
    lab="small",
    title="Two",
    contract=Module(
        model_class=("Net",), train_model=("train",), inputs="A", more_inputs=("B",), targets="Y"
    ),
    data=_data,
    objective=_objective,
    start={"u": [1.0, -1.0], "v": [0.5]},
    learning_rate=0.1,
    iterations=3,
    public_seeds=(1,),
    hidden_seeds=(10,),
    variations=(Variation(name="own"), Variation(name="isolated", isolated=True)),
    points={"forward": 1, "final_parameters": 1},
)
PLAN = make_plan(EXERCISE)


@pytest.fixture(autouse=True)
def _main(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker makes a module for the submission."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


def run(source: str) -> Observation:
    frames: list[msgspec.Struct] = []
    job = PLAN.job("small.py", (HEAD + source).encode(), Budget(call_seconds=2.0))
    observe(job, frames.append)
    return frames_of(frames)


def test_each_probe_has_all_inputs_in_the_shapes_of_the_data() -> None:
    found = run(NET)
    for probe in PLAN.probes:
        if isinstance(probe, ForwardProbe):
            (more,) = probe.more
            assert more.shape == probe.x.shape[:1]
            u, v = (unpack(probe.parameters[name]) for name in ("u", "v"))
            value = found.probes[probe.id].value
            assert value is not None
            wanted = unpack(probe.x) @ u + v * unpack(more)
            np.testing.assert_allclose(unpack(value), wanted, rtol=1e-4, atol=1e-4)


def test_training_goes_through_own_and_isolated_situations() -> None:
    found, named = run(NET), run(NET.replace("net(A, B)", "net(a=A, b=B)"))
    assert not found.failures()
    for name in ("public-1", "own", "isolated"):
        ends = [one.scenarios[name].calls[-1].parameters for one in (found, named)]
        assert ends[0] == ends[1]
        assert any(unpack(ends[0][key]).tolist() != EXERCISE.start[key] for key in ("u", "v"))  # type: ignore[index]  # a dict


def test_a_forward_of_one_input_is_told_so() -> None:
    lost = run(NET.replace("a, b):", "a):").replace(" + self.v * b", ""))
    assert {one.kind for one in lost.probe_failures("forward") if one} == {"signature"}


@pytest.mark.parametrize(
    ("contract", "key"),
    [
        (Functions(more_inputs=()), "contract.more_inputs"),
        (Functions(more_inputs=("X",)), "contract.more_inputs"),
        (Functions(more_inputs=("Y",)), "contract.more_inputs"),
        (Functions(more_inputs="B"), "contract.more_inputs"),  # type: ignore[arg-type]
        (
            Module(
                model_class=("Net",),
                more_inputs=("B",),
                dataset=("data",),
                loader=("loader",),
                batch_size=2,
            ),
            "contract.more_inputs",
        ),
    ],
)
def test_inputs_that_cannot_be_several_are_refused(contract: Any, key: str) -> None:
    with pytest.raises(SpecError) as caught:
        dataclasses.replace(EXERCISE, contract=contract)
    assert caught.value.key == key


def test_an_input_that_data_lack_is_named() -> None:
    contract = msgspec.structs.replace(EXERCISE.contract, more_inputs=("C",))
    with pytest.raises(SpecError, match="'C'"):
        make_plan(dataclasses.replace(EXERCISE, contract=contract))
