"""Submissions are found in three layouts; nothing is followed or opened that is no plain file."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import submission as submissions
from autograder.course.submission import Submission, find_submissions, read_submission
from autograder.errors import CourseError

LAB = "slope"


def write(folder: Path, *names: str) -> None:
    """Write files that hold their own name."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")


def only(folder: Path) -> Submission:
    """Return the one submission there is."""
    (found,) = find_submissions(folder, LAB)
    return found


def by_student(folder: Path) -> dict[str, Submission]:
    """Return the submissions by student id."""
    return {found.student: found for found in find_submissions(folder, LAB)}


@pytest.mark.parametrize(
    "name",
    [
        "student-01/slope/slope.ipynb",
        "student-01/slope/slope.py",
        "student-01/slope.ipynb",
        "student-01/slope.py",
        "student-01/homework 1.PY",
        "student-01.py",
        "student-01.ipynb",
        "student-01.IPYNB",
    ],
)
def test_every_layout_is_found_and_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    found = only(tmp_path)
    assert (found.student, found.problem, found.notes) == ("student-01", "", ())
    assert found.filename == Path(name).name
    assert read_submission(tmp_path, found) == name.encode()


def test_students_come_sorted_by_id(tmp_path: Path) -> None:
    write(
        tmp_path,
        "student-05.py",
        "student-02/slope.py",
        "Student-09.ipynb",
        "student-03/slope/slope.py",
    )
    found = [submission.student for submission in find_submissions(tmp_path, LAB)]
    assert found == ["Student-09", "student-02", "student-03", "student-05"]


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("..name.py", "..name"),
        ("a.b.c.py", "a.b.c"),
        ("two words.py", "two words"),
        (" padded .py", " padded "),
        ("-rf.py", "-rf"),
        ("=1+1.py", "=1+1"),
        ("<b>.py", "<b>"),
        ("%2e%2e.py", "%2e%2e"),
        ("~root.ipynb", "~root"),
        ("$HOME.py", "$HOME"),
        ("Łukasz 李.py", "Łukasz 李"),
        ("reference.py", "reference"),
    ],
)
def test_a_file_s_name_is_taken_literally(tmp_path: Path, name: str, student: str) -> None:
    write(tmp_path, name)
    found = only(tmp_path)
    assert (found.student, found.problem) == (student, "")
    assert read_submission(tmp_path, found) == name.encode()


@pytest.mark.parametrize("name", ["..name", "...", "two words", "a.py", "-rf", "*", "Łukasz"])
def test_a_folder_s_name_is_taken_literally(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"{name}/slope.py")
    found = only(tmp_path)
    assert (found.student, found.problem) == (name, "")
    assert read_submission(tmp_path, found) == f"{name}/slope.py".encode()


@pytest.mark.parametrize(
    "name",
    [
        b"a\nb.py",
        b"a\tb.py",
        b"\x1b[31mred.py",
        b"del\x7f.py",
        "bidi\u202e.py".encode(),
        "line\u2028.py".encode(),
        "c1\x9b.py".encode(),
    ],
)
@pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])
def test_control_characters_are_no_id_and_are_shown_escaped(
    tmp_path: Path,
    name: bytes,
    folder: bool,  # a test's parameter
) -> None:
    path = os.path.join(os.fsencode(tmp_path), name)
    if folder:
        os.mkdir(path)
        write(Path(os.fsdecode(path)), "slope.py")
    else:
        Path(os.fsdecode(path)).write_text("", encoding="utf-8")
    found = only(tmp_path)
    assert found.problem == "the name cannot be a student id"
    assert found.student.isascii()
    assert found.student.isprintable()
    assert found.parts == ()


