"""Make sentences from codes, in the reader's language.

The catalogues are gettext's: ``locale/<language>/LC_MESSAGES/<domain>.po``, with the code as msgid.
``feedback`` has what students read, ``command`` what the commands and the pages for teachers say.
What a language lacks is said in English.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from autograder.words.text import VERBATIM, Text, Value

DOMAINS = ("feedback", "command")
VARIABLE = "AUTOGRADER_LANG"
ENGLISH = "en"
LOCALE = Path(__file__).with_name("locale")

_chosen: ContextVar[str] = ContextVar("language", default="")
_everywhere = [""]  # of all threads: a context of its own starts in each


@cache
def languages() -> tuple[str, ...]:
    """Return the languages that there are catalogues of."""
    return tuple(sorted(one.name for one in LOCALE.iterdir() if (one / "LC_MESSAGES").is_dir()))


def language() -> str:
    """Return the language in use: chosen by ``speaking`` or by AUTOGRADER_LANG, else English."""
    wanted = _chosen.get() or _everywhere[0] or os.environ.get(VARIABLE, "")
    found = wanted.replace("-", "_").split(".")[0].lower()
    for name in (found, found.split("_")[0]):
        if name in languages():
            return name
    return ENGLISH


@contextmanager
def speaking(name: str, *, everywhere: bool = False) -> Iterator[None]:
    """Use a language within the block, or ``everywhere`` in this process, threads included.

    An unknown language is English.
    """
    before, token = _everywhere[0], _chosen.set(name)
    _everywhere[0] = name if everywhere else before
    try:
        yield
    finally:
        _everywhere[0] = before
        _chosen.reset(token)


def say(sentence: Text | str, /, **values: object) -> str:
    """Return the sentence of a text, or of a code and its values, in the language in use.

    Values of other types (a path, an error) are shown as ``str`` shows them. A code that no
    catalogue has, or whose sentence cannot take its values, is shown as it is, with the values:
    words can break no grade.
    """
    if not isinstance(sentence, Text):
        sentence = Text(sentence, {key: _value(one) for key, one in values.items()})
    return _said(sentence, language()) if sentence else ""


def _value(given: object) -> Value:
    if isinstance(given, tuple) and all(isinstance(one, Text) for one in given):
        return given
    return given if isinstance(given, (str, int, float, Text)) else str(given)


def _said(sentence: Text, name: str) -> str:
    shown = {key: _shown(value, name) for key, value in sentence.values.items()}
    if sentence.code == VERBATIM:
        return str(shown.get("words", ""))
    pattern = _pattern(sentence.code, sentence.values.get("n"), name)
    if pattern is not None:
        with suppress(ValueError, TypeError, LookupError, AttributeError):  # an editor's slip
            return pattern.format_map(_Named(shown))
    return " ".join([sentence.code, *(f"{key}={value}" for key, value in shown.items())])


class _Named(dict[str, object]):
    """Shows a value that a pattern names and nobody gave by its name."""

    def __init__(self, values: Mapping[str, object]) -> None:
        super().__init__(values)

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"


def _shown(value: Value, name: str) -> object:
    """Return a value as a pattern shows it."""
    if isinstance(value, Text):
        return _said(value, name) if value else ""
    if isinstance(value, tuple):
        return joined([_said(one, name) for one in value], name)
    return value


def joined(parts: list[str], name: str = "") -> str:
    """Return ``a``, ``a and b``, or ``a, b and c``, as the language writes it."""
    if len(parts) < 2:
        return "".join(parts)
    name = name or language()
    listed = (_pattern("list-comma", None, name) or "{before}, {after}").format
    *most, last = parts
    before = most[0]
    for part in most[1:]:
        before = listed(before=before, after=part)
    return (_pattern("list-and", None, name) or "{before} and {after}").format(
        before=before, after=last
    )


def _pattern(code: str, count: Value | None, name: str) -> str | None:
    """Return the sentence of a code with its values' names in braces."""
    for catalogue in _catalogues(name):
        if isinstance(count, int):
            found = catalogue.ngettext(code, code, count)
            if found != code:
                return found
        found = catalogue.gettext(code)
        if found != code:
            return found
    return None


@cache
def _catalogues(name: str) -> tuple[gettext.NullTranslations, ...]:
    """Return the catalogues of a language, each with the English one behind it."""
    wanted = [name] if name == ENGLISH else [name, ENGLISH]
    return tuple(
        gettext.translation(domain, LOCALE, languages=wanted, fallback=True) for domain in DOMAINS
    )
