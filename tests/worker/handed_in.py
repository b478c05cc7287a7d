"""Jobs of files in memory, what is chosen of them, and what is said of it."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from autograder.judge.notices import text_of
from autograder.protocol.job import Budget, File, Functions, Job
from autograder.protocol.trace import Note
from autograder.words.catalogue import say
from autograder.worker.candidates import Chosen, NothingUsable, choose
from tests.protocol.frames import SITUATION

from .observation import CRITERION, FORWARD, GLOBALS, TRAIN, notebook

SOLVED = f"{GLOBALS}\n{FORWARD}\n{CRITERION}\n{TRAIN}"
STUB = "\n".join(
    f"def {head}:\n    '''Doc.'''\n    raise NotImplementedError('Write it.')\n"
    for head in ("forward(x)", "criterion(yhat, y)", "train_model(n)")
)
Data = str | bytes


def job(files: dict[str, Data], *, times: dict[str, float] | None = None, **more: object) -> Job:
    """Return a job of lab slope, in a course with some other labs."""
    given = {"lab": "slope", "labs": ("line", "slope", "wide_line"), "contract": Functions()}
    handed = tuple(
        File(name=name, data=encoded(data), submitted=(times or {}).get(name))
        for name, data in files.items()
    )
    return Job(
        files=handed,
        preset=SITUATION,
        inert=(),
        probes=(),
        scenarios=(),
        **{**given, **more},  # type: ignore[arg-type]  # a test's
    )


def encoded(data: Data) -> bytes:
    return data if isinstance(data, bytes) else data.encode()


def chosen(files: dict[str, Data], **more: object) -> Chosen:
    """Return what is run of these files."""
    return choose(job(files, **more))


def _said(note: Note) -> str:
    return say(text_of(note))


def said(found: Chosen) -> str:
    """Return all that is told of a choice."""
    return "\n".join(map(_said, found.notes))


def codes(found: Chosen) -> list[str]:
    """Return the codes of all that is told."""
    return [note.code for note in found.notes]


def refused(files: dict[str, Data], **more: object) -> str:
    """Return why nothing of these files can be run, in the student's words."""
    with pytest.raises(NothingUsable) as caught:
        choose(job(files, **more))
    return "; ".join(map(_said, caught.value.notes))


def packed(files: dict[str, Data], **how: object) -> bytes:
    """Return a zip file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def mixed_notebook(*cells: tuple[str, str], **top: object) -> str:
    """Return a notebook of cells of any kind."""
    found = [{"cell_type": kind, "metadata": {}, "source": source} for kind, source in cells]
    return json.dumps({"cells": found, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top})


def of_lab(lab: str, *sources: str) -> str:
    """Return a notebook whose metadata name a lab."""
    made = json.loads(notebook(*sources))
    made["metadata"] = {"autograder": {"lab": lab}}
    return json.dumps(made)


BUDGET = Budget()
