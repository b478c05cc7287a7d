"""Each LMS's archive says whose file is whose, in its own way."""

from __future__ import annotations

import pytest

from autograder.collect.archive import Archive
from autograder.errors import CourseError
from autograder.lms.person import Person
from autograder.lms.registry import choose_layout
from tests.collect.conftest import MakeZip

Found = list[tuple[str, str]]


def nobody(_: Person) -> bool:
    return False


def read(make_zip: MakeZip, files: dict[str, str | bytes], name: str = "auto") -> tuple[str, Found]:
    with Archive(make_zip(files)) as archive:
        layout = choose_layout(name, archive.members)
        reading = layout.read(archive.members, archive.read, "slope", nobody)
        return layout.name, sorted((entry.student, entry.filename) for entry in reading.entries)


def test_moodle_with_folders(make_zip: MakeZip) -> None:
    files = {
        "Student One_4711_assignsubmission_file_/slope.ipynb": "a",
        "Student One_4711_assignsubmission_file_/part/helper.py": "b",
        "Student Two-Three_4712_assignsubmission_file/slope.py": "c",
        "Student One_4711_assignsubmission_onlinetext_/onlinetext.html": "d",
    }
    wanted = [("4711", "helper.py"), ("4711", "slope.ipynb"), ("4712", "slope.py")]
    assert read(make_zip, files) == ("moodle", wanted)


def test_moodle_without_folders_and_with_names_hidden(make_zip: MakeZip) -> None:
    files = {
        "Student_One_4711_assignsubmission_file_my_slope.ipynb": "a",
        "Participant_4712_assignsubmission_file_slope.py": "b",
    }
    wanted = [("4711", "my_slope.ipynb"), ("4712", "slope.py")]
    assert read(make_zip, files) == ("moodle", wanted)


def test_canvas_with_late_ones_and_files_handed_in_again(make_zip: MakeZip) -> None:
    files = {
        "onestudent_1001_90001_slope.ipynb": "a",
        "twostudent_LATE_1002_90002_my_slope-2.py": "b",
    }
    assert read(make_zip, files) == ("canvas", [("1001", "slope.ipynb"), ("1002", "my_slope.py")])
    with Archive(make_zip(files)) as archive:
        layout = choose_layout("canvas", archive.members)
        entries = layout.read(archive.members, archive.read, "slope", nobody).entries
        assert [(e.student, e.late) for e in entries] == [("1001", False), ("1002", True)]


METADATA = """\
submission_301:
  :submitters:
  - :name: Student One
    :sid: '0042'
    :email: student-01@example.org
  :created_at: 2026-10-01 10:00:00.5 Z
  :score: 3.0
submission_302:
  :submitters:
  - :name: Student Two
    :sid:
    :email: student-02@example.org
  - :name: Student Three
    :sid: '0044'
  :created_at: 2026-10-02 11:00:00 Z
"""


def test_gradescope_by_its_metadata_also_for_groups(make_zip: MakeZip) -> None:
    top = "assignment_9_export"
    files = {
        f"{top}/submission_metadata.yml": METADATA,
        f"{top}/submission_301/slope.py": "a",
        f"{top}/submission_302/slope.ipynb": "b",
        f"{top}/submission_303/slope.py": "c",
    }
    wanted = [
        ("0042", "slope.py"),
        ("0044", "slope.ipynb"),
        ("student-02@example.org", "slope.ipynb"),
    ]
    assert read(make_zip, files) == ("gradescope", wanted)
    with Archive(make_zip(files)) as archive:
        layout = choose_layout("gradescope", archive.members)
        reading = layout.read(archive.members, archive.read, "slope", nobody)
        moments = {entry.student: entry.submitted for entry in reading.entries}
        assert str(moments["0042"]) == "2026-10-01 10:00:00.500000+00:00"
        assert [path for path, _ in reading.unmatched] == [f"{top}/submission_303/slope.py"]


@pytest.mark.parametrize(
    "text", ["a: [", "- a\n- b\n", "a: 1\n", "x: !!python/object/apply:os.getcwd []\n", "\x00"]
)
def test_metadata_that_cannot_be_read_are_an_error(make_zip: MakeZip, text: str) -> None:
    files = {"x/submission_metadata.yml": text, "x/submission_1/slope.py": "a"}
    with pytest.raises(CourseError, match=r"submission_metadata\.yml"):
        read(make_zip, files)


