"""Find solutions in what students would receive."""

from __future__ import annotations

import ast
import dataclasses
import json
import keyword
import re
from collections.abc import Iterator, Mapping
from typing import Any

from autograder.assignment.source import REGIONS, Source, parsed
from autograder.words.catalogue import say

LEAST_WORDS = 2
_WORD = re.compile(r"\w+")
_CALL = re.compile(r"(\w+)(?:\.\w+)*\(")
_BARE_WITH = re.compile(r"with \w+(?:\.\w+)*\(\):")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Leak:
    """A place in a file that gives something away, and what."""

    place: str
    what: str

    def __str__(self) -> str:
        """Return both, for a message."""
        return say("leak-in", place=self.place, what=self.what)


def find_leaks(
    source: Source, outputs: Mapping[str, bytes], inert: tuple[str, ...]
) -> dict[str, list[Leak]]:
    """Return the leaks of each file that has any.

    A leak is a telling line of the solution anywhere in the file, or a left-over marker.
    """
    patterns = {n: _pattern(line) for n, line in telling_lines(source, inert).items()}
    leaks = {name: list(_leaks(name, data, patterns, source)) for name, data in outputs.items()}
    return {name: found for name, found in leaks.items() if found}


def telling_lines(source: Source, inert: tuple[str, ...]) -> dict[int, str]:
    """Return the solution's lines that would give something away, by line number.

    Not those of fewer than two words besides keywords, nor calls of ``inert`` names, which the
    lab's page explains, nor what opens a block and says nothing of what is in it, such as
    ``with torch.no_grad():``. Nor, outside functions and classes, what sets the stage: a name that
    gets a literal, and lines that the page's own code has as well, such as ``train_model(15)``.
    """
    inside = _lines_inside_definitions(source.text)
    given = {
        line.strip()
        for number, line in enumerate(source.text.splitlines(), start=1)
        if number not in source.secret
    }
    found = {}
    for number, line in ((number, line.strip()) for number, line in source.secret.items()):
        words = [word for word in _WORD.findall(line) if not keyword.iskeyword(word)]
        call = _CALL.match(line)
        stage = number not in inside and (line in given or _sets_literal(line))
        bare = (call and call[1] in inert) or _BARE_WITH.fullmatch(line)
        if len(words) >= LEAST_WORDS and not bare and not stage:
            found[number] = line
    return found


def _lines_inside_definitions(text: str) -> set[int]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    nodes = [node for node in ast.walk(parsed(text)) if isinstance(node, kinds)]
    return {n for node in nodes for n in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _sets_literal(line: str) -> bool:
    try:
        (statement,) = parsed(line).body
        ast.literal_eval(getattr(statement, "value", None) or ast.Name(id=""))
    except (SyntaxError, ValueError):
        return False
    return isinstance(statement, ast.Assign)


def _pattern(line: str) -> re.Pattern[str]:
    """Match the line where it is not part of longer words."""
    return re.compile(rf"(?<!\w){re.escape(line)}(?!\w)")


def _leaks(
    name: str, data: bytes, patterns: Mapping[int, re.Pattern[str]], source: Source
) -> Iterator[Leak]:
    for place, text in _texts(name, data.decode("utf-8", "replace")):
        for number, pattern in patterns.items():
            if pattern.search(text):
                what = say("leak-solution", number=number, name=source.path.name)
                yield Leak(place=place, what=what)
        for region in REGIONS:
            if f"BEGIN {region}" in text or f"END {region}" in text:
                yield Leak(place=place, what=say("leak-marker", region=region))


def _texts(name: str, text: str) -> Iterator[tuple[str, str]]:
    """Yield all text in a file with its place; a notebook's is what its JSON says."""
    try:
        content = json.loads(text) if name.endswith((".ipynb", ".json")) else None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        yield from (
            (say("line-number", line=number), line)
            for number, line in enumerate(text.splitlines(), 1)
        )
        return
    cells = content.get("cells", ())
    for number, cell in enumerate(cells, start=1):
        yield say("cell-number", number=number), "\n".join(_strings(cell))
    rest = {key: value for key, value in content.items() if key != "cells"}
    yield say("leak-metadata" if cells else "leak-file"), "\n".join(_strings(rest))


def _strings(content: Any) -> Iterator[str]:
    """Yield every string in parsed JSON, keys too."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield key
            yield from _strings(value)
    elif isinstance(content, list):
        for value in content:
            yield from _strings(value)
