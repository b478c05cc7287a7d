"""What a page of the documentation says is read and followed as ``page`` has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .page import Command, Walk, follow, matches, parse_page

FILES = """\
Make a folder:

```console
$ mkdir inner && cd inner
```

```python title="greet.py"
word = "hello"
print(word)
```

```diff title="greet.py"
-word = "hello"
+word = "good day"
 print(word)
```

```console
$ python greet.py
good day
$ python -c "raise SystemExit(0)" \\
    --more
```
"""


def test_files_are_written_changed_and_used_where_cd_led(tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    follow(parse_page(FILES), walk)
    assert walk.place == tmp_path / "inner"
    assert (walk.place / "greet.py").read_text("utf-8") == 'word = "good day"\nprint(word)\n'


def test_output_that_differs_is_told_with_its_line(tmp_path: Path) -> None:
    page = parse_page("\n\n```console\n$ echo one\ntwo\n```\n", "guide.md")
    with pytest.raises(AssertionError, match=r"the page shows\ntwo\nguide\.md:3"):
        follow(page, Walk(tmp_path))


@pytest.mark.parametrize(("remark", "right"), [("", False), ("<!-- exit 3 -->\n", True)])
def test_an_exit_code_is_0_or_what_the_remark_says(
    remark: str, right: bool, tmp_path: Path
) -> None:
    page = parse_page(f"{remark}```console\n$ exit 3\n```\n")
    if right:
        follow(page, Walk(tmp_path))
    else:
        with pytest.raises(AssertionError, match="exit code 3, not 0"):
            follow(page, Walk(tmp_path))


def test_a_remark_counts_for_the_next_block_alone() -> None:
    page = parse_page("<!-- exit 3 -->\n```console\n$ a\n```\n\n```console\n$ b\n```\n")
    assert [command.code for command in page.commands] == [3, 0]
    page = parse_page("<!-- exit 3 -->\nwords\n```console\n$ a\n```\n")
    assert [command.code for command in page.commands] == [0]


def test_standard_error_belongs_to_what_is_shown(tmp_path: Path) -> None:
    follow(parse_page("```console\n$ echo wrong >&2\nwrong\n```\n"), Walk(tmp_path))


def test_slow_blocks_are_followed_on_demand(tmp_path: Path) -> None:
    page = parse_page("<!-- slow -->\n```console\n$ touch made\n```\n")
    follow(page, Walk(tmp_path))
    assert not (tmp_path / "made").exists()
    follow(page, Walk(tmp_path), slow=True)
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(
    "text",
    [
        "<!-- skip: needs a network -->\n```console\n$ x\n```\n",
        "```python\nx = 1\n```\n",
        "```text\n$ x\n```\n",
    ],
)
def test_what_is_only_read_makes_no_step(text: str) -> None:
    assert parse_page(text).steps == ()


def test_blocks_in_lists_are_read_without_their_indentation() -> None:
    (command,) = parse_page("1. Do:\n\n    ```console\n    $ echo x\n    x\n    ```\n").steps
    assert isinstance(command, Command)
    assert (command.text, command.output) == ("echo x", "x")


@pytest.mark.parametrize(
    ("printed", "shown", "right"),
    [
        ("a 12 s\n", "a … s", True),
        ("a\nb\nc\n", "a\n…\nc", True),
        ("a\nc\n", "a\n…\nc", True),
        ("a\nb\n", "a", False),
        ("a  \nb\n", "a\nb", True),
        ("a.b\n", "aXb", False),
        ("x\na\n", "a", False),
    ],
)
def test_dots_stand_for_any_text(printed: str, shown: str, right: bool) -> None:
    assert matches(printed, shown) is right


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```console\n$ a\n", "page:1: the block is never ended"),
        ("```console\nout\n```\n", "output before any command"),
        ('```diff title="a"\n+x\n```\n', "begins nowhere"),
        ('```diff title="a"\nx\n```\n', "begin each line"),
    ],
)
def test_a_block_that_is_wrong_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_page(text)


def test_a_change_must_find_its_lines_once(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x\nax\nx\n", "utf-8")
    page = parse_page('```diff title="a"\n-x\n+y\n```\n')
    with pytest.raises(AssertionError, match="stands 2 times in"):
        follow(page, Walk(tmp_path))
