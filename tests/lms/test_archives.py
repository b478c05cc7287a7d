"""Each LMS's archive says whose file is whose, in its own way."""

from __future__ import annotations

import pytest

from autograder.collect.archive import Archive
from autograder.errors import CourseError
from autograder.lms.entry import Entry, Reading
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
    wanted = [("4711", "part/helper.py"), ("4711", "slope.ipynb"), ("4712", "slope.py")]
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
        "threestudent_1003_90003_slope-2.ipynb.json": "c",
    }
    wanted = [("1001", "slope.ipynb"), ("1002", "my_slope.py"), ("1003", "slope.ipynb.json")]
    assert read(make_zip, files) == ("canvas", wanted)
    with Archive(make_zip(files)) as archive:
        layout = choose_layout("canvas", archive.members)
        entries = layout.read(archive.members, archive.read, "slope", nobody).entries
        late = [(e.student, e.late) for e in entries]
        assert late == [("1001", False), ("1002", True), ("1003", False)]


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


def entries(
    make_zip: MakeZip, files: dict[str, str | bytes], known: frozenset[str] = frozenset()
) -> tuple[str, list[Entry], Reading]:
    with Archive(make_zip(files)) as archive:
        system = choose_layout("auto", archive.members)

        def knows(person: Person) -> bool:
            return not known.isdisjoint(person.ids.values())

        reading = system.read(archive.members, archive.read, "slope", knows)
        return system.name, sorted(reading.entries, key=lambda one: one.member.path), reading


BLACKBOARD: dict[str, str | bytes] = {
    "HW1_u123456_attempt_2026-03-03-11-00-00_slope.ipynb": "a",
    "HW1_u123456_attempt_2026-03-04-11-00-00_slope.ipynb": "b",
    "HW1_u123456_attempt_2026-03-04-11-00-00.txt": "Name: Student-01 (u123456)",
    "HW1_u777_attempt_2026-03-04-11-00-00_my_slope.py": "c",
}


def test_blackboard_has_attempts_with_times_and_notes_with_names(make_zip: MakeZip) -> None:
    name, found, reading = entries(make_zip, BLACKBOARD)
    assert name == "blackboard"
    assert [(one.student, one.filename, str(one.submitted)) for one in found] == [
        ("u123456", "slope.ipynb", "2026-03-03 11:00:00"),
        ("u123456", "slope.ipynb", "2026-03-04 11:00:00"),
        ("u777", "my_slope.py", "2026-03-04 11:00:00"),
    ]
    assert found[0].attempt != found[1].attempt
    assert [one.person.name for one in found] == ["Student-01", "Student-01", ""]
    assert reading.unmatched == ()
    assert reading.notes == ("column 'HW1'",)


def owners(*names: str) -> dict[str, str | bytes]:
    return {f"{name}_attempt_2026-03-03-11-00-00_slope.py": "a" for name in names}


def test_blackboard_s_user_is_told_from_its_column(make_zip: MakeZip) -> None:
    def users(files: dict[str, str | bytes], *known: str) -> list[str]:
        return [one.student for one in entries(make_zip, files, frozenset(known))[1]]

    several = owners("Lab_1_u_1", "Lab_1_v_2")
    assert users(several) == ["u_1", "v_2"], "what all names have in common is the column"
    same = owners("Lab_1_u_1", "Lab_1_u_2")
    assert users(same, "u_1", "u_2") == ["u_1", "u_2"], "those whom the course knows"
    note = {"Lab_1_u_1_attempt_2026-03-03-11-00-00.txt": "Nombre: Student-01 (u_1)\nx"}
    assert users({**same, **note}) == ["u_1", "u_2"], "what a note says"
    with pytest.raises(CourseError, match="which part of 'Lab_1_u_1' is the column"):
        users(owners("Lab_1_u_1"))
    assert users(owners("Lab_1_u_1"), "u_1") == ["u_1"]


def test_what_a_student_calls_a_file_says_nothing_of_whose_it_is(make_zip: MakeZip) -> None:
    files = {
        **BLACKBOARD,
        "HW1_u777_attempt_2026-03-05-11-00-00_HW1_u1_attempt_2026-03-04-11-00-00.txt": "Name: X (u1)",
        "HW1_u777_attempt_2026-03-05-11-00-00_x_attempt_2026-03-04-11-00-00_slope.py": "d",
    }
    assert {one.student for one in entries(make_zip, files)[1]} == {"u123456", "u777"}
    lies = {**owners("HW1_u1"), "HW1_u1_attempt_2026-03-03-11-00-00.txt": "Name: X (u777)"}
    assert [one.student for one in entries(make_zip, lies)[1]] == ["u1"]


BRIGHTSPACE: dict[str, str | bytes] = {
    "index.html": "<html>",
    "397063-2557369 - Student-01 A - Sep 24, 2024 926 PM/slope.ipynb": "a",
    "397063-2557369 - Student-01 A - Sep 25, 2024 1200 AM/slope.ipynb": "b",
    "397064-2557369 - Student - 02 - Sep 24, 2024 1205 PM/deep/slope.py": "c",
}


def test_brightspace_has_attempts_and_one_number_that_is_the_person_s(make_zip: MakeZip) -> None:
    name, found, reading = entries(make_zip, BRIGHTSPACE)
    assert name == "brightspace"
    assert [(one.student, one.person.name, str(one.submitted)) for one in found] == [
        ("397063", "Student-01 A", "2024-09-24 21:26:00"),
        ("397063", "Student-01 A", "2024-09-25 00:00:00"),
        ("397064", "Student - 02", "2024-09-24 12:05:00"),
    ]
    assert len({one.attempt for one in found}) == 3
    assert reading.unmatched == ()
    swapped: dict[str, str | bytes] = {}
    for path, data in BRIGHTSPACE.items():
        first, _, rest = path.partition("-2557369")
        swapped[f"2557369-{first}{rest}" if rest else path] = data
    assert [one.student for one in entries(make_zip, swapped)[1]] == ["397063", "397063", "397064"]


