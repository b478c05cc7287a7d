"""What the worker sent, sorted by kind, and sources of slope submissions to vary."""

from __future__ import annotations

import dataclasses
import json

import msgspec
import numpy as np

from autograder.judge.compare import Values
from autograder.protocol.array import unpack
from autograder.protocol.codec import encode_frame
from autograder.protocol.trace import (
    Done,
    Failure,
    Listing,
    Loading,
    ProbeRecord,
    ScenarioRecord,
    Spent,
)

FORWARD = "def forward(x):\n    return w * x\n"
CRITERION = "def criterion(yhat, y):\n    return torch.mean((yhat - y) ** 2)\n"
GLOBALS = """\
import torch
X = torch.arange(-3, 3, 0.1).view(-1, 1)
Y = -3 * X
w = torch.tensor(-10.0, requires_grad=True)
lr = 0.1
LOSS = []
"""
TRAIN = """\
def train_model(iterations):
    for _ in range(iterations):
        loss = criterion(forward(X), Y)
        LOSS.append(loss.item())
        loss.backward()
        w.data = w.data - lr * w.grad.data
        w.grad.data.zero_()
"""


def script(
    *, top: str = GLOBALS, forward: str = FORWARD, criterion: str = CRITERION, train: str = TRAIN
) -> str:
    """Return a right submission with some parts replaced."""
    return f"{top}\n{forward}\n{criterion}\n{train}"


def notebook(*sources: str | list[str], markdown: tuple[str, ...] = ()) -> str:
    """Return a notebook of version 4: markdown cells first, then code cells."""
    cells: list[dict[str, object]] = [
        {"cell_type": "markdown", "metadata": {}, "source": text} for text in markdown
    ]
    cells += [
        {
            "cell_type": "code",
            "metadata": {},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Observation:
    """All frames of one run."""

    loading: Loading
    probes: dict[str, ProbeRecord]
    scenarios: dict[str, ScenarioRecord]
    done: bool
    sent: bytes
    listing: Listing | None = None

    def failures(self) -> list[Failure]:
        """Return the failures of probes and scenarios."""
        records = [*self.probes.values(), *self.scenarios.values()]
        return [record.failure for record in records if record.failure is not None]

    def probe_failures(self, role: str) -> list[Failure | None]:
        """Return the outcome of each probe of a role."""
        return [r.failure for name, r in self.probes.items() if name.startswith(role)]

    def ends(self) -> dict[str, list[float]]:
        """Return w after each call of each scenario."""
        return {
            name: [float(unpack(call.parameters["w"]).reshape(())) for call in record.calls]
            for name, record in self.scenarios.items()
        }

    def losses(self, name: str = "public-1") -> Values:
        """Return the losses recorded by a scenario's last call."""
        record = self.scenarios[name].calls[-1].losses
        assert record is not None
        return unpack(record.values)


def frames_of(frames: list[msgspec.Struct]) -> Observation:
    """Sort the frames; require that they can travel."""
    frames = [frame for frame in frames if not isinstance(frame, Spent)]
    sent = b"".join(map(encode_frame, frames))
    listing = next((frame for frame in frames if isinstance(frame, Listing)), None)
    frames = [frame for frame in frames if not isinstance(frame, Listing)]
    loading = frames[0]
    assert isinstance(loading, Loading)
    return Observation(
        loading=loading,
        probes={frame.id: frame for frame in frames if isinstance(frame, ProbeRecord)},
        scenarios={frame.id: frame for frame in frames if isinstance(frame, ScenarioRecord)},
        done=frames[-1] == Done(),
        sent=sent,
        listing=listing,
    )


def assert_same_training(observed: Observation, expected: Observation) -> None:
    """Require the same parameters and losses in all scenarios, but for rounding."""
    failures = observed.failures()
    assert not failures, failures
    for name, ends in expected.ends().items():
        np.testing.assert_allclose(observed.ends()[name], ends, rtol=1e-5)
        np.testing.assert_allclose(observed.losses(name), expected.losses(name), rtol=1e-4)
