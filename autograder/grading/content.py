"""What a student handed in: bytes of files that nobody here looks into, or why there are none."""

from __future__ import annotations

import dataclasses
import errno
import os
from pathlib import Path

import msgspec

from autograder.course.submission import FILE_BYTES, Handed, Submission, digest_of, read_handed
from autograder.course.timestamp import read_timestamps
from autograder.protocol.job import File
from autograder.protocol.trace import Note


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """A submission's files, or a problem; ``ours`` if not the student is to blame for it.

    ``sha256`` is the digest of the file where there is one, else of all names and digests.
    """

    submission: Submission
    files: tuple[File, ...] = ()
    sha256: str = ""
    problem: str = ""
    ours: bool = False
    notes: tuple[Note, ...] = ()

    @property
    def names(self) -> tuple[tuple[str, float | None], ...]:
        """Each file's name and when it was handed in: both help decide which one is meant."""
        return tuple((file.name, file.submitted) for file in self.files)

    def without_data(self) -> Content:
        """Return the same but for the bytes, which nobody needs once a job has them."""
        files = tuple(msgspec.structs.replace(file, data=b"") for file in self.files)
        return dataclasses.replace(self, files=files)


def read_content(folder: Path, submission: Submission) -> Content:
    """Read all files of one submission; one that cannot be taken is told, and costs itself."""
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
        except ValueError as error:
            values = {"file": handed.name, "problem": str(error)}
            notes.append(Note(code="file-gone", values=values))
        except OSError as error:
            problem = f"{handed.name}: cannot be read: {error.strerror}"
            ours = error.errno != errno.ELOOP
            return Content(submission=submission, problem=problem, ours=ours)
        else:
            left -= len(data)
            moment = moments.get(handed.name)
            submitted = moment.timestamp() if moment else None
            files.append(File(name=handed.name, data=data, submitted=submitted))
    if not files and notes:
        problem = "; ".join(f"{n.values['file']}: {n.values['problem']}" for n in notes)
        return Content(submission=submission, problem=problem)
    if submission.left_out:
        values = {"count": str(submission.left_out)}
        notes.append(Note(code="files-left-out", values=values))
    digest = digest_of((file.name, file.data) for file in files)
    return Content(submission=submission, files=tuple(files), sha256=digest, notes=tuple(notes))


def _read(folder: Path, handed: Handed, most_bytes: int) -> bytes:
    data = read_handed(folder, handed.way)
    if len(data) > most_bytes:
        raise ValueError(f"with the others, larger than {FILE_BYTES // 1_000_000} MB")
    return data
