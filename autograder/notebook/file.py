"""Check a student's file: run its cells here, then judge what they define. Help, never a grade.

It is the student's own code on the student's own machine: there is no sandbox, and nothing that
only Linux has. Cells run as they do while grading: a broken one costs only what it would have
defined, plots draw nothing, and ``check(...)`` in the file says nothing twice.
"""

from __future__ import annotations

import builtins
import contextlib
import logging
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Literal

import msgspec
import numpy as np
import torch

import autograder
from autograder.course.submission import digest_of, read_handed, submission_of
from autograder.errors import CourseError
from autograder.exercise.published import Published
from autograder.judge import messages
from autograder.judge.grouping import Group, grouped
from autograder.judge.lacks import missing_modules
from autograder.judge.notices import review_codes
from autograder.judge.plots import needs_real_plots
from autograder.judge.result import CheckResult, Diagnosis, Status
from autograder.judge.spots import Remark, remarks_of
from autograder.judge.status import message_of, notes_of, status_of, told
from autograder.notebook.card import HELP, Card
from autograder.notebook.hush import hushed, quiet_descriptors
from autograder.notebook.pictures import Drawn
from autograder.notebook.preserve import global_state
from autograder.notebook.public import BUDGET, Judged, RunFile, judge_live
from autograder.notebook.versions import version_notes
from autograder.protocol.job import VERSION, File, Functions, Job
from autograder.protocol.trace import Failure, Loading, Trace
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text
from autograder.worker.candidates import Chosen, NothingUsable, choose, put_modules
from autograder.worker.eager import NEVER_COMPILE
from autograder.worker.furnish import furnish
from autograder.worker.inert import silence_notebook_tools
from autograder.worker.listing import listing_of
from autograder.worker.marks import Marks
from autograder.worker.namespace import load, new_namespace
from autograder.worker.patch import Patches
from autograder.worker.place import take_place
from autograder.worker.rewrite import MARKS
from autograder.worker.source import forget
from autograder.worker.undrawn import plots_of
from autograder.worker.writing import lost_writes


class Help(msgspec.Struct, frozen=True, kw_only=True):
    """What ``autograder check --json`` prints: the keys of a grade, and ``help``, which is none.

    ``student`` is empty and ``variant`` 0: nobody hands anything in here, and nothing is hidden.
    ``exercise_sha256`` is that of the spec and the reference that the lab's public numbers were
    made of.
    """

    student: str = ""
    assignment: str
    status: Status
    score: float
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...] = ()
    departure: Text = NOTHING
    message: Text
    notes: tuple[Text, ...]
    isolation: Literal["none"] = "none"
    seconds: float
    reused: bool = False
    submission_sha256: str
    exercise_sha256: str
    versions: dict[str, str]
    trace: str = ""
    handed_in: bool = True
    review: tuple[str, ...] = ()
    file: str = ""
    missing_modules: tuple[str, ...] = ()
    variant: int = 0
    help: Text = HELP

    @property
    def groups(self) -> tuple[Group, ...]:
        """What is wrong: a group for each cause."""
        return grouped(self.checks, self.diagnosis, self.departure)

    @property
    def passed(self) -> bool:
        """Whether there are checks and all passed."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def card(self) -> Card:
        """Return what is shown of it, without pictures."""
        return Card(
            results=self.checks,
            diagnosis=self.diagnosis,
            departure=self.departure,
            notes=self.notes,
            problem=self.message,
        )


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Help on a file, pictures of its training, and which lines it speaks of.

    ``readable``: the file is code at all.
    """

    help: Help
    pictures: list[Drawn]
    readable: bool
    remarks: tuple[Remark, ...] = ()


def check_file(path: Path, published: Published) -> Checked:
    """Run a file's cells and judge its functions; of a folder or zip file, the one that is meant.

    Where two files were worked in, both are run and the better one counts, as while grading.
    Raises CourseError where it cannot be opened.
    """
    top, files = _handed_in(path, published.lab)
    job = published.job(BUDGET, *files)
    first, worked = _checked(top, job, published)
    if worked < 2:
        return first
    other, _ = _checked(top, msgspec.structs.replace(job, choice=1), published)
    return other if other.help.score > first.help.score else first


def _handed_in(path: Path, lab: str) -> tuple[Path, list[File]]:
    """Return a file, or those in a folder that may be meant, and the folder that they lie in."""
    try:
        if not path.is_dir():
            return path.parent.resolve(), [File(name=path.name, data=path.read_bytes())]
        place = path.resolve()
        found = submission_of(place.parent, place.name, lab)
        files = [
            File(name=one.name, data=read_handed(place.parent, one.way)) for one in found.files
        ]
    except OSError as error:
        raise CourseError(say("cannot-read", path=path, problem=error.strerror)) from error
    except ValueError as error:
        raise CourseError(f"{path}: {error}") from error
    if not files:
        raise CourseError(f"{path}: {say(found.problem)}")
    return place.parent.joinpath(*map(os.fsdecode, found.place)), files


