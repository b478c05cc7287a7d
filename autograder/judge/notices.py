"""What is told of a submission besides its checks: one place for the sentences, by code.

A notice may ask for a person: then its code is in the grade's ``review``, and somebody should look
before the grade counts. The worker and the grader name codes; only this module has words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from autograder.judge import messages
from autograder.judge.review import CHECK_ERROR, DIAGNOSIS_ERROR
from autograder.protocol.trace import Failure, Note


class Notice(NamedTuple):
    """A sentence with named places for a note's values, and whether a person should look."""

    text: str
    review: bool = False


NOTICES: Mapping[str, Notice] = {
    CHECK_ERROR: Notice(
        "a check could not be judged, by a fault of the grader's; somebody must give its points",
        review=True,
    ),
    DIAGNOSIS_ERROR: Notice(
        "mistakes could not be named, by a fault of the grader's; the points stand", review=True
    ),
    "not-run": Notice("{what} is not run while grading"),
    "defined-twice": Notice("{name} is defined once more here, after {before}; this one counts"),
    "defined-twice-list": Notice(
        "{name} is defined once more here, after {before}; this one counts, and it fills {own}, "
        "where the one before fills {list}"
    ),
    "defined-twice-stub": Notice(
        "{name} is defined once more here, after {before}; this one counts, and it is still the "
        "stub"
    ),
    "device-not-there": Notice(
        "there is no {device} while grading: what is moved to it stays where it is"
    ),
    "missing-module": Notice(
        "the module {module} is missing while grading; something that does nothing stands in for it"
    ),
    "missing-module-value": Notice(
        "what the module {module} does counts here, and it is missing while grading", review=True
    ),
    "nobody-answers": Notice(
        "input() is answered by an empty line while grading, and by 1 where a number is asked for"
    ),
    "optimizer-put-back": Notice(
        "{name} is another kind of optimizer in the end; the one before it was put back for grading"
    ),
    "plot-misspelled": Notice(
        "{text} draws under a name that is not defined; it was left out and cost nothing"
    ),
    "stub-raise-left": Notice(
        "the stub's raise NotImplementedError is still here and ends the function at this line; "
        "delete it"
    ),
    "write-elsewhere": Notice(
        "this writes to a place that is not there while grading; that cost nothing"
    ),
    "plot-left-out": Notice("a plot broke while training; it was left out and cost nothing"),
    # which file
    "chosen-lab": Notice("{file} counts, not {others}: it says that it is of this lab"),
    "chosen-worked": Notice("{file} counts, not {others}: that is where work was done"),
    "chosen-defines": Notice("{file} counts, not {others}: it defines more of the lab's functions"),
    "chosen-stubs": Notice("{file} counts, not {others}: fewer stubs are left in it"),
    "chosen-later": Notice("{file} counts, not {others}: it was handed in later"),
    "chosen-name": Notice("{file} counts, not {others}: nothing but their names tells them apart"),
    "several-worked": Notice(
        "{first} and {second} were both worked in and both were run; the better one counts, {file}",
        review=True,
    ),
    "files-left-out": Notice("{count} more files were not looked at: only so many are"),
    "file-zipped": Notice("{file} was taken out of {around}"),
    "file-deeper": Notice("{file} was found in a folder of its own"),
    "lab-unknown": Notice("{file} says that it is of a lab {lab}, which is not known here"),
    "other-lab": Notice(
        "{file} is of lab {other}, not of {lab}; hand in the file of {lab}", review=True
    ),
    "other-lab-full-marks": Notice(
        "{file} is of lab {other}, not of {lab}, and would earn full marks here; a person has to "
        "look at it",
        review=True,
    ),
    "other-lab-accepted": Notice("{file} is of lab {other}, and was accepted for {lab} by hand"),
    # how it was read
    "read-as-notebook": Notice("{file} was read as what it is, a notebook; name it so: .ipynb"),
    "read-as-script": Notice("{file} was read as what it is, a script; name it so: .py"),
    "read-encoding": Notice("{file} is not UTF-8 text; it was read as {encoding}"),
    "notebook-version": Notice(
        "{file} has no nbformat that is known here; its cells were read as those of nbformat 4"
    ),
    "text-cell": Notice(
        "{name} stands in a text cell; it was taken for the code that it is. Make it a code cell",
        review=True,
    ),
    "text-cell-left": Notice(
        "{name} seems to stand in a text cell, which is not run; make it a code cell"
    ),
    # why a file cannot be graded
    "hand-in": Notice("hand in {lab}.ipynb or {lab}.py"),
    "file-empty": Notice("{file}: the file is empty"),
    "file-no-code": Notice("{file}: the file holds no code"),
    "file-defines-nothing": Notice("{file}: defines none of the lab's functions"),
    "file-large": Notice("{file}: more than {megabytes} MB of source code"),
    "file-cells": Notice("{file}: more than {cells} code cells"),
    "file-pdf": Notice("{file}: a PDF"),
    "file-picture": Notice("{file}: a picture"),
    "file-word": Notice("{file}: a document of a word processor"),
    "file-table": Notice("{file}: a spreadsheet"),
    "file-slides": Notice("{file}: a presentation"),
    "file-model": Notice("{file}: tensors that were saved, no code"),
    "file-packed": Notice("{file}: an archive of a kind that is not opened here"),
    "file-link": Notice("{file}: a link; download the file itself"),
    "file-binary": Notice("{file}: a binary file, no text"),
    "file-html": Notice("{file}: an HTML page that the browser saved in place of the file"),
    "file-html-export": Notice("{file}: a notebook exported as HTML; download the notebook itself"),
    "file-language": Notice("{file}: written in {language}; this lab is in Python"),
    "file-tool": Notice("{file}: a file of {tool}, which is not run here"),
    "file-gone": Notice("{file}: {problem}"),
    "zip-damaged": Notice("{file}: a zip file that is damaged, or not whole"),
    "zip-locked": Notice("{file}: a zip file with a password"),
    "zip-large": Notice("{file}: a zip file with more than {megabytes} MB in it"),
    "zip-empty": Notice("{file}: a zip file with nothing in it that could be graded"),
    "zip-nested": Notice("{file}: a zip file in a zip file, which is not opened"),
    "notebook-merge": Notice(
        "{file}: a notebook with a merge-conflict mark in line {line}; keep one of the versions"
    ),
    "notebook-cut": Notice("{file}: a notebook that is cut off at line {line}"),
    "notebook-broken": Notice(
        "{file}: a notebook that is broken in line {line}; was it edited as text?"
    ),
    "notebook-nested": Notice("{file}: a notebook that is nested too deeply"),
    "notebook-other": Notice("{file}: not a notebook, but other data in its format (JSON)"),
    "notebook-no-cells": Notice("{file}: not a notebook: there are no cells in it"),
    "notebook-source": Notice("{file}: not a sound notebook: a cell's source is no text"),
    # why a statement is lost
    "syntax-other": Notice("does not parse: {text}"),
    "syntax-merge": Notice(
        "does not parse: a merge-conflict mark; keep one of the versions",
        review=True,
    ),
    "syntax-torn": Notice("does not parse: what is below it is indented as if it belonged to it"),
    "syntax-tabs": Notice("does not parse: tabs and spaces are mixed at the beginning of lines"),
    "syntax-indent": Notice("does not parse: a line is not indented as what is around it needs"),
    "syntax-character": Notice(
        "does not parse: it holds {character}, which is none of Python's characters"
    ),
    "syntax-quotes": Notice(
        "does not parse: it holds curly quotes, as word processors make them; Python's are straight"
    ),
    "syntax-python2": Notice(
        "does not parse: this is Python 2, where print was no function; here it is Python 3"
    ),
    "syntax-newer": Notice(
        "does not parse: it needs Python {needs} or newer, and Python {python} grades"
    ),
    "syntax-numbers": Notice("does not parse: line numbers were copied with the code"),
    "syntax-prompt": Notice("does not parse: a prompt, such as >>>, was copied with the code"),
    "syntax-fence": Notice(
        "does not parse: a mark of Markdown, such as ```, which belongs into a text cell"
    ),
    "syntax-command": Notice("does not parse: a command for a shell, which is not run here"),
    "syntax-prose": Notice(
        "does not parse: it reads like a sentence; text belongs into a text cell, or behind a #"
    ),
    "syntax-bracket": Notice("does not parse: a bracket is opened here and never closed"),
    "syntax-string": Notice("does not parse: a text is opened here and never closed"),
    "syntax-colon": Notice("does not parse: a colon is missing at the end"),
    "syntax-return": Notice("does not parse: return stands outside a function; is it indented?"),
}
LEFT_OUT = "; only this statement is left out"
LINES_LEFT_OUT = "; lines {lines} are left out"

