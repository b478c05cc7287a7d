"""Decode bytes by content: encodings that systems and editors silently use."""

from __future__ import annotations

import codecs
import re
import tokenize
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = ("cp1252", "cp932", "gb18030", "cp949", "latin-1")
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
SAMPLE, SHORTEST = 4096, 8


class Text(NamedTuple):
    """A text with line ends of one kind, and its encoding where that is not UTF-8."""

    text: str
    encoding: str = ""


def decode(data: bytes, parses: Callable[[str], bool]) -> Text | None:
    """Return the text in ``data``, None where it has none.

    Of the old encodings, which all fit, the first one is taken in which the text parses.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], name)
    if b"\0" in data:
        wide = _without_mark(data)
        return _decoded(data, wide) if wide else None
    declared = _declared(data)
    try:
        return _text(data.decode(declared or "utf-8"), "")
    except (UnicodeError, LookupError):
        pass
    if declared and (found := _decoded(data, "utf-8")):
        return found
    return _legacy(data, parses)


def _text(text: str, encoding: str) -> Text:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return Text(text.removesuffix("\x1a"), encoding)  # the end of a file of DOS


def _decoded(data: bytes, name: str) -> Text | None:
    try:
        return _text(data.decode(name), "" if name == "utf-8" else name.upper())
    except UnicodeError:
        return None


def _without_mark(data: bytes) -> str:
    """Return the wide encoding of a text that is mostly ASCII: every other byte is 0."""
    sample = data[: SAMPLE - SAMPLE % 2]
    half = len(sample) // 2
    if half < SHORTEST // 2 or len(data) % 2:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > 0.7 * half and even < 0.1 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd < 0.1 * half else ""


def _declared(data: bytes) -> str:
    """Return what a comment in the first two lines says, as in every script."""
    if b"coding" not in data[:SAMPLE]:
        return ""
    try:
        found, _ = tokenize.detect_encoding(BytesIO(data[:SAMPLE]).readline)
    except (SyntaxError, UnicodeError, LookupError):
        return ""
    return found


def _legacy(data: bytes, parses: Callable[[str], bool]) -> Text | None:
    if len(_CONTROL.findall(data[:SAMPLE])) > len(data[:SAMPLE]) // 100:
        return None
    found = [text for name in _LEGACY if (text := _decoded(data, name))]
    return next((text for text in found if parses(text.text)), found[0])