@pytest.mark.parametrize("name", [b"\xff.py", b"a\xc3.py", b"\xff\x1b[31m.py", b"\xfe\n.py"])
def test_undecodable_bytes_are_no_id_and_are_shown_escaped(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("", encoding="utf-8")
    found = only(tmp_path)
    assert found.problem == "the name cannot be a student id"
    assert "\\xf" in found.student or "\\xc3" in found.student
    assert found.student.isprintable()


def test_the_notebook_wins_over_the_script_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope.py", "student-01/slope.ipynb", "student-01/other.py")
    found = only(tmp_path)
    assert (found.filename, found.problem) == ("slope.ipynb", "")
    assert found.notes == ("slope.ipynb was graded, not other.py, slope.py",)


def test_the_script_of_the_lab_s_name_wins_over_others_with_a_note(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope.py", "student-01/solution.ipynb")
    found = only(tmp_path)
    assert (found.filename, found.notes) == (
        "slope.py",
        ("slope.py was graded, not solution.ipynb",),
    )


@pytest.mark.parametrize("other", [b"\xff.py", b"\x1b[31m.py", b"a\nb.py"])
def test_a_note_can_be_shown_whatever_the_other_files_are_called(
    tmp_path: Path, other: bytes
) -> None:
    write(tmp_path, "student-01/slope.py")
    inside = os.path.join(os.fsencode(tmp_path), b"student-01", other)
    Path(os.fsdecode(inside)).write_text("", encoding="utf-8")
    (note,) = only(tmp_path).notes
    assert note.isprintable()
    note.encode("utf-8")


def test_the_lab_s_folder_wins_over_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope/slope.py", "student-01/slope.ipynb")
    assert only(tmp_path).parts == (b"student-01", b"slope", b"slope.py")


def test_several_files_none_named_after_the_lab_are_a_problem_that_names_them(
    tmp_path: Path,
) -> None:
    write(tmp_path, "student-01/one.py", "student-01/two.ipynb")
    found = only(tmp_path)
    assert found.problem.startswith("several files, none named slope.ipynb or slope.py: ")
    assert "'one.py'" in found.problem
    assert "'two.ipynb'" in found.problem


@pytest.mark.parametrize(
    "names",
    [
        ("student-01.py", "student-01.ipynb"),
        ("student-01.py", "student-01/slope.py"),
        ("student-01.py", "student-01.txt"),
    ],
)
def test_two_entries_for_one_student_are_a_problem_that_names_both(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    write(tmp_path, *names)
    found = only(tmp_path)
    assert found.problem.startswith("two entries for one student: ")
    assert all(name in found.problem for name in names)
    assert found.parts == ()


@pytest.mark.parametrize("folder", ["student-01", "student-01/slope"])
def test_an_empty_folder_is_a_problem(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    found = only(tmp_path)
    assert found.student == "student-01"
    assert found.problem == "no .ipynb or .py file for slope in the folder"


@pytest.mark.parametrize(
    ("names", "absent"),
    [
        (["student-01/slope/timestamp.txt"], True),
        (["student-01/line/line.ipynb"], True),
        (["student-01/slope/.DS_Store"], True),
        (["student-01/slope/notes.txt"], False),
        (["student-01/slope/inner/slope.py"], False),
        (["student-01/slope.zip"], False),
        (["student-01/slope/slope.py"], False),
    ],
)
def test_nothing_of_the_lab_is_told_from_something_that_cannot_be_graded(
    tmp_path: Path, names: list[str], absent: bool
) -> None:
    write(tmp_path, *names)
    assert only(tmp_path).absent is absent


@pytest.mark.parametrize(
    "name", ["student-01.txt", "student-01.docx", "student-01", "student-01.py.zip", ".py"]
)
def test_a_file_of_another_kind_is_a_problem(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert only(tmp_path).problem == "not a .py or .ipynb file"


def test_files_of_other_kinds_in_a_student_s_folder_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "student-01/slope.py",
        "student-01/data.csv",
        "student-01/.DS_Store",
        "student-01/._slope.py",
    )
    found = only(tmp_path)
    assert (found.filename, found.notes) == ("slope.py", ())


def test_what_systems_leave_behind_is_no_student(tmp_path: Path) -> None:
    write(
        tmp_path,
        "student-01.py",
        ".DS_Store",
        "._student-01.py",
        "Thumbs.db",
        "__MACOSX/student-01.py",
    )
    write(
        tmp_path, ".ipynb_checkpoints/student-01.ipynb", "__pycache__/student-01.py", ".git/config"
    )
    assert only(tmp_path).student == "student-01"


def link_to_file(path: Path) -> None:
    """Make a link to a file outside."""
    path.symlink_to(path.parent.parent / "secret.py")


def link_to_folder(path: Path) -> None:
    """Make a link to a folder outside."""
    path.symlink_to(path.parent.parent / "outside")


def dangling_link(path: Path) -> None:
    """Make a link to nothing."""
    path.symlink_to("nowhere")


def fifo(path: Path) -> None:
    """Make a named pipe, which blocks who opens it."""
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    """Bind a socket; its path must be short."""
    with socket.socket(socket.AF_UNIX) as bound:
        here = Path.cwd()
        os.chdir(path.parent)
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    """A folder of submissions with a file and a folder beside it that must stay unread."""
    write(tmp_path, "secret.py", "outside/slope.py", "outside/slope/slope.py")
    folder = tmp_path / "submitted"
    folder.mkdir()
    return folder


SPECIAL = pytest.mark.parametrize(
    ("make", "kind"),
    [
        (link_to_file, "a link"),
        (link_to_folder, "a link"),
        (dangling_link, "a link"),
        (fifo, "a FIFO"),
        (unix_socket, "a socket"),
    ],
)
Make = Callable[[Path], None]


@SPECIAL
@pytest.mark.parametrize("name", ["student-01.py", "student-01"])
def test_what_is_no_plain_file_is_named_and_not_opened(
    submitted: Path, make: Make, kind: str, name: str
) -> None:
    make(submitted / name)
    found = only(submitted)
    assert found.student == "student-01"
    assert found.problem == f"{kind}, not a regular file; it was not opened"


@SPECIAL
def test_what_is_no_plain_file_in_a_student_s_folder_is_named(
    submitted: Path, make: Make, kind: str
) -> None:
    (submitted / "student-01").mkdir()
    if make in (link_to_file, link_to_folder):
        (submitted / "student-01" / "slope.py").symlink_to(submitted.parent / "secret.py")
    else:
        make(submitted / "student-01" / "slope.py")
    found = only(submitted)
    assert found.problem == f"{kind}, not a regular file; it was not opened"


def test_a_link_as_the_lab_s_folder_is_not_followed(submitted: Path) -> None:
    (submitted / "student-01").mkdir()
    (submitted / "student-01" / "slope").symlink_to(submitted.parent / "outside")
    assert only(submitted).problem


def test_a_folder_named_like_a_script_is_no_file(submitted: Path) -> None:
    (submitted / "student-01" / "slope.py").mkdir(parents=True)
    assert only(submitted).problem == "a folder, not a regular file; it was not opened"


@pytest.mark.parametrize("part", ["student-01", "student-01/slope", "student-01/slope/slope.py"])
def test_a_link_swapped_in_later_is_not_followed(submitted: Path, part: str) -> None:
    write(submitted, "student-01/slope/slope.py")
    found = only(submitted)
    path = submitted / part
    path.rename(submitted.parent / "moved")
    path.symlink_to(submitted.parent / "moved")
    with pytest.raises(OSError, match=r"symbolic link|Not a directory"):
        read_submission(submitted, found)


def test_a_fifo_swapped_in_later_is_neither_waited_for_nor_read(submitted: Path) -> None:
    write(submitted, "student-01.py")
    found = only(submitted)
    (submitted / "student-01.py").unlink()
    os.mkfifo(submitted / "student-01.py")
    with pytest.raises(ValueError, match="not a regular file"):
        read_submission(submitted, found)


def test_a_file_gone_later_raises(submitted: Path) -> None:
    write(submitted, "student-01.py")
    found = only(submitted)
    (submitted / "student-01.py").unlink()
    with pytest.raises(FileNotFoundError):
        read_submission(submitted, found)


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "FILE_BYTES", 10)
    (tmp_path / "student-01.py").write_bytes(b"x" * 10)
    (tmp_path / "student-02.py").write_bytes(b"x" * 11)
    found = by_student(tmp_path)
    assert read_submission(tmp_path, found["student-01"]) == b"x" * 10
    with pytest.raises(ValueError, match="larger than"):
        read_submission(tmp_path, found["student-02"])


def test_reading_leaves_no_descriptor_open(submitted: Path) -> None:
    write(submitted, "student-01/slope/slope.py")
    found = only(submitted)
    before = set(os.listdir("/proc/self/fd"))
    read_submission(submitted, found)
    (submitted / "student-01/slope/slope.py").unlink()
    with pytest.raises(FileNotFoundError):
        read_submission(submitted, found)
    assert set(os.listdir("/proc/self/fd")) == before


def test_no_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="nowhere: no such folder"):
        find_submissions(tmp_path / "nowhere", LAB)


def test_an_empty_folder_holds_no_submissions(tmp_path: Path) -> None:
    assert find_submissions(tmp_path, LAB) == []