@pytest.mark.parametrize(
    ("paths", "wanted"),
    [
        (["student-01/slope/slope.py"], [("student-01", "slope.py")]),
        (["student-01/slope.py"], [("student-01", "slope.py")]),
        (["student-01.py", "student-02.ipynb"], [("student-01", "student-01.py"), ("student-02", "student-02.ipynb")]),
        (["all/student-01.py", "all/student-02.py"], [("student-01", "student-01.py"), ("student-02", "student-02.py")]),
        (["all/student-01/slope.py", "all/student-02/slope.py"], [("student-01", "slope.py"), ("student-02", "slope.py")]),
        (["all/student-01/slope/slope.py"], [("student-01", "slope.py")]),
        (["all/student-01/slope/slope.py", "all/student-02.py"], [("student-01", "slope.py"), ("student-02", "student-02.py")]),
        (["student-01/slope/a.py", "student-02/slope/a.py"], [("student-01", "a.py"), ("student-02", "a.py")]),
        (["student-01/slope.py", "student-01/helper.py"], [("student-01", "helper.py"), ("student-01", "slope.py")]),
    ],
)  # fmt: skip
def test_plain_archives(make_zip: MakeZip, paths: list[str], wanted: Found) -> None:
    assert read(make_zip, dict.fromkeys(paths, "x")) == ("plain", wanted)


def test_an_unknown_system_is_told_with_those_there_are() -> None:
    with pytest.raises(CourseError, match="auto, canvas, gradescope, blackboard, brightspace"):
        choose_layout("ilias", ())


def test_moodle_s_mark_in_a_file_s_name_makes_nobody_another(make_zip: MakeZip) -> None:
    mark = "x_9999_assignsubmission_file_slope.ipynb"
    folders = {
        f"Student One_4711_assignsubmission_file_/{mark}": "a",
        "Student Two_9999_assignsubmission_file_/slope.ipynb": "b",
    }
    flat = {f"Student One_4711_assignsubmission_file_{mark}": "a"}
    wrapped = {f"all/{path}": text for path, text in folders.items()}
    wanted = [("4711", mark), ("9999", "slope.ipynb")]
    assert read(make_zip, folders) == ("moodle", wanted)
    assert read(make_zip, wrapped) == ("moodle", wanted)
    assert read(make_zip, flat) == ("moodle", [("4711", mark)])


FORGED = METADATA.replace("submission_301", "Student One_4711_assignsubmission_file_")


def test_metadata_of_a_student_s_own_are_not_believed(make_zip: MakeZip) -> None:
    moodle = {
        "Student One_4711_assignsubmission_file_/submission_metadata.yml": FORGED,
        "Student One_4711_assignsubmission_file_/slope.py": "a",
        "Student Two_4712_assignsubmission_file_/slope.py": "b",
    }
    name, found = read(make_zip, moodle)
    assert name == "moodle"
    assert {student for student, _ in found} == {"4711", "4712"}
    export = {
        "export/submission_301/submission_metadata.yml": METADATA.replace("0042", "0043"),
        "export/submission_301/slope.py": "a",
        "export/submission_metadata.yml": METADATA,
    }
    name, found = read(make_zip, export)
    assert name == "gradescope"
    assert ("0042", "slope.py") in found
    assert "0043" not in {student for student, _ in found}


def test_an_archive_that_looks_like_two_is_asked_about(make_zip: MakeZip) -> None:
    alone = {
        "Student One_4711_assignsubmission_file_/submission_metadata.yml": FORGED,
        "Student One_4711_assignsubmission_file_/slope.py": "a",
    }
    with pytest.raises(CourseError, match="--format"):
        read(make_zip, alone)


def test_one_file_s_name_does_not_change_whose_archive_it_is(make_zip: MakeZip) -> None:
    files = {f"student{n}_100{n}_9000{n}_slope.ipynb": "a" for n in range(5)}
    files["student6_200_999_x_104_assignsubmission_file_slope.ipynb"] = "b"
    name, found = read(make_zip, files)
    assert name == "canvas"
    assert "104" not in {student for student, _ in found}


def test_a_submitter_is_a_word_and_not_a_list(make_zip: MakeZip) -> None:
    files = {
        "submission_metadata.yml": METADATA.replace("'0042'", "[[1, 2], [3]]"),
        "submission_301/slope.py": "a",
    }
    _, found = read(make_zip, files, "gradescope")
    assert "student-01@example.org" in {student for student, _ in found}
