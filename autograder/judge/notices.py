"""What is reported of a submission besides its checks: the codes, and which ask for a person.

A notice may ask for a person: then its code is in the grade's ``review``, and somebody should look
before the grade counts. The worker and the grader name codes; the sentence of each is
``note-<code>`` in the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograder.judge import messages
from autograder.judge.review import CHECK_ERROR, DIAGNOSIS_ERROR
from autograder.protocol.trace import Failure, Note
from autograder.words.text import NOTHING, Text, Value, text

NOTICES = (
    # how code was treated
    CHECK_ERROR,
    DIAGNOSIS_ERROR,
    "not-run",
    "defined-twice",
    "defined-twice-list",
    "defined-twice-stub",
    "device-not-there",
    "missing-module",
    "missing-module-value",
    "nobody-answers",
    "optimizer-put-back",
    "plot-misspelled",
    "stub-raise-left",
    "write-elsewhere",
    "plot-left-out",
    # which file
    "chosen-lab",
    "chosen-worked",
    "chosen-defines",
    "chosen-stubs",
    "chosen-later",
    "chosen-name",
    "several-worked",
    "files-left-out",
    "file-zipped",
    "file-deeper",
    "lab-unknown",
    "other-lab",
    "other-lab-full-marks",
    "other-lab-accepted",
    # how it was read
    "read-as-notebook",
    "read-as-script",
    "read-encoding",
    "notebook-version",
    "text-cell",
    "text-cell-left",
    # why a file cannot be graded
    "hand-in",
    "file-empty",
    "file-no-code",
    "file-defines-nothing",
    "file-large",
    "file-cells",
    "file-pdf",
    "file-picture",
    "file-word",
    "file-table",
    "file-slides",
    "file-model",
    "file-packed",
    "file-link",
    "file-binary",
    "file-html",
    "file-html-export",
    "file-language",
    "file-tool",
    "file-irregular",
    "file-larger",
    "files-larger",
    "zip-damaged",
    "zip-locked",
    "zip-large",
    "zip-empty",
    "zip-nested",
    "notebook-merge",
    "notebook-cut",
    "notebook-broken",
    "notebook-nested",
    "notebook-other",
    "notebook-no-cells",
    "notebook-source",
    # why a statement is lost
    "syntax-other",
    "syntax-merge",
    "syntax-torn",
    "syntax-tabs",
    "syntax-indent",
    "syntax-character",
    "syntax-quotes",
    "syntax-python2",
    "syntax-newer",
    "syntax-numbers",
    "syntax-prompt",
    "syntax-fence",
    "syntax-command",
    "syntax-prose",
    "syntax-bracket",
    "syntax-string",
    "syntax-colon",
    "syntax-return",
)
ASKING = frozenset(
    {
        CHECK_ERROR,
        DIAGNOSIS_ERROR,
        "missing-module-value",
        "several-worked",
        "other-lab",
        "other-lab-full-marks",
        "text-cell",
        "syntax-merge",
    }
)
"""Those that ask for a person."""

OURS = frozenset({CHECK_ERROR, DIAGNOSIS_ERROR})
"""What no trace may say: only the judge does."""


def text_of(note: Note) -> Text:
    """Return a note as a text, its place first; nothing for a code that is not known."""
    if note.code not in NOTICES:
        return NOTHING
    values = messages.cleaned(note.values)
    if "before" in note.values:
        values["before"] = tuple(map(_place, note.values["before"].split()))
    return messages.at(messages.spot(note.cell, note.line), _noticed(note.code, values))


def _place(place: str) -> Text:
    """Return a place that the worker wrote as ``cell:line``."""
    cell, line = (
        int(digits) if digits.isdecimal() and len(digits) < 9 else None
        for digits in place.partition(":")[::2]
    )
    return messages.spot(cell, line)


def _noticed(code: str, values: dict[str, Value]) -> Text:
    return Text(f"note-{code}", values)


def text_of_failure(found: Failure) -> Text:
    """Return the note for a cell that did not run through, or a statement that was lost."""
    if found.code not in NOTICES:
        return messages.cell_failure(found)
    values = messages.cleaned(found.values)
    said, lines = _noticed(found.code, values), messages.clean(found.values.get("lines", ""))
    if "-" in lines:
        said = text("left-out-lines", said=said, lines=lines)
    elif lines:
        said = text("left-out-statement", said=said)
    return messages.at(messages.where(found), said)


def review_codes(notes: Iterable[Note | Failure]) -> tuple[str, ...]:
    """Return the codes among these that ask for a person, each once."""
    return tuple(dict.fromkeys(note.code for note in notes if note.code in ASKING))
