"""What a header says stands at the top, once, on a line; nothing below can change it."""

from __future__ import annotations

import pytest

from autograder.course.header import LINES, MARKER, brings_mistake, read_header, without_header

TOP = "# fails: criterion\n# mistake: my-id\n"


def said(text: str) -> dict[str, str]:
    return {key: value.text for key, value in read_header(text).items()}


def test_each_key_has_its_text_and_its_line() -> None:
    found = read_header(f"{TOP}# says: It sums: all of it.\n# hint: Count.\n# why: so\nimport x\n")
    assert {key: (value.text, value.line) for key, value in found.items()} == {
        "fails": ("criterion", 1),
        "mistake": ("my-id", 2),
        "says": ("It sums: all of it.", 3),
        "hint": ("Count.", 4),
        "why": ("so", 5),
    }


def test_the_first_of_a_key_counts() -> None:
    assert said(f"{TOP}# mistake: another\n# fails: forward\n") == said(TOP)


@pytest.mark.parametrize(
    "between",
    [f"{MARKER} code ---\n", "import torch\n", "'''a text'''\n", "\timport torch\n", "#\n" * LINES],
)
def test_a_comment_below_the_header_says_nothing(between: str) -> None:
    assert said(f"{TOP}{between}# says: I am the header now.\n# why: so\n") == said(TOP)


def test_blank_lines_and_other_comments_may_stand_between() -> None:
    assert said("#!/usr/bin/env python\n\n# A note: so it is\n" + TOP) == said(TOP)


def test_a_file_of_an_editor_that_marks_its_encoding_has_its_header() -> None:
    assert said("\ufeff" + TOP.replace("\n", "\r\n")) == said(TOP)


def test_a_file_brings_a_mistake_where_it_says_what_to_tell() -> None:
    assert not brings_mistake(TOP.encode())
    assert brings_mistake(f"{TOP}# says: It sums.\n".encode())
    assert not brings_mistake(f"{TOP}{MARKER}\n# says: It sums.\n".encode())
    assert not brings_mistake(b"\xff\xfe\x00# says: \xc3")


def test_a_file_without_its_words_is_the_same_whatever_they_are() -> None:
    code = f"{MARKER}\nimport torch\n# says: below\nx = 1\n"
    first = without_header(f"{TOP}# says: It sums.\n{code}".encode())
    assert first == without_header(f"{TOP}# hint: Why?\n# says: All.\n# why: so\n{code}".encode())
    assert first == code.encode()


def test_a_file_keeps_the_bytes_that_say_nothing() -> None:
    data = b"# coding: latin-1\r\n# fails: forward\r\nx = '\xe9'\r\n"
    assert without_header(data) == b"# coding: latin-1\r\nx = '\xe9'\r\n"
