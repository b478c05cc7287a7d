"""Running student code in this process changes it; every test here gives it back unchanged."""

from __future__ import annotations

import builtins
import contextlib
import logging
import random
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import msgspec
import numpy as np
import pytest
import torch

from autograder.course.folder import Course
from autograder.exercise.plan import Plan
from autograder.grading.lab import load_lab
from autograder.protocol.job import Budget
from autograder.protocol.trace import Loading
from autograder.worker.cells import read_document
from autograder.worker.furnish import furnish
from autograder.worker.limit import ALARMS
from autograder.worker.namespace import load, new_namespace
from autograder.worker.observe import observe
from autograder.worker.patch import Patches

from .observation import Observation, frames_of

ROOT = Path(__file__).resolve().parents[2]
BUDGET = Budget(cells_seconds=20.0, call_seconds=10.0)
Run = Callable[..., Observation]
Look = Callable[..., Loading]


@pytest.fixture(autouse=True)
def unchanged_process(tmp_path: Path) -> Iterator[None]:
    """Give back what observing replaces: __main__, get_ipython, the alarm, random states.

    Code runs in a folder of its own.
    """
    main = sys.modules["__main__"]
    handlers = {number: signal.getsignal(number) for number in ALARMS}
    shell = getattr(builtins, "get_ipython", None)
    names = ("stdout", "stderr", "__stdout__", "__stderr__")
    streams, backend = {name: vars(sys)[name] for name in names}, mpl.rcParams["backend"]
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    mpl.use("module://autograder.worker.blank")
    with contextlib.chdir(tmp_path):
        yield
    for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
    for number, handler in handlers.items():
        signal.signal(number, handler)
    sys.modules["__main__"] = main
    vars(sys).update(streams)
    if shell is None:
        vars(builtins).pop("get_ipython", None)
    else:
        builtins.get_ipython = shell  # type: ignore[attr-defined]  # as IPython does
    logging.disable(logging.NOTSET)
    torch.set_grad_enabled(True)
    mpl.rcParams["backend"] = backend
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(states[2])


@pytest.fixture
def furnished() -> Iterator[None]:
    """Let the test's code find what it finds in the sandbox."""
    patches = Patches()
    furnish(patches)
    yield
    patches.undo()


@pytest.fixture(scope="session", autouse=True)
def warm() -> None:
    """Build an optimizer before any time limit: the first one imports torch._dynamo."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.optim.SGD([torch.zeros((), requires_grad=True)], lr=0.1)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The real plan of lab slope."""
    return load_lab(Course(ROOT), "slope").plan


@pytest.fixture
def run(plan: Plan) -> Run:
    """Return a function that observes a source in this process."""

    def observed(
        source: str | bytes, *, filename: str = "slope.py", budget: Budget = BUDGET
    ) -> Observation:
        data = source if isinstance(source, bytes) else source.encode()
        frames: list[msgspec.Struct] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as the worker's entry does
            observe(plan.job(filename, data, budget), frames.append)
        return frames_of(frames)

    return observed


@pytest.fixture
def look(plan: Plan) -> Look:
    """Return a function that runs a source's cells in this process, and calls nothing."""

    def looked(source: str, *, filename: str = "slope.py", budget: Budget = BUDGET) -> Loading:
        job = plan.job(filename, source.encode(), budget)
        namespace = new_namespace(job.contract, job.preset, job.inert)
        cells = read_document(filename, source.encode()).cells
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # as the worker's entry does
            return load(cells, namespace, job.contract, budget, job.preset.start)

    return looked
