"""A record is there as a whole or not at all, whatever ends the writer or fills the disk."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.grading.cache import NO_KEY, Journal

ONE, TWO, THREE = "1" * 32, "2" * 32, "3" * 32
LONG = b"x" * 10_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "grades.journal"


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Journal]:
    with contextlib.closing(Journal(path)) as journal:
        yield journal


def stored(path: Path) -> dict[str, bytes]:
    """Return what a new reader finds."""
    with opened(path) as journal:
        places = {key: journal.find(key) for key in (ONE, TWO, THREE)}
        return {key: journal.read(place) for key, place in places.items() if place is not None}


def write(path: Path, **records: bytes) -> None:
    with opened(path) as journal:
        for key, text in records.items():
            journal.append({"one": ONE, "two": TWO, "three": THREE}[key], text)


@contextlib.contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_records_come_back_to_another_reader(path: Path) -> None:
    write(path, one=b"{}", two=LONG)
    assert stored(path) == {ONE: b"{}", TWO: LONG}


def test_the_newest_record_of_a_key_counts(path: Path) -> None:
    write(path, one=b"old", two=b"other")
    write(path, one=b"new")
    assert stored(path) == {ONE: b"new", TWO: b"other"}


def test_a_record_without_a_key_is_found_by_its_place_alone(path: Path) -> None:
    with opened(path) as journal:
        place = journal.append(NO_KEY, b"nobody's")
        assert journal.read(place) == b"nobody's"
    assert stored(path) == {}


@pytest.mark.parametrize("cut", [2, 5_000, 10_050])
def test_a_torn_last_record_is_not_there_and_spoils_no_later_one(path: Path, cut: int) -> None:
    write(path, one=b"first", two=LONG)
    path.write_bytes(path.read_bytes()[:-cut])
    assert stored(path) == {ONE: b"first"}
    write(path, three=b"third")
    assert stored(path) == {ONE: b"first", THREE: b"third"}


def test_a_record_that_lacks_its_end_of_line_alone_is_whole(path: Path) -> None:
    write(path, one=b"first")
    path.write_bytes(path.read_bytes()[:-1])
    assert stored(path) == {ONE: b"first"}
    write(path, two=b"second")
    assert stored(path) == {ONE: b"first", TWO: b"second"}


@pytest.mark.parametrize("at", [0, 40, 55, 70])
def test_a_damaged_record_is_not_there_and_the_others_are(path: Path, at: int) -> None:
    write(path, one=b"some text of it", two=b"second")
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert stored(path) == {TWO: b"second"}


def test_damage_after_a_record_was_found_is_told(path: Path) -> None:
    with opened(path) as journal:
        place = journal.append(ONE, b"text")
        path.write_bytes(path.read_bytes().replace(b"text", b"tent"))
        with pytest.raises(CourseError, match=r"grades\.journal: damaged at byte 0; run the same"):
            journal.read(place)


def test_a_record_that_does_not_fit_is_told_and_leaves_no_part_of_it(path: Path) -> None:
    write(path, one=b"first")
    before = path.read_bytes()
    with opened(path) as journal, no_file_larger_than(len(before) + 4_000):
        with pytest.raises(CourseError, match=r"grades\.journal: cannot be written: .*make room"):
            journal.append(TWO, LONG)
        assert path.read_bytes() == before
        assert journal.find(TWO) is None
        journal.append(THREE, b"small")
    assert stored(path) == {ONE: b"first", THREE: b"small"}


def test_a_journal_that_is_mostly_waste_is_shrunk_to_what_is_needed(path: Path) -> None:
    with opened(path) as journal:
        for _ in range(10):
            journal.append(TWO, LONG)
        kept = journal.append(ONE, b"kept")
        journal.append(NO_KEY, LONG)
        journal.shrink([kept])
        place = journal.find(ONE)
        assert place is not None
        assert journal.read(place) == b"kept"
        journal.append(THREE, b"later")
    assert stored(path) == {ONE: b"kept", THREE: b"later"}
    assert path.stat().st_size < 200


def test_a_journal_that_is_mostly_needed_keeps_all(path: Path) -> None:
    with opened(path) as journal:
        journal.append(TWO, LONG)
        journal.shrink([journal.append(ONE, LONG)])
    assert stored(path) == {ONE: LONG, TWO: LONG}


def test_a_journal_that_cannot_be_opened_is_named(path: Path) -> None:
    path.mkdir()
    with pytest.raises(CourseError, match=r"grades\.journal: cannot be written: Is a directory"):
        Journal(path)