OURS = frozenset({CHECK_ERROR, DIAGNOSIS_ERROR})
"""What no trace may say: only the judge does."""


class _Values(dict[str, str]):
    """A note's values, fit to be shown; one that is missing reads as a question mark."""

    def __getitem__(self, key: str) -> str:
        return messages.clean(self.get(key, "?"))


def say(note: Note) -> str:
    """Return a note as a sentence, its place first; empty for a code that is not known."""
    notice = NOTICES.get(note.code)
    if notice is None:
        return ""
    values = _Values(note.values)
    place = messages.where(Failure(kind="exception", text="", cell=note.cell, line=note.line))
    return messages.clean(f"{place}{notice.text.format_map(values)}")


def say_failure(found: Failure) -> str:
    """Return the note for a cell that did not run through, or a statement that was lost."""
    if found.code not in NOTICES:
        return messages.clean(messages.cell_failure(found))
    values = {name: messages.clean(value) for name, value in found.values.items()}
    lines = values.get("lines", "")
    left_out = LINES_LEFT_OUT.format(lines=lines) if "-" in lines else LEFT_OUT
    text = NOTICES[found.code].text.format_map(_Values(values))
    return messages.clean(f"{messages.where(found)}{text}{left_out if lines else ''}")


def review_codes(notes: Iterable[Note | Failure]) -> tuple[str, ...]:
    """Return the codes among these that ask for a person, each once."""
    return tuple(dict.fromkeys(n.code for n in notes if NOTICES.get(n.code, ("", False))[1]))
