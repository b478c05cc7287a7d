"""Read a submission's bytes into cells of source code, by what they are and not by their name.

Runs inside the wall: files are hostile. Imports nothing heavy: pytest asks it, too, which file in
a folder is the student's.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from autograder.worker.text import Text, decode

SCRIPT: Final = "<script>"
MARKS = re.compile(r"^(?:<{7}|={7}|>{7})(?:\s|$)", re.MULTILINE)
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_HTML_EXPORT = re.compile(r"jp-(?:Notebook|Cell)|nbconvert|code_cell|<colab-|notebook-container")
_SHORTCUT = re.compile(r"\s*(?:<[?!][^>]*>\s*)*<plist\b.*<key>URL</key>", re.DOTALL)
_LINK = re.compile(r"\bhttps?://\S")
_CODE = re.compile(
    r"^\s*(?:import|from|def|class|for|if|while|with)\b|^\s*\w+ *=(?!=) ", re.MULTILINE
)
LONGEST_LINK = 2000
_NOTEBOOK = re.compile(r"\"(?:cells|cell_type|nbformat|worksheets)\"\s*:")
_BINARY: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"%PDF"), "file-pdf"),
    (
        re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8|BM....\0\0|RIFF....WEBP|II\*\0|MM\0\*", re.DOTALL),
        "file-picture",
    ),
    (re.compile(rb".{4}ftyp(?:heic|mif1|avif)", re.DOTALL), "file-picture"),
    (re.compile(rb"\{\\rtf|\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "file-word"),
    (re.compile(rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar", re.DOTALL), "file-packed"),
)
_HINT = re.compile(
    r"marimo|```|Pluto|# MAGIC|<-|library\(|^using |^function |#include|public ", re.MULTILINE
)
_TOOLS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"^import marimo\b|\bmarimo\.App\(", re.MULTILINE), "marimo"),
    (re.compile(r"^```+\s*\{code-cell", re.MULTILINE), "MyST Markdown"),
    (
        re.compile(r"(?im)^```+\s*\{\.?(?:python|r|julia)\b"),
        "Quarto or R Markdown",
    ),
    (re.compile(r"\A### A Pluto\.jl notebook"), "Pluto"),
    (
        re.compile(r"(?ms)\A# Databricks notebook source.*^# MAGIC"),
        "Databricks",
    ),
)
_LANGUAGES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"<-\s*function\s*\(|^\s*library\(\w+\)\s*$", re.MULTILINE), "R"),
    (re.compile(r"^using [A-Z]\w*|^function \w+\(", re.MULTILINE), "Julia"),
    (re.compile(r"^\s*#include\s*[<\"]", re.MULTILINE), "C or C++"),
    (re.compile(r"^\s*public (?:static|class|final)\b", re.MULTILINE), "Java"),
)
_KERNEL = re.compile(r"(?:ir|julia|octave|deno|tslab|javascript|scala|bash|sas|matlab|xcpp|ruby)\b")
_SHOWN = {"ir": "R", "xcpp": "C++", "deno": "JavaScript", "tslab": "TypeScript"}


class Unreadable(Exception):
    """The file is none that could be graded: a code (see ``judge/notices.py``) and its values."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code = code
        self.values = values


class Cell(NamedTuple):
    """Source code of one cell; ``filename`` is what tracebacks show for it."""

    filename: str
    source: str


class TextCell(NamedTuple):
    """A cell that is no code: its number among those, and how many code cells stand above it."""

    number: int
    above: int
    source: str


class Document(NamedTuple):
    """A notebook or a script.

    ``lab`` is what its metadata name, ``language`` what they say that it is written in where that
    is not Python, ``odd`` a code for what is odd about it.
    """

    is_notebook: bool
    cells: list[Cell]
    texts: tuple[TextCell, ...] = ()
    lab: str = ""
    encoding: str = ""
    language: str = ""
    odd: str = ""


def read_document(name: str, data: bytes) -> Document:
    """Return what a file contains. Raises Unreadable."""
    if not data.strip():
        raise Unreadable("file-empty")
    for pattern, code in _BINARY:
        if pattern.match(data):
            raise Unreadable(code)
    decoded = decode(data, _parses)
    if decoded is None:
        raise Unreadable("file-binary")
    start = decoded.text.lstrip("\ufeff \t\n")[:1]
    if not start:
        raise Unreadable("file-empty")
    if start in "{[" and (name.lower().endswith("ipynb") or _NOTEBOOK.search(decoded.text)):
        return _notebook(decoded)
    if start == "<" and _SHORTCUT.match(decoded.text):
        raise Unreadable("file-link")
    if start == "<" and _HTML.match(decoded.text):
        exported = _HTML_EXPORT.search(decoded.text)
        raise Unreadable("file-html-export" if exported else "file-html")
    return _script(decoded)


