"""The record of a grade: one line of ``autograder grade --json`` and of ``results.jsonl``."""

from __future__ import annotations

import msgspec

from autograder.judge.result import CheckResult, Diagnosis, Status, causes_of
from autograder.judge.review import DIAGNOSIS_ERROR
from autograder.sandbox.message import Level


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one submission. ``reused``: nothing of it was run for this.

    ``trace`` is the address of what was observed, below ``traces/``; empty where nothing was run.
    ``handed_in`` is false where the student has a folder and nothing of the lab in it. ``review``
    has a code for each reason why a person should look before the grade counts. ``file`` is the one
    that counts, of those handed in. ``missing_modules`` are those that the file imports and the
    grader lacks.
    """

    student: str
    assignment: str
    status: Status
    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...]
    departure: str = ""
    message: str
    notes: tuple[str, ...]
    isolation: Level
    seconds: float
    reused: bool
    submission_sha256: str
    exercise_sha256: str
    versions: dict[str, str]
    trace: str = ""
    handed_in: bool = True
    review: tuple[str, ...] = ()
    file: str = ""
    missing_modules: tuple[str, ...] = ()

    @property
    def causes(self) -> tuple[tuple[str, str], ...]:
        """What explains what was lost, for the student: pairs of a function and a text."""
        return causes_of(self.diagnosis, self.departure)

    @property
    def undecided(self) -> bool:
        """Whether a check broke by a fault of ours: there is no score until a person decides."""
        return any(check.outcome == "error" for check in self.checks)

    @property
    def flawed(self) -> bool:
        """Whether any code of ours broke on the way: it is not the grade that it should be."""
        return self.undecided or self.status == "sandbox_error" or DIAGNOSIS_ERROR in self.review


_decoder = msgspec.json.Decoder(Grade)


def to_json(grade: Grade) -> bytes:
    """Return one JSON object; what HTML could take for a tag is escaped."""
    text = msgspec.json.encode(grade)
    for character, escape in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        text = text.replace(character, escape)
    return text.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")


def from_json(text: bytes) -> Grade:
    """Return the grade that ``to_json`` made this text of."""
    return _decoder.decode(text)
