from __future__ import annotations

import pytest

from autograder.judge import notices
from autograder.judge.notices import review_codes, text_of
from autograder.protocol.trace import Note
from autograder.words.catalogue import say


def test_a_note_is_told_with_its_values_and_its_place():
    note = Note(code="not-run", values={"what": "%pip"}, cell=2, line=3)
    assert say(text_of(note)) == "code cell 2, line 3: %pip is not run during grading"


def test_a_code_that_nobody_knows_is_not_told():
    assert say(text_of(Note(code="forged", values={"what": "10/10"}))) == ""


def test_values_are_text_and_never_markup_or_control():
    assert say(text_of(Note(code="not-run", values={"what": "a\x1b[31m\n{what}"}))) == (
        "a[31m {what} is not run during grading"
    )


def test_a_missing_value_breaks_nothing():
    assert say(text_of(Note(code="not-run"))) == "{what} is not run during grading"


def test_only_some_notices_ask_for_a_person(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notices, "NOTICES", ("look", "fine"))
    monkeypatch.setattr(notices, "ASKING", frozenset({"look"}))
    notes = [Note(code=code) for code in ("look", "fine", "look", "forged")]
    assert review_codes(notes) == ("look",)


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("defined-twice", "this definition is used"),
        (
            "defined-twice-list",
            "this definition is used, and it fills LOSS2, where the earlier one fills LOSS",
        ),
        ("defined-twice-stub", "this definition is used, and it is still the stub"),
    ],
)
def test_a_second_definition_is_told_with_all_places(code: str, end: str):
    values = {"name": "forward", "before": "2:1", "own": "LOSS2", "list": "LOSS"}
    told = say(text_of(Note(code=code, values=values, cell=5, line=1)))
    assert told == (
        f"code cell 5, line 1: forward is defined again here, after code cell 2, line 1; {end}"
    )
    assert review_codes([Note(code=code)]) == ()
