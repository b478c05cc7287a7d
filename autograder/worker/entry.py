"""The worker's front door: what a zygote imports by name, warms up once and runs in each child."""

from __future__ import annotations

import gc
import importlib
import os
import warnings
from collections.abc import Iterable
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import msgspec
import torch

from autograder.protocol.array import pack
from autograder.protocol.codec import decode_job, decode_share, encode_frame
from autograder.protocol.job import File, ForwardProbe, Functions, Job, Scenario, Situation
from autograder.worker.blank import BACKEND, skip_layout
from autograder.worker.console import meter_output
from autograder.worker.furnish import furnish
from autograder.worker.heap import use_up_holes
from autograder.worker.inert import silence_notebook_tools
from autograder.worker.observe import observe
from autograder.worker.patch import Patches
from autograder.worker.statements import to_python
from autograder.worker.undrawn import remember_loaded

_SITUATION = Situation(
    data={"X": pack([[1.0], [2.0]], dtype="f4"), "Y": pack([[1.0], [2.0]], dtype="f4")},
    start={"w": pack(0.0, dtype="f4")},
    learning_rate=0.1,
)
WARM_JOB = Job(
    files=(
        File(
            name="warm.py",
            data=b"""\
import torch
import matplotlib.pyplot as plt
import numpy as np

def forward(x):
    return torch.cos(w.data) + x

def criterion(yhat, y):
    return (yhat + y).abs().sum().detach()

def train_model(n):
    for _ in range(n):
        LOSS.append(criterion(forward(X), Y).item() + lr)
        with torch.no_grad():
            w.add_(1000 * lr * torch.cosh(torch.sin(w)))
""",
        ),
    ),
    contract=Functions(),
    preset=_SITUATION,
    inert=(),
    probes=(
        ForwardProbe(
            id="f",
            parameters=_SITUATION.start,
            x=_SITUATION.data["X"],
            cotangent=_SITUATION.data["Y"],
        ),
    ),
    scenarios=(Scenario(id="own", kind="own", situation=_SITUATION, calls=(2,)),),
)
"""A job that takes the usual ways through the worker, short of backward(). No lab's solution."""


def warm_up() -> None:
    """Import and build what would be slow in every child. Never runs an op on several threads.

    The first optimizer built in a process imports torch._dynamo and sympy. No backward is run:
    the autograd engine must start in the child.
    """
    silence_notebook_tools()
    for name in ("IPython.display", "torch._dynamo"):  # many a file asks for them: slow to load
        importlib.import_module(name)
    furnish(Patches())
    mpl.use(BACKEND)
    skip_layout()
    _draw_once()
    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    model = torch.nn.Linear(1, 1)
    torch.optim.SGD(model.parameters(), lr=0.1)
    torch.optim.Adam(model.parameters(), lr=0.1)
    torch.nn.functional.mse_loss(model(torch.ones(2, 1)), torch.ones(2, 1))
    warnings.simplefilter("ignore")
    to_python("%matplotlib inline")
    frames: list[msgspec.Struct] = []
    observe(WARM_JOB, frames.append)
    remember_loaded()
    gc.collect()
    gc.freeze()
    use_up_holes()


def _draw_once() -> None:
    """Make what most pictures have, so that fonts, scales and styles are looked up here."""
    for place in (211, 212):
        plt.subplot(place)
        plt.plot([0.0, 1.0], [0.0, 1.0], "o-", label="line")
        plt.title("title")
        plt.legend()
    plt.close("all")


def run(payload: bytes, descriptor: int, further: Iterable[bytes]) -> None:
    """Observe the job in ``payload``; write its frames to ``descriptor`` as they come.

    ``further`` gives what is hidden, one thing after another: none before the frames of the one
    before it are written.
    """
    job = decode_job(payload)
    meter_output(job.budget.output_bytes)

    def send(frame: msgspec.Struct) -> None:
        data = memoryview(encode_frame(frame))
        while data:
            data = data[os.write(descriptor, data) :]

    observe(job, send, Path.cwd(), map(decode_share, further))
