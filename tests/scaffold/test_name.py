"""What a lab may be called."""

from __future__ import annotations

import pytest

from autograder.errors import CourseError
from autograder.scaffold.name import LONGEST, require_name, require_title, title_of


@pytest.mark.parametrize("name", ["slope", "wide_line", "lab2", "a", "a" * LONGEST])
def test_slugs_will_do(name: str) -> None:
    require_name(name)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Slope", "a letter first, such as slope"),
        ("my-lab", "a letter first, such as my_lab"),
        ("2lab", "a letter first, such as lab"),
        ("../slope", "a letter first, such as slope"),
        ("slope\n", "a letter first"),
        ("", "a letter first"),
        ("löss", "a letter first"),
        ("a" * (LONGEST + 1), "longer than"),
        ("exercise", "every lab's spec"),
        ("class", "a keyword of Python"),
        ("match", "a keyword of Python"),
        ("random", "would hide the module random"),
        ("torch", "would hide the module torch"),
        ("autograder", "choose another, such as autograder_lab"),
    ],
)
def test_other_names_are_refused_with_advice(name: str, message: str) -> None:
    with pytest.raises(CourseError, match=message) as refused:
        require_name(name)
    assert str(refused.value).startswith(f"new lab {name!r}: ")


def test_a_name_is_not_advised_that_will_not_do_either() -> None:
    with pytest.raises(CourseError) as refused:
        require_name("---")
    assert "such as" not in str(refused.value)


def test_the_first_title_is_the_names_words() -> None:
    assert title_of("two_classes") == "Two classes"


@pytest.mark.parametrize("title", ["", " ", "two\nlines", "bell\a"])
def test_a_title_is_one_line_of_text(title: str) -> None:
    with pytest.raises(CourseError, match="one line of text"):
        require_title(title)
