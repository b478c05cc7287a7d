"""A table comes back byte for byte, whatever wrote it; only cells that are set change."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.errors import CourseError
from autograder.lms.number import decimal_mark, is_ambiguous, parse_number, scaled, shortened
from autograder.lms.table import Table, read_table

PLAIN = 'Student,ID,Score\r\n"One, A",1,\r\n"Say ""hi""",2,3.5\r\n'
FORMS = {
    "comma": PLAIN.encode(),
    "utf-8 with a mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "utf-16 little": codecs.BOM_UTF16_LE + PLAIN.replace(",", "\t").encode("utf-16-le"),
    "utf-16 big": codecs.BOM_UTF16_BE + PLAIN.replace(",", "\t").encode("utf-16-be"),
    "utf-16 without a mark": PLAIN.replace(",", "\t").encode("utf-16-le"),
    "semicolon, cp1252": PLAIN.replace(",", ";").replace("One", "Süß").encode("cp1252"),
    "bytes that no code page has": PLAIN.encode().replace(b"One", b"\x81\x8d\xff"),
    "line ends of old": PLAIN.replace("\r\n", "\r").encode(),
    "mixed line ends, none at the end": b"Student,ID\n1,2\r\n3,4",
    "a line of Excel's": b"sep=;\r\nStudent;ID\r\nOne, A;1\r\n",
    "lines of another length": b"Student,ID,Score\nOne,1\n\n,,\nTwo,2,3,4\n",
    "a cell of several lines": b'Student,ID\n"One\nA",1\n"Two\r\nB",2\n',
    "quotes where none need be": b'"Student","ID"\n"One","1"\n',
    "a quote inside": b'Student,ID\nSize 5",1\n',
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS)
def test_a_table_comes_back_as_it_was(data: bytes) -> None:
    table = Table(data, "x.csv")
    assert table.data() == data
    assert table.rows[0].values[:2] == ["Student", "ID"]


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5))
def test_any_text_comes_back_as_it_was(rows: list[list[str]]) -> None:
    def raw(cell: str) -> str:
        special = any(mark in cell for mark in ',;\t|"\r\n')
        return f'"{cell.replace(chr(34), chr(34) * 2)}"' if special else cell

    text = "".join(",".join(map(raw, row)) + "\n" for row in [["Student", "ID"], *rows])
    data = text.encode()
    table = Table(data, "x.csv")
    assert table.data() == data


@given(cells)
def test_a_cell_says_what_was_put_into_it(text: str) -> None:
    table = Table(b"Student,ID\nOne,1\n", "x.csv")
    table.set(table.rows[1], 1, text)
    again = Table(table.data(), "x.csv")
    assert again.rows[1].value(1) == text
    assert again.rows[0].raw == table.rows[0].raw


def test_a_cell_is_quoted_where_it_was_or_where_all_are() -> None:
    table = Table(b'a,"b",c\n1,"2",\n', "x.csv")
    table.set(table.rows[1], 1, "7")
    table.set(table.rows[1], 2, "8")
    assert table.data() == b'a,"b",c\n1,"7",8\n'
    table = Table(b'"a","b","c"\n"1","2",\n', "x.csv")
    table.set(table.rows[1], 2, "8")
    assert table.data() == b'"a","b","c"\n"1","2","8"\n'
    table = Table(b"a,b\n1,\n", "x.csv")
    table.set(table.rows[1], 1, "7,5")
    assert table.data() == b'a,b\n1,"7,5"\n'


def test_a_line_that_is_too_short_is_made_longer() -> None:
    table = Table(b"a,b,c\n1\n", "x.csv")
    table.set(table.rows[1], 2, "7")
    assert table.data() == b"a,b,c\n1,,7\n"


def test_what_an_encoding_lacks_becomes_a_question_mark() -> None:
    table = Table("é;b\n1;2\n".encode("cp1252"), "x.csv")
    table.set(table.rows[1], 1, "x → y")
    assert table.data() == "é;b\n1;x ? y\n".encode("cp1252")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"\n\n,,\n", "empty"),
        (b'a,"b\n1,2\n', "line 1: a quotation mark is never closed"),
        (b"PK\x03\x04rest", "a workbook, not text; save it as CSV"),
        (b"\xd0\xcf\x11\xe0rest", "a workbook"),
        (b"a,b\x00c\n" * 3, "not text"),
    ],
)
def test_what_is_no_table_is_told(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(data)
    with pytest.raises(CourseError, match=problem):
        read_table(path)


def test_an_encoding_that_is_said_is_used() -> None:
    data = "学生,点\n一,1\n".encode("shift_jis")
    assert Table(data, "x.csv", "shift_jis").rows[1].value(0) == "一"
    assert Table(data, "x.csv").data() == data, "read wrongly, and still kept"
    with pytest.raises(CourseError, match="unknown encoding"):
        Table(data, "x.csv", "klingon")
    with pytest.raises(CourseError, match="set another encoding with --encoding"):
        Table(data, "x.csv", "utf-8")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100", 100.0),
        ("100,00", 100.0),
        ("75.5", 75.5),
        ("1.000,50", 1000.5),
        ("1,000.50", 1000.5),
        ("1.000.000", 1e6),
        ("7\u00a0500,25", 7500.25),
        ("-3,5", -3.5),
        ("", None),
        ("(read only)", None),
        ("EX", None),
        ("up to 10", None),
    ],
)
def test_numbers_are_read_with_point_or_comma(text: str, value: float | None) -> None:
    assert parse_number(text) == value


def test_a_mark_that_may_part_thousands_is_seen() -> None:
    assert [is_ambiguous(text) for text in ("1,000", "1.000", "100,00", "10000")] == [
        True,
        True,
        False,
        False,
    ]


def test_the_decimal_mark_is_that_of_the_table_s_numbers() -> None:
    assert decimal_mark(["100,00", "x"], ",") == ","
    assert decimal_mark(["100.00", "x"], ";") == "."
    assert decimal_mark(["100"], ";") == ","
    assert decimal_mark(["100"], ",") == "."


def test_a_scaled_score_never_exceeds_the_maximum() -> None:
    assert scaled(10.0, 10.0, 100.0) == 100.0
    assert scaled(1 / 3, 1.0, 100.0) == 33.3333
    assert scaled(3.0, 3.0, 0.7) == 0.7
    assert scaled(2.675, 10.0, 10.0) == 2.675
    assert scaled(11.0, 10.0, 100.0) == 110.0, "extra credit stays"


@pytest.mark.parametrize("text", ["1.23E+08", "1,23457E+11", "4E+5"])
def test_what_a_spreadsheet_made_of_a_number_is_seen(text: str) -> None:
    assert shortened(text)
    assert not shortened(text.replace("+", ""))
