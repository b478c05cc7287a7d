"""What a student submitted: bytes of files that nothing here reads, or why there are none."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path

import msgspec

from autograder.course.submission import (
    FILE_BYTES,
    Handed,
    Submission,
    Unfit,
    digest_of,
    read_handed,
)
from autograder.course.timestamp import read_timestamps
from autograder.judge.messages import clauses
from autograder.judge.notices import text_of
from autograder.protocol.job import File
from autograder.protocol.trace import Note
from autograder.words.text import NOTHING, Text, text


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """A submission's files, or a problem; ``ours`` if not the student is to blame for it.

    ``sha256`` is the digest of the file where there is one, else of all names and digests.
    """

    submission: Submission
    files: tuple[File, ...] = ()
    sha256: str = ""
    problem: Text = NOTHING
    ours: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> tuple[tuple[str, float | None], ...]:
        """Each file's name and when it was submitted: both help decide which one is meant."""
        return tuple((file.name, file.submitted) for file in self.files)

    def without_data(self) -> Content:
        """Return the same but for the bytes, which nobody needs once a job has them."""
        files = tuple(msgspec.structs.replace(file, data=b"") for file in self.files)
        return dataclasses.replace(self, files=files)


def read_content(folder: Path, submission: Submission) -> Content:
    """Read all files of one submission; one that cannot be read is reported and fails alone."""
    if submission.problem:
        return Content(submission=submission, problem=submission.problem)
    files: list[File] = []
    notes: list[Note] = []
    left = FILE_BYTES
    place = folder.joinpath(*map(os.fsdecode, submission.place))
    moments = read_timestamps(place) if len(submission.files) > 1 and submission.place else {}
    for handed in submission.files:
        try:
            data = _read(folder, handed, left)
        except Unfit as error:
            values = {"file": handed.name, "megabytes": str(FILE_BYTES // 1_000_000)}
            notes.append(Note(code=error.code, values=values))
        except OSError as error:
            reason = error.strerror or ""
            problem = text("file-unreadable", file=handed.name, reason=reason)
            ours = error.errno != errno.ELOOP
            return Content(submission=submission, problem=problem, ours=ours)
        else:
            left -= len(data)
            moment = moments.get(handed.name)
            submitted = moment.timestamp() if moment else None
            files.append(File(name=handed.name, data=data, submitted=submitted))
    if not files and notes:
        return Content(submission=submission, problem=clauses(*map(text_of, notes)))
    if submission.left_out:
        values = {"count": str(submission.left_out)}
        notes.append(Note(code="files-left-out", values=values))
    digest = digest_of((file.name, file.data) for file in files)
    return Content(submission=submission, files=tuple(files), sha256=digest, notes=tuple(notes))


def _read(folder: Path, handed: Handed, most_bytes: int) -> bytes:
    data = read_handed(folder, handed.way)
    if len(data) > most_bytes:
        raise Unfit("files-larger")
    return data
