"""Check a student's file: run its cells here, then judge what they define. Help, never a grade.

It is the student's own code on the student's own machine: there is no sandbox, and nothing that
only Linux has. Cells run as they do while grading: a broken one costs only what it would have
defined, plots draw nothing, and ``check(...)`` in the file says nothing twice.
"""

from __future__ import annotations

import builtins
import contextlib
import hashlib
import os
import platform
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
import torch

import autograder
from autograder.errors import CourseError
from autograder.exercise.published import Published
from autograder.judge import words
from autograder.judge.plots import needs_real_plots
from autograder.judge.result import CheckResult, Diagnosis, Status
from autograder.judge.status import message_of, notes_of, status_of
from autograder.notebook.card import HELP, Card
from autograder.notebook.hush import hushed
from autograder.notebook.pictures import Drawn
from autograder.notebook.preserve import global_state
from autograder.notebook.public import BUDGET, judge_live
from autograder.notebook.versions import version_notes
from autograder.protocol.job import VERSION, Functions
from autograder.protocol.trace import Failure, Loading, Trace
from autograder.worker.blank import blank_plots
from autograder.worker.cells import Cell, Unreadable, read_cells
from autograder.worker.inert import silence_notebook_tools
from autograder.worker.marks import Marks
from autograder.worker.namespace import load, new_namespace
from autograder.worker.rewrite import MARKS
from autograder.worker.undrawn import undrawn_plots
from autograder.worker.writing import lost_writes


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """What ``autograder check --json`` prints: the keys of a grade, and ``help``, which is none.

    ``student`` is empty: nobody hands anything in here. ``exercise_sha256`` is that of the spec
    and the reference that the lab's public numbers were made of.
    """

    student: str = ""
    assignment: str
    status: Status
    score: float
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...] = ()
    departure: str = ""
    message: str
    notes: tuple[str, ...]
    isolation: Literal["none"] = "none"
    seconds: float
    reused: bool = False
    submission_sha256: str
    exercise_sha256: str
    versions: dict[str, str]
    trace: str = ""
    handed_in: bool = True
    review: tuple[str, ...] = ()
    help: str = HELP

    @property
    def passed(self) -> bool:
        """Whether there are checks and all passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def card(self) -> Card:
        """Return what is shown of it, without pictures."""
        return Card(results=self.checks, notes=self.notes, problem=self.message)


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Help on a file, and pictures of its training. ``readable``: the file is code at all."""

    help: Help
    pictures: list[Drawn]
    readable: bool


def check_file(path: Path, published: Published) -> Checked:
    """Run a file's cells and judge its functions. Raises CourseError where it cannot be opened."""
    begun = time.monotonic()
    try:
        source = path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        cells = read_cells(path.name, source, BUDGET)
    except Unreadable as error:
        loading = Loading(unreadable=Failure(kind="unreadable", text=str(error)))
        observed = _Observed(trace=msgspec.structs.replace(_NOTHING, loading=loading))
    else:
        observed = _observe(cells, published, path.resolve().parent, "inert")
        if needs_real_plots(published.job(BUDGET), observed.trace):
            observed = _observe(cells, published, path.resolve().parent, "real")
    trace, results = observed.trace, observed.results
    status = status_of(trace)
    made = Help(
        assignment=published.lab,
        status=status,
        score=float(sum(result.points for result in results)),
        max_score=float(sum(published.points.values())),
        checks=tuple(results),
        message=words.clean(message_of(trace, status)),
        notes=(*notes_of(trace), *version_notes(published)),
        seconds=round(time.monotonic() - begun, 3),
        submission_sha256=hashlib.sha256(source).hexdigest(),
        exercise_sha256=published.source_sha256,
        versions=_versions(),
    )
    readable = trace.loading is None or trace.loading.unreadable is None
    return Checked(help=made, pictures=observed.pictures, readable=readable)


_NOTHING = Trace(version=VERSION, loading=None, probes={}, scenarios={}, ending="done")


class _Observed(msgspec.Struct, kw_only=True):
    """What a file's cells and functions left."""

    trace: Trace
    results: list[CheckResult] = []
    pictures: list[Drawn] = []


def _observe(
    cells: list[Cell], published: Published, folder: Path, plots: Literal["inert", "real"]
) -> _Observed:
    """Run the cells and judge what they define, with matplotlib doing nothing or drawing blank."""
    contract, preset, marks = published.contract, published.preset, Marks()
    shared = preset.start if isinstance(contract, Functions) else contract.model
    drawing = undrawn_plots() if plots == "inert" else blank_plots()
    with _surroundings(folder), drawing, lost_writes(marks):
        namespace = new_namespace(contract, preset, published.inert)
        losses = namespace[contract.losses[0]]
        with hushed(), np.errstate(all="ignore"):
            loading = load(cells, namespace, contract, BUDGET, shared, marks)
        if any(failure.text.startswith("KeyboardInterrupt") for failure in loading.failures):
            raise KeyboardInterrupt
        observed = _Observed(trace=msgspec.structs.replace(_NOTHING, loading=loading))
        if loading.defined:
            judged = judge_live(published, namespace, list(published.points), losses, marks)
            observed.results, observed.pictures = judged.results, judged.pictures
            observed.trace = msgspec.structs.replace(
                observed.trace, probes=judged.probes, scenarios=judged.scenarios
            )
    return observed


@contextlib.contextmanager
def _surroundings(folder: Path) -> Iterator[None]:
    """Be where the file lies, with plots and ``check`` inert; put everything back at the end."""
    tools = sys.modules.get("autograder.plots")
    package, environment = dict(vars(autograder)), dict(os.environ)
    main, shell = sys.modules["__main__"], vars(builtins).get("get_ipython")
    undo = global_state()
    silence_notebook_tools()
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        for step in undo:
            step()
        os.environ.clear()
        os.environ.update(environment)
        for name in ("get_ipython", MARKS):
            vars(builtins).pop(name, None)
        if shell is not None:
            vars(builtins)["get_ipython"] = shell
        sys.modules["__main__"] = main
        for name in ("plots", "check"):
            vars(autograder).pop(name, None)
            vars(autograder).update({n: v for n, v in package.items() if n == name})
        sys.modules.pop("autograder.plots", None)
        if tools is not None:
            sys.modules["autograder.plots"] = tools


def _versions() -> dict[str, str]:
    return {
        "autograder": autograder.__version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }
