"""What a submission's file holds, or why there is nothing to grade."""

from __future__ import annotations

import dataclasses
import errno
import hashlib
from pathlib import Path

from autograder.course.submission import Submission, read_submission


@dataclasses.dataclass(frozen=True, kw_only=True)
class Content:
    """A submission's bytes, or a problem; ``ours`` if not the student is to blame for it."""

    submission: Submission
    source: bytes = b""
    sha256: str = ""
    problem: str = ""
    ours: bool = False

    @property
    def suffix(self) -> str:
        """How the file is read: as a notebook or as a script."""
        return "ipynb" if self.submission.filename.lower().endswith(".ipynb") else "py"


def read_content(folder: Path, submission: Submission) -> Content:
    """Read one submission."""
    if submission.problem:
        return Content(submission=submission, problem=submission.problem)
    name = submission.filename
    try:
        source = read_submission(folder, submission)
    except ValueError as error:
        return Content(submission=submission, problem=f"{name}: {error}")
    except OSError as error:
        problem = f"{name}: cannot be read: {error.strerror}"
        return Content(submission=submission, problem=problem, ours=error.errno != errno.ELOOP)
    digest = hashlib.sha256(source).hexdigest()
    return Content(submission=submission, source=source, sha256=digest)
