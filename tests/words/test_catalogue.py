"""Codes become sentences in the reader's language; catalogues are whole, and words break nothing."""

from __future__ import annotations

import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from autograder.words import catalogue
from autograder.words.catalogue import DOMAINS, LOCALE, languages, say, speaking
from autograder.words.text import NOTHING, Text, text, verbatim

OTHERS = [name for name in languages() if name != "en"]


def source(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    with source(language, domain).open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def key(message: object) -> str:
    """Return the code of an entry; one with a plural has it twice."""
    return message if isinstance(message, str) else next(iter(message))  # type: ignore[call-overload,no-any-return]


def forms(message: object) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)  # type: ignore[arg-type]


def fields(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", languages())
def test_what_is_read_was_compiled_from_what_is_edited(language: str, domain: str) -> None:
    with source(language, domain).with_suffix(".mo").open("rb") as file:
        kept = {key(one.id): forms(one.string) for one in read_mo(file) if one.id}
    edited = {key(one.id): forms(one.string) for one in read(language, domain) if one.id}
    assert kept == edited, "run `make words`"


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_all_that_english_says_with_the_same_values(
    language: str, domain: str
) -> None:
    english = {key(one.id): one for one in read("en", domain) if one.id}
    other = {key(one.id): one for one in read(language, domain) if one.id}
    assert other.keys() == english.keys()
    for code, message in english.items():
        said = set().union(*map(fields, forms(message.string)))
        translated = set().union(*map(fields, forms(other[code].string)))
        assert translated == said, code
        assert all(forms(other[code].string)), code


def test_no_code_is_in_both_catalogues() -> None:
    codes = [key(one.id) for domain in DOMAINS for one in read("en", domain) if one.id]
    assert len(codes) == len(set(codes))


def test_values_are_put_in_and_never_read_as_patterns() -> None:
    said = say("unknown-language", name="{languages!r} {0} %s", languages="en")
    assert said == "unknown language '{languages!r} {0} %s'; use one of: en"


def test_texts_in_texts_are_said_in_the_same_language() -> None:
    inner = (text("list-and", before="a", after="b"), verbatim("c"), verbatim("d"))
    whole = text("list-comma", before=inner, after=NOTHING)
    assert say(whole) == "a and b, c and d, "
    with speaking("de"):
        assert say(whole) == "a und b, c und d, "


def test_an_unknown_code_is_shown_with_its_values_and_no_code_says_nothing() -> None:
    assert say("not-there", n=3, name="w") == "not-there n=3 name=w"
    assert say(NOTHING) == say("") == ""
    assert not NOTHING
    assert verbatim("") == NOTHING


@pytest.mark.parametrize("pattern", ["{n:.2g}", "{n!x}", "{", "{n[gone]}", "{n.real.gone}", "{}"])
def test_a_sentence_that_cannot_take_its_values_is_shown_as_its_code(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "_pattern", lambda *_: pattern)
    assert say("a-code", n="many") == "a-code n=many"


@pytest.mark.parametrize(
    ("wanted", "name"), [("de", "de"), ("de_AT.UTF-8", "de"), ("DE-ch", "de"), ("xx", "en"), ("", "en")]
)  # fmt: skip
def test_the_language_is_chosen_as_locales_are_written(
    wanted: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUTOGRADER_LANG", wanted)
    with speaking(name):
        expected = say("list-and", before="a", after="b")
    assert say("list-and", before="a", after="b") == expected


def test_equal_texts_are_one() -> None:
    assert len({text("a", n=1), text("a", n=1), text("a", n=2), Text()}) == 3
