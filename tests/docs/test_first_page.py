"""The site opens with what one sees, and leads every reader to a way of five minutes."""

from __future__ import annotations

import re

import pytest

from .commands import ROOT, commands_of

HOME = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
WAYS = ROOT / "docs" / "five-minutes.md"
READERS = ("A student", "An instructor", "An author", "A course's CI")
LARGEST = 150_000


@pytest.mark.parametrize("name", ["card", "film", "portal", "report"])
def test_a_picture_of_a_real_run_is_there_small_and_described(name: str) -> None:
    found = re.search(rf"!\[([^\]]+)\]\(pictures/{name}\.png\)", HOME)
    assert found is not None
    assert len(found[1].split()) > 8
    data = (ROOT / "docs" / "pictures" / f"{name}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert len(data) <= LARGEST


@pytest.mark.parametrize("reader", READERS)
def test_each_reader_has_a_way_whose_commands_begin_with_an_install(reader: str) -> None:
    anchor = reader.lower().replace("'", "").replace(" ", "-")
    assert f"five-minutes.md#{anchor}" in HOME
    lines = WAYS.read_text(encoding="utf-8").splitlines()
    begins = lines.index(f"## {reader}") + 1
    ends = next((n for n in range(begins, len(lines)) if lines[n].startswith("## ")), len(lines))
    there = "\n".join(lines[begins:ends])
    assert "pip install" in there
    ours = [one for one in commands_of(WAYS) if begins < one.line <= ends and one.whole]
    assert [one for one in ours if one.words[0] == "autograder"]
