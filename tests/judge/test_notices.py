from __future__ import annotations

import pytest

from autograder.judge import notices
from autograder.judge.notices import Notice, review_codes, say
from autograder.protocol.trace import Note


def test_a_note_is_told_with_its_values_and_its_place():
    note = Note(code="not-run", values={"what": "%pip"}, cell=2, line=3)
    assert say(note) == "code cell 2, line 3: %pip is not run while grading"


def test_a_code_that_nobody_knows_is_not_told():
    assert say(Note(code="forged", values={"what": "10/10"})) == ""


def test_values_are_text_and_never_markup_or_control():
    assert say(Note(code="not-run", values={"what": "a\x1b[31m\n{what}"})) == (
        "a[31m {what} is not run while grading"
    )


def test_a_missing_value_breaks_nothing():
    assert say(Note(code="not-run")) == "? is not run while grading"


def test_only_some_notices_ask_for_a_person(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        notices, "NOTICES", {"look": Notice("look", review=True), "fine": Notice("fine")}
    )
    notes = [Note(code=code) for code in ("look", "fine", "look", "forged")]
    assert review_codes(notes) == ("look",)
