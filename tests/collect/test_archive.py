"""What is hostile in an archive is refused by name, and nothing else is."""

from __future__ import annotations

import stat
import warnings
import zipfile
from pathlib import Path

import pytest

from autograder.collect import archive as module
from autograder.collect.archive import Archive
from autograder.errors import CourseError

from .conftest import MakeZip


def refusals(path: Path) -> dict[str, str]:
    with Archive(path) as archive:
        return {refused.path: refused.reason for refused in archive.refused}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../escaped.py", "a path that leads out of the archive"),
        ("student-01/../../escaped.py", "a path that leads out of the archive"),
        ("..\\escaped.py", "a path that leads out of the archive"),
        ("/etc/escaped.py", "an absolute path"),
        ("C:/escaped.py", "an absolute path"),
        ("student-01/a\x1b[2Jb.py", "control characters in the name"),
        ("student-01/a\u202eb.py", "control characters in the name"),
        ("student-01/" + "a" * 253 + ".py", "a name longer than 255 bytes"),
    ],
)
def test_a_name_that_is_no_path_below_the_top_is_refused(
    make_zip: MakeZip, name: str, reason: str
) -> None:
    path = make_zip({name: "x = 1", "student-02.py": "x = 2"})
    assert list(refusals(path).values()) == [reason]
    with Archive(path) as archive:
        assert [member.path for member in archive.members] == ["student-02.py"]


@pytest.mark.parametrize(
    ("kind", "reason"), [(stat.S_IFLNK, "a link"), (stat.S_IFIFO, "not a regular file")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, kind: int, reason: str) -> None:
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("student-01/slope.py")
        info.create_system, info.external_attr = 3, (kind | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    assert refusals(path) == {"student-01/slope.py": reason}


@pytest.mark.parametrize(
    "other", ["student-01/slope.py", "Student-01/SLOPE.py", "student-01//slope.py"]
)
def test_doubled_names_are_refused_both(tmp_path: Path, other: str) -> None:
    """No telling which of the two is meant; some file systems hold both for one."""
    path = tmp_path / "doubled.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("student-01/slope.py", "x = 1")
        archive.writestr(other, "x = 2")
        archive.writestr("student-02/slope.py", "x = 3")
    with Archive(path) as opened:
        assert [member.path for member in opened.members] == ["student-02/slope.py"]
        assert [r.reason for r in opened.refused] == ["a name that occurs more than once"] * 2


def test_a_bomb_is_refused_and_its_neighbours_are_not(make_zip: MakeZip) -> None:
    path = make_zip({"student-01.py": bytes(90_000_000), "student-02.py": "x = 1\n" * 100_000})
    assert "zip bomb" in refusals(path)["student-01.py"]
    with Archive(path) as archive:
        (member,) = archive.members
        assert archive.read(member) == b"x = 1\n" * 100_000


def test_a_file_larger_than_a_submission_may_be_is_refused(make_zip: MakeZip) -> None:
    assert refusals(make_zip({"a.py": bytes(100_000_001)})) == {"a.py": "larger than 100 MB"}


def test_an_archive_beyond_all_bounds_is_an_error(
    make_zip: MakeZip, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_zip({f"student-{n}.py": "x" * 1000 for n in range(5)})
    monkeypatch.setattr(module, "MOST_MEMBERS", 4)
    with pytest.raises(CourseError, match="5 files, at most 4"):
        Archive(path)
    monkeypatch.setattr(module, "MOST_MEMBERS", 5)
    monkeypatch.setattr(module, "MOST_BYTES", 4999)
    with pytest.raises(CourseError, match="GB when unpacked"):
        Archive(path)


def test_an_encrypted_file_is_refused(make_zip: MakeZip) -> None:
    path = make_zip({"student-01.py": "x = 1"})
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    path.write_bytes(data)
    assert refusals(path) == {"student-01.py": "encrypted"}


def test_a_damaged_file_is_an_error_that_names_it(make_zip: MakeZip) -> None:
    path = make_zip({"student-01.py": "x = 1\n" * 1000})
    data = bytearray(path.read_bytes())
    data[data.index(b"student-01.py") + 20] ^= 0xFF
    path.write_bytes(data)
    with Archive(path) as archive, pytest.raises(CourseError, match=r"student-01\.py: damaged"):
        archive.read(archive.members[0])


@pytest.mark.parametrize("content", [b"", b"Rar!\x1a\x07", b"PK\x03\x04 and no more"])
def test_what_is_no_zip_file_is_an_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "archive.zip"
    path.write_bytes(content)
    with pytest.raises(CourseError, match="not a zip file"):
        Archive(path)
    with pytest.raises(CourseError, match="No such file"):
        Archive(tmp_path / "absent.zip")


def test_litter_is_passed_over_without_a_word(make_zip: MakeZip) -> None:
    litter = ("__MACOSX/._slope.py", "student-01/.DS_Store", "student-01/._slope.py")
    with Archive(make_zip(dict.fromkeys(litter, "x"))) as archive:
        assert (archive.members, archive.refused) == ((), ())


def test_utf8_names_that_do_not_say_so_are_read(tmp_path: Path) -> None:
    path = tmp_path / "names.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("stXdent.py", "x = 1")
    path.write_bytes(path.read_bytes().replace(b"stXdent", "stüdnt".encode()))
    with Archive(path) as opened:
        assert [member.path for member in opened.members] == ["stüdnt.py"]
