"""Collected files lie where ``grade`` finds them; what they replace is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.course.submission import find_submissions
from tests.lms.test_archives import METADATA

from .conftest import MakeZip


def collect(archive: Path, course: Path, *flags: str) -> int:
    return main(["collect", str(archive), "-a", "slope", "--course", str(course), *flags])


def tree(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in files}


def test_each_student_gets_a_folder_that_grade_finds(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"student-01/slope.py": "x = 1", "student-02/answer.ipynb": "{}", "notes.txt": "?"}
    assert collect(make_zip(files), course) == 0
    submissions = find_submissions(course / "submitted", "slope")
    assert [(s.student, s.filename, s.problem) for s in submissions] == [
        ("student-01", "slope.py", ""),
        ("student-02", "answer.ipynb", ""),
    ]
    said = capsys.readouterr()
    assert said.out.splitlines()[0] == "student-01: slope.py: new"
    assert "2 students (plain): 2 new" in said.err


def test_a_dry_run_says_the_same_and_writes_nothing(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = make_zip({"student-01/slope.py": "x = 1", "../student-02.py": "x = 2"})
    assert collect(archive, course, "--dry-run") == 0
    dry = capsys.readouterr()
    assert not (course / "submitted").exists()
    assert "nothing was written" in dry.err
    assert "../student-02.py: a path that leads out of the archive" in dry.err
    assert collect(archive, course) == 0
    assert capsys.readouterr().out == dry.out


def test_the_newest_attempt_wins_and_older_ones_are_kept(make_zip: MakeZip, course: Path) -> None:
    def archive(moment: str, source: str) -> Path:
        metadata = METADATA.replace("2026-10-01 10:00:00.5 Z", moment)
        return make_zip({"submission_metadata.yml": metadata, "submission_301/slope.py": source})

    first, second, third = "2026-10-01 10:00:00 Z", "2026-10-03 10:00:00 Z", "2026-10-02 10:00:00 Z"
    for moment, source in ((first, "x = 1"), (second, "x = 2"), (third, "x = 3")):
        assert collect(archive(moment, source), course) == 0
    stamps = {m: f"{m[:10]} {m[11:19]}.000000 UTC\n" for m in (first, second, third)}
    assert tree(course / "submitted") == {
        "0042/slope/slope.py": "x = 2",
        "0042/slope/timestamp.txt": stamps[second],
    }
    before = tree(course / "attempts")
    assert before == {
        "0042/slope/2026-10-01T100000Z/slope.py": "x = 1",
        "0042/slope/2026-10-01T100000Z/timestamp.txt": stamps[first],
        "0042/slope/2026-10-02T100000Z/slope.py": "x = 3",
        "0042/slope/2026-10-02T100000Z/timestamp.txt": stamps[third],
    }
    for moment, source in ((first, "x = 1"), (second, "x = 2"), (third, "x = 3")):
        assert collect(archive(moment, source), course) == 0
    assert tree(course / "attempts") == before, "the same archives again change nothing"


def test_without_times_what_is_collected_last_wins(make_zip: MakeZip, course: Path) -> None:
    for source in ("x = 1", "x = 2"):
        assert collect(make_zip({"student-01.py": source}), course) == 0
    assert tree(course / "submitted") == {"student-01/slope/student-01.py": "x = 2"}
    assert tree(course / "attempts") == {"student-01/slope/undated/student-01.py": "x = 1"}


@pytest.mark.parametrize("student", ["..", ".hidden", "a\nb", "x" * 250])
def test_who_cannot_be_a_student_is_told(
    make_zip: MakeZip, course: Path, student: str, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = METADATA.replace("'0042'", repr(student).replace("'", '"'))
    files = {"submission_metadata.yml": metadata, "submission_301/slope.py": "x = 1"}
    assert collect(make_zip(files), course) == 1
    assert "cannot be a student id" in capsys.readouterr().err
    assert not (course / "submitted").exists()


def test_nothing_is_written_through_a_link(
    make_zip: MakeZip, course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (course / "submitted").mkdir()
    (course / "submitted" / "student-01").symlink_to(outside)
    assert collect(make_zip({"student-01/slope.py": "x = 1"}), course) == 1
    assert "a link; nothing is written through it" in capsys.readouterr().err
    assert list(outside.iterdir()) == []


def test_an_unknown_lab_is_told(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = make_zip({"student-01.py": "x = 1"})
    assert main(["collect", str(archive), "-a", "slop", "--course", str(course)]) == 1
    assert "labs here: slope" in capsys.readouterr().err


def test_who_handed_in_nothing_of_use_is_told(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = "assignsubmission_file_"
    files = {
        f"One_4711_{mark}/slope.py": "a",
        f"One_4711_{mark}/data.csv": "1",
        f"Two_4712_{mark}/slope.pdf": "b",
        f"Three_4713_{mark}/slope.txt": "c",
        f"Four_4714_{mark}/slope.7z": "d",
    }
    assert collect(make_zip(files), course) == 0
    told = capsys.readouterr().err
    assert "not taken: 3" in told
    assert "slope.pdf: neither a script nor a notebook" in told
    assert "slope.txt: neither a script nor a notebook; if it is one, rename it" in told
    assert "slope.7z: a packed file that is no zip" in told


def test_one_bad_file_keeps_no_other_from_being_taken(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marker = b"THE CONTENT OF THE SECOND FILE"
    path = make_zip(
        {
            "student-01.py": "a",
            "student-02/slope.py": marker * 40,
            f"student-03/{'x' * 240}.py": "c",
            "student-04.py": "d",
        }
    )
    whole = bytearray(path.read_bytes())
    place = whole.index(b"student-02/slope.py") + len(b"student-02/slope.py") + 3
    whole[place] ^= 0xFF
    path.write_bytes(bytes(whole))
    assert collect(path, course) == 0
    assert {name.split("/")[1] for name in tree(course) if name.startswith("submitted/")} == {
        "student-01",
        "student-04",
    }
    told = capsys.readouterr().err
    assert "student-02/slope.py" in told
    assert "longer than 200 bytes" in told