def _parses(text: str) -> bool:
    """Return whether a text is JSON, or else Python."""
    try:
        if text.lstrip()[:1] == "{":
            json.loads(text)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _script(decoded: Text) -> Document:
    text = decoded.text.removeprefix("\ufeff")
    return Document(is_notebook=False, cells=[Cell(SCRIPT, text)], encoding=decoded.encoding)


def foreign(document: Document) -> Unreadable | None:
    """Return why a file that defines nothing of a lab's is of another tool or language."""
    if document.is_notebook:
        language = document.language
        return Unreadable("file-language", language=language) if language else None
    text = document.cells[0].source
    if len(text) < LONGEST_LINK and _LINK.search(text) and not _CODE.search(text):
        return Unreadable("file-link")
    if not _HINT.search(text):
        return None
    for pattern, tool in _TOOLS:
        if pattern.search(text):
            return Unreadable("file-tool", tool=tool)
    for pattern, language in _LANGUAGES:
        if pattern.search(text):
            return Unreadable("file-language", language=language)
    return None


def _notebook(decoded: Text) -> Document:
    notebook = _loaded(decoded.text.removeprefix("\ufeff"))
    if isinstance(inner := notebook.get("content"), dict) and "cells" not in notebook:
        notebook = inner  # as Jupyter's server answers
    cells: list[Cell] = []
    texts: list[TextCell] = []
    for kind, source in _sources(notebook):
        if kind == "code":
            cells.append(Cell(f"<cell {len(cells) + 1}>", source))
        else:
            texts.append(TextCell(len(texts) + 1, len(cells), source))
    metadata = notebook.get("metadata")
    said = metadata if isinstance(metadata, dict) else {}
    return Document(
        is_notebook=True,
        cells=cells,
        texts=tuple(texts),
        lab=_text_at(said, "autograder", "lab"),
        encoding=decoded.encoding,
        language=_language(said),
        odd="" if notebook.get("nbformat") in (2, 3, 4) else "notebook-version",
    )


def _loaded(text: str) -> dict[str, Any]:
    """Return the JSON object that a text contains. Raises Unreadable saying what it looks like."""
    try:
        found = json.loads(text)
    except ValueError:
        try:
            found = json.loads(text, strict=False)  # line ends in strings, by an editor
        except ValueError as error:
            raise _broken(text, error) from error
    except RecursionError:
        raise Unreadable("notebook-nested") from None
    if not isinstance(found, dict):
        raise Unreadable("notebook-other")
    return found


def _broken(text: str, error: ValueError) -> Unreadable:
    if mark := MARKS.search(text):
        return Unreadable("notebook-merge", line=str(text.count("\n", 0, mark.start()) + 1))
    place = getattr(error, "pos", 0)
    line = str(getattr(error, "lineno", 1))
    whole = text.rstrip()
    if place >= len(whole) or not whole.endswith("}") or str(error).startswith("Unterminated"):
        return Unreadable("notebook-cut", line=line)
    return Unreadable("notebook-broken", line=line)


def _sources(notebook: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield kind and source of each cell, whatever version of the format it is."""
    sheets = notebook.get("worksheets")
    lists = [notebook.get("cells")]
    if isinstance(sheets, list) and lists == [None]:
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    if not lists or not all(isinstance(cells, list) for cells in lists):
        known = any(key in notebook for key in ("nbformat", "metadata", "cells", "worksheets"))
        raise Unreadable("notebook-no-cells" if known else "notebook-other")
    for cells in lists:
        for cell in cells or ():
            if isinstance(cell, dict) and isinstance(cell.get("cell_type"), str):
                source = cell.get("source", cell.get("input", ""))
                yield cell["cell_type"], source if isinstance(source, str) else _joined(source)


def _joined(source: object) -> str:
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        return "".join(source)
    raise Unreadable("notebook-source")


def _language(metadata: Mapping[str, Any]) -> str:
    """Return the language that a notebook says to be in, nothing for Python and for silence."""
    found = _text_at(metadata, "kernelspec", "language")
    found = found or _text_at(metadata, "language_info", "name")
    if not found:
        kernel = _KERNEL.match(_text_at(metadata, "kernelspec", "name").lower())
        found = kernel[0] if kernel else ""
    if not found or re.search("python|sage", found.lower()):
        return ""
    return _SHOWN.get(found.lower(), found if len(found) > 1 else found.upper())


def _text_at(found: Any, *keys: str) -> str:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) else ""
