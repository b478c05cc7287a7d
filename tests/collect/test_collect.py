"""Collected files lie where ``grade`` finds them; what they replace is kept."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.course.submission import find_submissions
from autograder.grading.content import read_content
from autograder.words.catalogue import say
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
    found = [(s.student, [file.name for file in s.files], say(s.problem)) for s in submissions]
    assert found == [("student-01", ["slope.py"], ""), ("student-02", ["answer.ipynb"], "")]
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
    assert "wrote nothing" in dry.err
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
    assert "use one of: slope" in capsys.readouterr().err


def test_all_that_may_be_meant_is_taken_as_it_came(make_zip: MakeZip, course: Path) -> None:
    """The sandbox chooses, and says what the rest is."""
    mark = "assignsubmission_file_"
    files = {
        f"One_4711_{mark}/slope.py": "a",
        f"One_4711_{mark}/helpers/__init__.py": "1",
        f"One_4711_{mark}/data.csv": "1",
        f"Two_4712_{mark}/slope.pdf": "b",
        f"Three_4713_{mark}/slope.ipynb.txt": "c",
        f"Four_4714_{mark}/slope.zip": "d",
        f"Five_4715_{mark}/a/b/c/d/slope.py": "e",
    }
    for _ in range(2):
        assert collect(make_zip(files), course) == 0
        assert tree(course / "submitted") == {
            "4711/slope/slope.py": "a",
            "4711/slope/helpers/__init__.py": "1",
            "4712/slope/slope.pdf": "b",
            "4713/slope/slope.ipynb.txt": "c",
            "4714/slope/slope.zip": "d",
            "4715/slope/c/d/slope.py": "e",
        }
    assert not (course / "attempts").exists()


def test_folders_of_an_attempt_are_set_aside_with_it(make_zip: MakeZip, course: Path) -> None:
    for source in ("1", "2"):
        files = {f"student-01/slope/{name}": source for name in ("slope.py", "helpers/a.py")}
        assert collect(make_zip(files), course) == 0
    assert tree(course / "submitted") == {
        "student-01/slope/slope.py": "2",
        "student-01/slope/helpers/a.py": "2",
    }
    assert tree(course / "attempts") == {
        "student-01/slope/undated/slope.py": "1",
        "student-01/slope/undated/helpers/a.py": "1",
    }


def test_times_of_single_files_are_kept_where_they_differ(make_zip: MakeZip, course: Path) -> None:
    later = (
        "submission_303:\n  :submitters:\n  - :sid: '0042'\n  :created_at: 2026-10-04 10:00:00 Z\n"
    )
    files = {
        "submission_metadata.yml": METADATA + later,
        "submission_301/slope.py": "1",
        "submission_303/final.py": "2",
    }
    assert collect(make_zip(files), course) == 0
    (submission,) = [s for s in find_submissions(course / "submitted", "slope") if s.files]
    found = read_content(course / "submitted", submission).files
    moments = {file.name: file.submitted for file in found}
    assert moments["slope.py"] < moments["final.py"]


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


BLACKBOARD = {
    "HW1_u1_attempt_2026-03-03-11-00-00_slope.py": "first",
    "HW1_u1_attempt_2026-03-04-11-00-00_slope.py": "second",
    "HW1_u1_attempt_2026-03-04-11-00-00.txt": "Name: Student-01 (u1)",
    "HW1_u2_attempt_2026-03-04-11-00-00_slope.py": "other",
}


def test_attempts_of_one_student_are_one_student_s(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zone = ("--zone", "Europe/Berlin")
    assert collect(make_zip(BLACKBOARD), course, *zone) == 0
    assert tree(course / "submitted") == {
        "u1/slope/slope.py": "second",
        "u1/slope/timestamp.txt": "2026-03-04 10:00:00.000000 UTC\n",
        "u2/slope/slope.py": "other",
        "u2/slope/timestamp.txt": "2026-03-04 10:00:00.000000 UTC\n",
    }
    kept = tree(course / "attempts")
    assert kept["u1/slope/2026-03-03T100000Z/slope.py"] == "first"
    assert "2 students (blackboard): 2 new, 1 older" in capsys.readouterr().err
    assert collect(make_zip(BLACKBOARD), course, *zone) == 0
    assert "2 students (blackboard): 3 unchanged" in capsys.readouterr().err
    assert tree(course / "attempts") == kept
    third = {"HW1_u1_attempt_2026-03-05-11-00-00_slope.py": "third", **BLACKBOARD}
    assert collect(make_zip(third), course, *zone) == 0
    assert tree(course / "submitted")["u1/slope/slope.py"] == "third"
    assert tree(course / "attempts")["u1/slope/2026-03-04T100000Z/slope.py"] == "second"
    assert len(list((course / "attempts" / "u1" / "slope").iterdir())) == 2


def test_times_without_a_zone_are_this_machine_s_and_that_is_said(
    make_zip: MakeZip,
    course: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert collect(make_zip(BLACKBOARD), course) == 0
    finally:
        monkeypatch.undo()
        time.tzset()
    stamp = tree(course / "submitted")["u2/slope/timestamp.txt"]
    assert stamp == "2026-03-04 02:00:00.000000 UTC\n"
    assert "set another with --zone" in capsys.readouterr().err


def test_an_attempt_without_a_script_is_told_and_the_one_before_counts(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {**BLACKBOARD, "HW1_u1_attempt_2026-03-06-11-00-00_report.pdf": "pdf"}
    assert collect(make_zip(files), course, "--zone", "UTC") == 0
    assert "report.pdf: in a later attempt without script" in capsys.readouterr().err
    assert tree(course / "submitted")["u1/slope/slope.py"] == "second"
    assert tree(course / "attempts")["u1/slope/2026-03-06T110000Z/report.pdf"] == "pdf"


CANVAS = {
    "student01_12345_67890_slope.ipynb": "1",
    "student02_LATE_12346_67891_slope-1.ipynb": "2",
    "student03_12347_67892_slope-2.ipynb.json": "3",
    "student04_12348_67893_slope.py.txt": "4",
    "student05_12349_67894_slope.zip": "5",
    "o'student06_12350_67895_Slope (1).ipynb": "6",
    "teststudent_99999_67896_slope.html": "html",
    "group1_67898_slope.ipynb": "g",
}


def test_what_a_browser_renamed_and_a_zip_are_taken_as_they_came(
    make_zip: MakeZip, course: Path
) -> None:
    assert collect(make_zip(CANVAS), course) == 0
    assert tree(course / "submitted") == {
        "12345/slope/slope.ipynb": "1",
        "12346/slope/slope.ipynb": "2",
        "12347/slope/slope.ipynb.json": "3",
        "12348/slope/slope.py.txt": "4",
        "12349/slope/slope.zip": "5",
        "12350/slope/Slope (1).ipynb": "6",
        "99999/slope/slope.html": "html",
    }


def test_a_zip_within_is_a_file_like_others(make_zip: MakeZip, course: Path) -> None:
    inner = make_zip({"slope.py": "x", "../../escaped.py": "y"}, "inner.zip").read_bytes()
    files = {"one_12345_67890_slope.zip": inner, "two_12346_67891_slope.py": "z"}
    assert collect(make_zip(files), course) == 0
    assert (course / "submitted" / "12345" / "slope" / "slope.zip").read_bytes() == inner
    assert not list(course.rglob("escaped.py")), "nothing of it is unpacked here"
    files["one_12345_67890_slope.zip"] = b"PK newer"
    assert collect(make_zip(files), course) == 0
    kept = [path.read_bytes() for path in (course / "attempts").rglob("slope.zip")]
    assert kept == [inner], "and it is kept as an earlier attempt"


def test_moodle_s_second_assignment_would_double_the_class_so_it_stops(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (course / "reference" / "line").mkdir()
    (course / "reference" / "line" / "exercise.py").write_text("", "utf-8")

    def archive(first: int, lab: str) -> Path:
        mark = "assignsubmission_file"
        names = {f"Student-{n:02} A_{first + n}_{mark}/{lab}.py": f"{n}" for n in range(10)}
        return make_zip(dict(names), f"{lab}.zip")

    assert collect(archive(100, "slope"), course) == 0
    words = ["collect", str(archive(105, "line")), "-a", "line", "--course", str(course)]
    before = tree(course / "submitted")
    assert main(words) == 1
    told = capsys.readouterr().err
    assert "does not know 10 of 10 students" in told or "does not know 5 of 5 students" in told
    assert "autograder roster import WORKSHEET -a line" in told
    assert tree(course / "submitted") == before
    assert collect(archive(100, "slope"), course) == 0, "the first again is known"


def test_half_a_class_may_come_first_and_the_rest_later(make_zip: MakeZip, course: Path) -> None:
    early = {f"student-{n:02}.py": f"{n}" for n in range(4)}
    all_of_them = {f"student-{n:02}.py": f"{n}" for n in range(40)}
    assert collect(make_zip(early), course) == 0
    assert collect(make_zip(all_of_them), course) == 0
    assert len(list((course / "submitted").iterdir())) == 40


def test_strangers_are_taken_where_that_is_said(make_zip: MakeZip, course: Path) -> None:
    assert collect(make_zip({f"student-{n}.py": "x" for n in range(5)}), course) == 0
    others = make_zip({f"pupil-{n}.py": "x" for n in range(5)})
    assert collect(others, course) == 1
    assert collect(others, course, "--dry-run") == 1, "which says so, too"
    assert collect(others, course, "--yes") == 0
    assert len(list((course / "submitted").iterdir())) == 10


def test_who_has_no_id_in_an_archive_is_told(
    make_zip: MakeZip, course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {
        "1-11 - Student-01 - Sep 24, 2024 926 PM/slope.py": "a",
        "2-22 - Student-02 - Sep 24, 2024 926 PM/slope.py": "b",
    }
    assert collect(make_zip(files), course) == 1
    assert "Student-01 has no id here; import a list of students first" in capsys.readouterr().err