def test_brightspace_s_number_that_may_be_either_is_nobody_s(make_zip: MakeZip) -> None:
    files: dict[str, str | bytes] = {
        "1-11 - Student-01 - Sep 24, 2024 926 PM/slope.py": "a",
        "2-22 - Student-02 - Sep 24, 2024 926 PM/slope.py": "b",
    }
    _, found, _ = entries(make_zip, files)
    assert [dict(one.person.ids) for one in found] == [{}, {}]
    assert [one.person.name for one in found] == ["Student-01", "Student-02"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sep 20, 2023 1159 PM", "2023-09-20 23:59:00"),
        ("Sept 20, 2023 1201 AM", "2023-09-20 00:01:00"),
        ("20 Sep 2023 2359", "2023-09-20 23:59:00"),
        ("20. März 2023 1405", "2023-03-20 14:05:00"),
        ("20 septembre 2023 1405", "2023-09-20 14:05:00"),
        ("20 dic 2023 905", "2023-12-20 09:05:00"),
        ("Zzz 20, 2023 1159 PM", "None"),
        ("Feb 30, 2023 1159 PM", "None"),
    ],
)
def test_brightspace_s_times_are_read_in_several_languages(
    make_zip: MakeZip, text: str, wanted: str
) -> None:
    files: dict[str, str | bytes] = {f"1-2 - Student-01 - {text}/slope.py": "a"}
    _, (found,), reading = entries(make_zip, files)
    assert str(found.submitted) == wanted
    assert bool(reading.notes) == (wanted == "None"), "what cannot be read is told"


def test_canvas_s_anonymous_and_group_files_are_nobody_s(make_zip: MakeZip) -> None:
    files: dict[str, str | bytes] = {
        "onestudent_1001_90001_slope.ipynb": "a",
        "twostudent_1002_90002_slope.ipynb": "a",
        "threestudent_1003_90003_slope.ipynb.json": "a",
        "anon_a1b2c_90004_slope.ipynb": "b",
        "group1_90005_slope.ipynb": "c",
    }
    name, found, reading = entries(make_zip, files)
    assert name == "canvas"
    assert [one.student for one in found] == ["1001", "1003", "1002"]
    assert "anonymous" in dict(reading.unmatched)["anon_a1b2c_90004_slope.ipynb"]
    assert "--student" in dict(reading.unmatched)["group1_90005_slope.ipynb"]


def test_moodle_s_group_is_no_part_of_a_name(make_zip: MakeZip) -> None:
    mark = "assignsubmission_file"
    group: dict[str, str | bytes] = {
        f"Group A-Student-01 A_11_{mark}/slope.py": "a",
        f"Group A-Student-02 B_12_{mark}/slope.py": "b",
    }
    names = [one.person.name for one in entries(make_zip, group)[1]]
    assert names == ["Student-01 A", "Student-02 B"]
    hyphens: dict[str, str | bytes] = {
        f"Student-01 A_11_{mark}/slope.py": "a",
        f"Pupil-02 B_12_{mark}/slope.py": "b",
    }
    names = [one.person.name for one in entries(make_zip, hyphens)[1]]
    assert names == ["Pupil-02 B", "Student-01 A"]


def test_gradescope_s_ids_are_words(make_zip: MakeZip) -> None:
    files: dict[str, str | bytes] = {
        "submission_metadata.yml": METADATA.replace("'0042'", "0042"),
        "submission_301/slope.py": "a",
    }
    _, found, _ = entries(make_zip, files)
    assert found[0].student == "0042", "and no octal number"
    assert dict(found[0].person.ids) == {"number": "0042", "email": "student-01@example.org"}


@pytest.mark.parametrize(
    "paths",
    [
        ["HW1_u1_attempt_2026-03-03-11-00-00_slope.py", "student-02.py", "student-03.py"],
        ["1-2 - Student-01 - Sep 24, 2024 926 PM/slope.py", "student-02/slope.py", "x/slope.py"],
        ["Student-01_4711_assignsubmission_file_/slope.py", "student-02.py", "student-03.py"],
        ["student01_12345_67890_slope.py", "student-02.py", "student-03.py"],
        ["submission_301/slope.py", "submission_302/slope.py"],
        ["all/group1_67890_slope.py", "all/group2_67891_slope.py"],
        ["Lab 1/Student, One(s01)/Submission attachment(s)/slope.py"],
        ["Lab 1/Abgaben/One_Student_s01_4711/slope.py"],
        ["slope_2026-03-03_student-01.py", "slope_2026-03-04_student-02.py"],
    ],
)
def test_names_that_a_system_gave_are_never_students_names(
    make_zip: MakeZip, paths: list[str]
) -> None:
    with pytest.raises(CourseError, match=r"names looks? like .*--format"):
        read(make_zip, dict.fromkeys(paths, "x"))
    assert read(make_zip, dict.fromkeys(paths, "x"), "plain")[0] == "plain", "where that is said"


def test_a_file_within_a_student_s_folder_may_be_called_anything(make_zip: MakeZip) -> None:
    files = {
        "student-01/HW1_u1_attempt_2026-03-03-11-00-00_slope.py": "x",
        "student-02/one_1001_90001_slope.py": "x",
    }
    assert read(make_zip, files)[0] == "plain"
