"""What students read is one short line without control characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.judge import messages
from autograder.judge.digits import number
from autograder.protocol.trace import Failure, FailureKind
from autograder.words.catalogue import say
from autograder.words.text import verbatim

anything = st.text(st.characters(), max_size=600)  # surrogates too: they are category Cs


@given(anything)
def test_clean_text_is_one_short_line_without_control_characters(text: str) -> None:
    shown = messages.clean(text)
    assert not [c for c in shown if unicodedata.category(c)[0] == "C"]
    assert len(f"{shown}.".splitlines()) == 1
    assert len(shown) <= messages.LONGEST
    shown.encode("utf-8")


@given(anything)
def test_clean_text_stays_as_it_is(text: str) -> None:
    once = messages.clean(text)
    assert messages.clean(once) == once


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc\r\n d", "a b c d"),
        ("\x1b[31mred\x1b[0m", "[31mred[0m"),
        ("right\u202eleft", "rightleft"),
        ("bell\a nul\0 del\x7f csi\x9b", "bell nul del csi"),
        ("one\u2028two\u2029three", "one two three"),
        ("half\ud800", "half"),
        ("naïve ∂L/∂w 梯度", "naïve ∂L/∂w 梯度"),
    ],
)
def test_clean_text_keeps_what_can_be_read(text: str, shown: str) -> None:
    assert messages.clean(text) == shown


def test_long_text_is_cut_with_a_sign() -> None:
    assert messages.clean("x" * 401) == "x" * 399 + "…"
    assert messages.clean("x" * 400) == "x" * 400


@pytest.mark.parametrize(
    ("cell", "line", "place"),
    [
        (3, 7, "code cell 3, line 7: "),
        (None, 7, "line 7: "),
        (3, None, "code cell 3: "),
        (None, None, ""),
    ],
)
def test_a_place_begins_the_sentence(cell: int | None, line: int | None, place: str) -> None:
    said = messages.at(messages.spot(cell, line), verbatim("so"))
    assert say(said) == f"{place}so"


@pytest.mark.parametrize("kind", FailureKind.__args__)
def test_every_kind_of_failure_has_words_and_a_hint(kind: FailureKind) -> None:
    message, hint = messages.failure(
        Failure(kind=kind, text="{role} {0}", line=2), "criterion", public=True
    )
    assert "criterion" in say(message)
    assert say(hint)


def test_braces_in_student_text_are_only_text() -> None:
    found = Failure(kind="exception", text="KeyError: {where.__class__}")
    assert "{where.__class__}" in say(messages.failure(found, "forward", public=True)[0])


def test_numbers_are_written_with_four_digits() -> None:
    assert [number(x) for x in (-2.99871, 1234567.0, 0.1, float("nan"))] == [
        "-2.999",
        "1.235e+06",
        "0.1",
        "nan",
    ]
