"""The record of a grade: one line of ``autograder grade --json`` and of ``results.jsonl``.

Also its JSON schema: what programs that read ``grade --json`` may rely on.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec

from autograder.judge.grouping import Group, grouped
from autograder.judge.result import CheckResult, Diagnosis, Status
from autograder.judge.review import DIAGNOSIS_ERROR
from autograder.sandbox.message import Level
from autograder.words.record import TEXTS, said, unsaid
from autograder.words.text import NOTHING, Text


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one submission. ``reused``: nothing of it was run for this.

    ``trace`` is the address of what was observed, below ``traces/``; empty where nothing was run.
    ``handed_in`` is false where the student has a folder and nothing of the lab in it. ``review``
    has a code for each reason why a person should look before the grade counts. ``file`` is the one
    that counts, of those submitted. ``missing_modules`` are those that the file imports and the
    grader lacks. ``variant`` is which of the course's hidden data it was graded with.
    """

    student: str
    assignment: str
    status: Status
    score: float | None
    max_score: float
    checks: tuple[CheckResult, ...]
    diagnosis: tuple[Diagnosis, ...]
    departure: Text = NOTHING
    message: Text
    notes: tuple[Text, ...]
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
    variant: int = 0

    @property
    def groups(self) -> tuple[Group, ...]:
        """What is wrong, for the student: a group for each cause."""
        return grouped(self.checks, self.diagnosis, self.departure)

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
    """Return one JSON object as it is stored: sentences are codes and values, in no language."""
    return _escaped(msgspec.json.encode(grade))


def to_json_said(grade: Grade) -> bytes:
    """Return one JSON object as it is shown: sentences in the language in use, codes in ``texts``.

    This is a line of ``results.jsonl``, and of what ``grade --json`` prints.
    """
    return _escaped(msgspec.json.encode(said(grade)))


def _escaped(text: bytes) -> bytes:
    """Return JSON in which what HTML could take for a tag is escaped."""
    for character, escape in ((b"<", b"\\u003c"), (b">", b"\\u003e"), (b"&", b"\\u0026")):
        text = text.replace(character, escape)
    return text.replace("\u2028".encode(), b"\\u2028").replace("\u2029".encode(), b"\\u2029")


def from_json(text: bytes) -> Grade:
    """Return the grade that this text was made of, whether it is stored, shown, or an old one.

    Old ones have sentences and no codes: these stay as they were written.
    """
    try:
        return _decoder.decode(text)
    except msgspec.ValidationError:
        return msgspec.convert(unsaid(msgspec.json.decode(text)), Grade)


DIALECT = "https://json-schema.org/draft/2020-12/schema"
DESCRIPTIONS: Mapping[str, Mapping[str, str]] = {
    "Grade": {
        "student": "the student's id: the name of a folder or file",
        "assignment": "the lab",
        "status": "how the run of the submission ended",
        "score": "the sum of the checks' points; null for sandbox_error alone",
        "max_score": "constant for a lab, whatever went wrong",
        "checks": "every check of the lab; empty where nothing could be graded",
        "diagnosis": "the mistakes that explain what was observed; several where they cannot be "
        "told apart, none where none fits",
        "departure": "where training is wrong and no mistake of it was named: the first step of "
        "the lab's own situation that departs from the reference, and how",
        "message": "about the submission as a whole",
        "notes": "broken cells, files passed over, plots left out",
        "isolation": "what the submission was run in; none is not a security boundary",
        "seconds": "wall time of the run; 0.0 where nothing was run",
        "reused": "whether nothing was run, since a grade or a trace was stored",
        "submission_sha256": "digest of the file that was handed in, or of all; empty where none "
        "was read",
        "file": "the file that counts, of those that were handed in; empty where none does",
        "exercise_sha256": "digest of the exercise that it was graded by",
        "versions": "of Python, torch, numpy and this package",
        "trace": "address of what was observed, below traces/; empty where nothing was run",
        "review": "why a person should look before the grade counts, a code each; mostly none",
        "missing_modules": "those that the file imports and the grader lacks",
        "variant": "which of the course's draws of hidden data it was graded with, from 0",
        "handed_in": "false where the student has a folder and nothing of the lab in it",
    },
    "CheckResult": {
        "id": "the check",
        "function": "the function that a mistake must be in to cost this check",
        "outcome": "skipped: there was too little to judge, and it earns nothing; error: ours",
        "passed": "whether outcome is passed",
        "points": "earned",
        "max_points": "to be earned",
        "message": "place and fact, for the student; empty where passed without remark",
        "hint": "a question or advice for the student, never the solution",
        "scenarios": "which scenarios decided a training check: those with the student's own "
        "forward and criterion, or with neutral ones put in; empty elsewhere",
        "evidence": "what was seen, strongest first: values, calls, backwards, prefixes, ends, "
        "none",
    },
    "Diagnosis": {
        "id": "the mistake",
        "function": "where it is",
        "message": "what the student reads",
        "hint": "a question that leads to the line; empty where only the checks have one",
        "remarks": "what else it says: several (others named fit as well), together or "
        "either-pair (only with another one), always-runs (how often a loop does), course (one of "
        "the course's own, which explains all that was lost)",
    },
}


OF_TEXTS = "codes and values of the sentences in this object, by key: in no language's words"


def results_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of one line of ``results.jsonl``.

    Every key is required, since every key is always written, but for ``texts``. More keys may come
    with a later version; readers pass over what they do not know.
    """
    _, records = msgspec.json.schema_components([Grade], ref_template="#/$defs/{name}")
    records.pop("Text")
    for name, record in records.items():
        record["description"] = inspect.cleandoc(record["description"]).replace("``", "`")
        for key, found in record["properties"].items():
            found.pop("default", None)
            if found.pop("$ref", "").endswith("/Text"):
                found["type"] = "string"
            if found.get("items", {}).get("$ref", "").endswith("/Text"):
                found["items"] = {"type": "string"}
            found["description"] = DESCRIPTIONS[name][key]
        record["required"] = list(record["properties"])
        record["properties"][TEXTS] = {"type": "object", "description": OF_TEXTS}
    top = records.pop("Grade")
    return {"$schema": DIALECT, **top, "$defs": records}
