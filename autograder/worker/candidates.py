"""Which of the files that were submitted is run, and how it is read. Runs inside the wall."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from autograder.protocol.job import Budget, File, Job, names_by_role
from autograder.protocol.trace import Loading, Note
from autograder.worker.archive import is_code, is_inside, is_zip, unpack
from autograder.worker.cells import Cell, Document, Unreadable, foreign, read_document
from autograder.worker.fault import plain
from autograder.worker.statements import parse, without_magics
from autograder.worker.survey import (
    Candidate,
    Names,
    Survey,
    lab_of,
    place_of,
    rank,
    rivals,
    survey,
)
from autograder.worker.text import decode
from autograder.worker.textcell import with_text_cells

NOTHING = Survey(frozenset(), frozenset(), 0, frozenset(), b"")
MOST_NAMED, LONGEST_VALUE = 5, 300
WHY = ("lab", "worked", "defines", "stubs", "later", "name", "name", "name")
"""Why a file comes before another, for each item of what they are ranked by."""


class NothingUsable(Exception):
    """No file can be run; the notes say what each is instead."""

    def __init__(self, notes: Sequence[Note]) -> None:
        super().__init__(", ".join(note.code for note in notes))
        self.notes = tuple(notes)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Chosen:
    """The file that is run: its cells, and notes on the choice.

    ``lab`` is the other lab of the course that it says to be of, ``worked`` how many files were
    worked in, and ``modules`` are scripts beside it, by the names under which it may find them.
    """

    name: str
    cells: list[Cell]
    notes: tuple[Note, ...] = ()
    lab: str = ""
    worked: int = 1
    modules: tuple[File, ...] = ()

    def told_in(self, loading: Loading) -> Loading:
        """Return how the cells went, with notes on the file."""
        notes = (*self.notes, *loading.notes)
        return msgspec.structs.replace(
            loading, notes=notes, file=self.name, worked=self.worked, lab=self.lab
        )


def choose(job: Job) -> Chosen:
    """Return the file to run, of those of a job. Raises NothingUsable."""
    files, refused = _unpacked(job)
    found: list[Candidate] = []
    told: dict[str, list[Note]] = {}
    for file in files:
        try:
            one, notes = _candidate(file, job, alone=len(files) == 1)
        except Unreadable as error:
            refused.append(_note(error.code, error.values, file=file.name))
        else:
            found.append(one)
            told[file.name] = notes
    ranked = rank(found, job.lab, job.labs)
    if not ranked or (refused and not ranked[0].survey.defined):
        idle = [_note("file-defines-nothing", {}, file=one.name) for one in ranked]
        raise NothingUsable([*refused, *idle, _note("hand-in", {}, lab=job.lab)])
    return _chosen(job, files, ranked, told, refused)


def _note(code: str, given: dict[str, str], **values: str) -> Note:
    told = {name: plain(value)[:LONGEST_VALUE] for name, value in (given | values).items()}
    return Note(code=code, values=told)


def _unpacked(job: Job) -> tuple[list[File], list[Note]]:
    """Return the files, those of archives in the place of these, and what was refused."""
    files: list[File] = []
    refused: list[Note] = []
    for file in job.files:
        if not is_zip(file.data):
            files.append(file)
            continue
        try:
            members = unpack(file.data)
        except Unreadable as error:
            refused.append(_note(error.code, error.values, file=file.name))
            continue
        files += [
            File(name=f"{file.name}/{name}", data=data, submitted=file.submitted)
            for name, data in members
        ]
    return files, refused


def _candidate(file: File, job: Job, *, alone: bool) -> tuple[Candidate, list[Note]]:
    """Return a file that might be meant, and notes on how it was read. Raises Unreadable."""
    document = read_document(file.name, file.data)
    names: Names = names_by_role(job.contract, job.sought)
    notes = [_note(code, {}, file=file.name) for code in _odd(file.name, document)]
    if document.encoding:
        notes.append(_note("read-encoding", {}, file=file.name, encoding=document.encoding))
    if document.texts:
        document, taken = with_text_cells(document, names, job.page)
        for one in taken:
            code = "text-cell" if one.run else "text-cell-left"
            notes.append(Note(code=code, values={"name": one.name}, cell=one.cell))
    _require_code(document, job.budget)
    other = foreign(document)
    sure = alone and is_code(file.name) and other is None
    found = NOTHING if sure else survey(document, names)
    if not found.defined and other is not None:
        raise other
    if not sure and not found.defined and not is_code(file.name) and not _whole(document):
        raise Unreadable("file-no-code")
    lab = lab_of(file.name, document, job.labs)
    if lab != job.lab and lab and lab not in job.labs and job.lab:
        notes.append(_note("lab-unknown", {}, file=file.name, lab=lab))
    return Candidate(file.name, document, found, lab, file.submitted or 0.0), notes


def _odd(name: str, document: Document) -> Iterator[str]:
    """Yield a code for each thing in which a file is not what its name says."""
    wanted = ".ipynb" if document.is_notebook else ".py"
    if not name.lower().endswith(wanted):
        yield "read-as-notebook" if document.is_notebook else "read-as-script"
    if document.odd:
        yield document.odd


def _require_code(document: Document, budget: Budget) -> None:
    """Raise Unreadable where there is no code in it, or too much."""
    cells = [cell.source for cell in document.cells if cell.source.strip()]
    if sum(map(len, cells)) > budget.source_bytes:
        raise Unreadable("file-large", megabytes=str(budget.source_bytes // 1_000_000))
    if len(cells) > budget.cells:
        raise Unreadable("file-cells", cells=str(budget.cells))
    if not cells:
        raise Unreadable("file-no-code")


def _whole(document: Document) -> bool:
    """Return whether all of it is Python: a text that is not named as code must be."""
    return not any(parse(c.source, c.filename, without_magics).faults for c in document.cells)


def _chosen(
    job: Job,
    files: Sequence[File],
    ranked: Sequence[Candidate],
    told: dict[str, list[Note]],
    refused: Sequence[Note],
) -> Chosen:
    decided = rivals(ranked, job.lab, job.labs)
    one = decided[min(job.choice, len(decided) - 1)]
    notes = [*told[one.name], *_place_notes(job, one)]
    if len(decided) > 1:
        values = {"file": one.name, "first": decided[0].name, "second": decided[1].name}
        notes.append(Note(code="several-worked", values=values))
    elif len(ranked) > 1:
        why = _why(ranked[0], ranked[1], job)
        notes.append(_note(f"chosen-{why}", {}, file=one.name, others=_listed(ranked[1:])))
    other = one.lab if one.lab in job.labs and one.lab != job.lab else ""
    return Chosen(
        name=one.name,
        cells=one.document.cells,
        notes=(*notes, *refused),
        lab=other,
        worked=len(decided),
        modules=tuple(_modules(one.name, _around(job, one.name), files)),
    )


def _place_notes(job: Job, one: Candidate) -> Iterator[Note]:
    """Yield a note where a file did not lie where it should."""
    around = _around(job, one.name)
    if around:
        yield _note("file-zipped", {}, file=one.name.removeprefix(around), around=around[:-1])
    elif "/" in one.name:
        yield _note("file-deeper", {}, file=one.name)


def _around(job: Job, name: str) -> str:
    """Return the archive that a file is in, with a slash; nothing for other files."""
    return next((f"{f.name}/" for f in job.files if name.startswith(f"{f.name}/")), "")


def _why(first: Candidate, second: Candidate, job: Job) -> str:
    one, other = (place_of(found, job.lab, job.labs) for found in (first, second))
    return next((why for why, a, b in zip(WHY, one, other, strict=True) if a != b), "name")


def _listed(candidates: Sequence[Candidate]) -> str:
    names = [one.name for one in candidates[:MOST_NAMED]]
    more = len(candidates) - len(names)
    return ", ".join([*names, *([f"… ({more})"] if more else [])])


def _modules(chosen: str, around: str, files: Iterable[File]) -> Iterator[File]:
    """Yield the scripts beside the chosen file, by their ways from its folder, else from the top.

    Those in its own folder come first, as Python finds them.
    """
    folder = chosen[: chosen.rfind("/") + 1]
    known = {chosen}
    for top in dict.fromkeys((folder, around)):
        for file in files:
            name = file.name.removeprefix(top)
            fits = file.name.startswith(top) and name.lower().endswith(".py") and is_inside(name)
            if fits and file.name not in known and name not in known:
                known |= {name, file.name}
                yield File(name=name, data=file.data)


def put_modules(modules: Iterable[File], folder: Path) -> None:
    """Write scripts into a folder, in an encoding that Python reads, and let them be imported.

    What is installed comes first. A file that finds no room is not there.
    """
    for module in modules:
        text = decode(module.data, lambda _: True)
        path = folder / PurePosixPath(module.name)
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            encoded = text is not None and text.encoding
            path.write_bytes(text.text.encode() if text and encoded else module.data)
    sys.path.append(os.fspath(folder))