def _checked(top: Path, job: Job, published: Published) -> tuple[Checked, int]:
    """Run one of a job's files; return what comes of it, and how many were worked in."""
    begun = time.monotonic()
    listing = None
    try:
        chosen = choose(job)
        listing = listing_of(chosen, job)
    except NothingUsable as error:
        unreadable = Failure(kind="unreadable", text=str(error))
        observed = _Observed(loading=Loading(unreadable=unreadable, notes=error.notes))
    else:
        observed = _observe(top, chosen, published, "inert")
        if needs_real_plots(job, observed.trace):
            observed = _observe(top, chosen, published, "real")
    trace, loading, results = observed.trace, observed.loading, observed.results
    status = status_of(trace)
    made = Help(
        assignment=published.lab,
        status=status,
        score=float(sum(result.points for result in results)),
        max_score=float(sum(published.points.values())),
        checks=tuple(results),
        diagnosis=observed.judged.diagnosis,
        departure=observed.judged.departure,
        message=message_of(trace, status, published.contract),
        notes=(*notes_of(trace), *version_notes(published)),
        missing_modules=missing_modules(trace),
        seconds=round(time.monotonic() - begun, 3),
        submission_sha256=digest_of((file.name, file.data) for file in job.files),
        exercise_sha256=published.source_sha256,
        versions=_versions(),
        review=review_codes(told(trace)),
        file=messages.clean(loading.file),
    )
    readable = loading.unreadable is None
    listed = msgspec.structs.replace(trace, listing=listing)
    return (
        Checked(
            help=made,
            pictures=observed.pictures,
            readable=readable,
            remarks=remarks_of(listed, made.checks, made.diagnosis, made.departure),
        ),
        loading.worked,
    )


class _Observed(msgspec.Struct, frozen=True, kw_only=True):
    """What a file's cells and functions left."""

    loading: Loading
    judged: Judged = Judged([], [], {}, {})

    @property
    def results(self) -> list[CheckResult]:
        """The checks' results."""
        return self.judged.results

    @property
    def pictures(self) -> list[Drawn]:
        """Pictures of the training."""
        return self.judged.pictures

    @property
    def trace(self) -> Trace:
        """What was recorded, as while grading."""
        return Trace(
            version=VERSION,
            loading=self.loading,
            probes=self.judged.probes,
            scenarios=self.judged.scenarios,
            scripts=dict(self.judged.scripts),
            ending="done",
        )


@contextlib.contextmanager
def _folder_of(top: Path, chosen: Chosen) -> Iterator[Path]:
    """Give the folder that a file lies in, from which it imports what lies beside it.

    Of a zip file's files, those that can be imported are there for as long as the block.
    """
    paths, modules = [*sys.path], set(sys.modules)
    with contextlib.ExitStack() as stack:
        folder = top / chosen.name.rpartition("/")[0]
        if folder.is_dir():
            sys.path += map(os.fspath, dict.fromkeys((folder, top)))
        else:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
            put_modules(chosen.modules, folder)
        try:
            yield folder
        finally:
            sys.path[:] = paths
            for name in set(sys.modules) - modules:
                if _lies_in(sys.modules[name], (top, folder)):
                    del sys.modules[name]


def _lies_in(module: ModuleType, folders: tuple[Path, Path]) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and any(Path(file).is_relative_to(one) for one in folders)


def _observe(
    top: Path, chosen: Chosen, published: Published, plots: Literal["inert", "real"]
) -> _Observed:
    """Run the cells and judge what they define, with matplotlib doing nothing or drawing blank."""
    contract, preset, marks = published.contract, published.preset, Marks()
    shared = preset.start if isinstance(contract, Functions) else contract.model
    with (
        _folder_of(top, chosen) as folder,
        _surroundings(folder) as patches,
        plots_of(plots),
        lost_writes(marks),
    ):
        namespace = new_namespace(contract, preset, published.inert)
        take_place(folder / Path(chosen.name).name, b"", namespace, patches)  # it is there
        losses = namespace[contract.losses[0]] if contract.losses else None
        with hushed(), np.errstate(all="ignore"):
            loading = load(
                chosen.cells,
                namespace,
                contract,
                BUDGET,
                shared,
                marks=marks,
                folder=str(folder),
                sought=published.sought,
            )
        if any(failure.raised == "KeyboardInterrupt" for failure in loading.failures):
            raise KeyboardInterrupt
        loading = chosen.told_in(loading)
        if not loading.defined:
            return _Observed(loading=loading)
        file = RunFile(chosen.cells, loading, losses, marks)
        judged = judge_live(published, namespace, list(published.points), file)
        return _Observed(loading=loading, judged=judged)


@contextlib.contextmanager
def _surroundings(folder: Path) -> Iterator[Patches]:
    """Be where the file lies, in the grader's surroundings; put everything back at the end."""
    patches = Patches()
    handlers = logging.root.handlers[:]
    tools = sys.modules.get("autograder.plots")
    package, environment = dict(vars(autograder)), dict(os.environ)
    main, shell = sys.modules["__main__"], vars(builtins).get("get_ipython")
    undo = global_state()
    os.environ.update(NEVER_COMPILE)
    silence_notebook_tools()
    furnish(patches)
    try:
        with contextlib.chdir(folder), quiet_descriptors():
            yield patches
    finally:
        patches.undo()
        forget()
        logging.root.handlers[:] = handlers
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
