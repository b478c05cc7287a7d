"""Bytes become text in whatever encoding an editor, a shell or a system wrote them."""

from __future__ import annotations

import codecs

import pytest

from .handed_in import SOLVED, chosen, codes, refused, said
from .observation import notebook

WORDS = "Größe – naïve “text”"
SCRIPT = f"# {WORDS}\n{SOLVED}"


def marked(mark: bytes, encoding: str) -> bytes:
    return mark + SCRIPT.encode(encoding)


@pytest.mark.parametrize(
    "data",
    [
        SCRIPT.encode(),
        marked(codecs.BOM_UTF8, "utf-8"),
        f"# -*- coding: utf-8 -*-\n{SCRIPT}".encode(),
        f"# coding: cp1252\n{SCRIPT}".encode("cp1252"),
        f"#!/usr/bin/python\n# vim: set fileencoding=latin-1 :\n{SOLVED}# ä".encode("latin-1"),
    ],
)
def test_what_a_script_may_be_by_python_s_own_rules_needs_no_word(data: bytes) -> None:
    found = chosen({"slope.py": data})
    assert SOLVED in found.cells[0].source
    assert codes(found) == []


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (marked(codecs.BOM_UTF16_LE, "utf-16-le"), "UTF-16-LE"),
        (marked(codecs.BOM_UTF16_BE, "utf-16-be"), "UTF-16-BE"),
        (marked(b"", "utf-16-le"), "UTF-16-LE"),
        (marked(b"", "utf-16-be"), "UTF-16-BE"),
        (marked(codecs.BOM_UTF32_LE, "utf-32-le"), "UTF-32-LE"),
        (marked(b"", "cp1252"), "CP1252"),
        (f"# {'ä' * 30}\n{SOLVED}".encode("latin-1"), "CP1252"),
        (f"# -*- coding: utf-8 -*-\n{SCRIPT}".encode("cp1252"), "CP1252"),
        (f"# coding: martian\n{SCRIPT}".encode("cp1252"), "CP1252"),
        (f"x = '表'\n{SOLVED}".encode("cp932"), "CP932"),
    ],
)
def test_another_encoding_is_read_with_a_note(data: bytes, encoding: str) -> None:
    found = chosen({"slope.py": data})
    assert SOLVED in found.cells[0].source
    assert codes(found) == ["read-encoding"]
    assert encoding in said(found)


def test_an_encoding_that_nobody_knows_is_passed_over() -> None:
    assert codes(chosen({"slope.py": f"# coding: martian\n{SCRIPT}"})) == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-8-sig", "cp1252"])
def test_a_notebook_is_read_in_any_encoding_too(encoding: str) -> None:
    text = notebook(SOLVED, "# w").replace("# w", f"# {WORDS}".replace('"', ""))
    assert chosen({"slope.ipynb": text.encode(encoding)}).cells[0].source == SOLVED


def test_the_end_of_a_file_of_dos_is_no_part_of_it() -> None:
    assert chosen({"slope.py": "a = 1\r\n\x1a"}).cells[0].source == "a = 1\n"


@pytest.mark.parametrize("data", [b"\0\1\2\3" * 100, b"a\0b", b"\x80\x02\x01\x03\x04\x05" * 9])
def test_what_is_no_text_in_any_encoding_is_binary(data: bytes) -> None:
    assert "binary" in refused({"slope.py": data})
