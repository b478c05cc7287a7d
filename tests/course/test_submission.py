"""Submissions are found in three layouts; nothing is followed or opened that is no plain file."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course import submission as submissions
from autograder.course.submission import (
    MOST_FILES,
    Submission,
    find_submissions,
    read_handed,
    submission_of,
)
from autograder.errors import CourseError
from autograder.words.catalogue import say
from autograder.words.text import NOTHING

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


def read(folder: Path, found: Submission) -> bytes:
    """Return the bytes of the one file there is."""
    (handed,) = found.files
    return read_handed(folder, handed.way)


def names(found: Submission) -> list[str]:
    """Return what the files are called, the likeliest first."""
    return [handed.name for handed in found.files]


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
    assert (found.student, found.problem) == ("student-01", NOTHING)
    assert len(found.files) == 1
    assert read(tmp_path, found) == name.encode()


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
    assert (found.student, found.problem) == (student, NOTHING)
    assert read(tmp_path, found) == name.encode()


@pytest.mark.parametrize("name", ["..name", "...", "two words", "a.py", "-rf", "*", "Łukasz"])
def test_a_folder_s_name_is_taken_literally(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"{name}/slope.py")
    found = only(tmp_path)
    assert (found.student, found.problem) == (name, NOTHING)
    assert read(tmp_path, found) == f"{name}/slope.py".encode()


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
    assert say(found.problem) == "the name cannot be a student id"
    assert found.student.isascii()
    assert found.student.isprintable()
    assert found.files == ()


@pytest.mark.parametrize("name", [b"\xff.py", b"a\xc3.py", b"\xff\x1b[31m.py", b"\xfe\n.py"])
def test_undecodable_bytes_are_no_id_and_are_shown_escaped(tmp_path: Path, name: bytes) -> None:
    Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name))).write_text("", encoding="utf-8")
    found = only(tmp_path)
    assert say(found.problem) == "the name cannot be a student id"
    assert "\\xf" in found.student or "\\xc3" in found.student
    assert found.student.isprintable()


def test_all_files_that_may_be_meant_are_found_those_of_the_lab_s_name_first(
    tmp_path: Path,
) -> None:
    files = ("b.py", "slope.py", "a.ipynb", "Slope.ipynb", "hw.zip", "deeper/slope.ipynb")
    write(tmp_path, *(f"student-01/slope/{name}" for name in files))
    found = only(tmp_path)
    first, second, *others = names(found)
    assert {first, second} == {"slope.py", "Slope.ipynb"}
    assert others == ["a.ipynb", "b.py", "hw.zip", "deeper/slope.ipynb"]
    assert found.place == (b"student-01", b"slope")


@pytest.mark.parametrize(
    "name",
    [
        "slope.ipynb.json",
        "slope.ipynb.txt",
        "slope.py.txt",
        "slope.PY.TXT",
        "slope.zip",
        "slope.pyw",
        "slope.ipynb (1)",
        "slope.ipynb.download",
        "helpers/__init__.py",
        "my homework/slope.ipynb",
        "my homework/inner/slope.ipynb",
    ],
)
def test_what_browsers_and_people_make_of_a_name_is_found(tmp_path: Path, name: str) -> None:
    write(tmp_path, f"student-01/slope/{name}", "student-01/slope/data.csv")
    found = only(tmp_path)
    assert names(found) == [name]
    assert read(tmp_path, found).endswith(name.encode())


@pytest.mark.parametrize("name", ["report.pdf", "slope.txt", "slope.json", "slope", "slope.R"])
def test_what_is_none_by_its_name_is_found_where_there_is_nothing_else(
    tmp_path: Path, name: str
) -> None:
    write(tmp_path, f"student-01/slope/{name}")
    assert names(only(tmp_path)) == [name]
    write(tmp_path, "student-01/slope/hw/mine.py")
    assert names(only(tmp_path)) == ["hw/mine.py"]


@pytest.mark.parametrize("folder", ["Slope", "SLOPE", " slope "])
def test_the_lab_s_folder_may_be_written_otherwise(tmp_path: Path, folder: str) -> None:
    write(tmp_path, f"student-01/{folder}/slope.ipynb")
    found = only(tmp_path)
    assert found.place == (b"student-01", folder.encode())
    assert names(found) == [f"{folder}/slope.ipynb"], "the child tells where it was"
    write(tmp_path, "student-01/slope/slope.py")
    assert names(only(tmp_path)) == ["slope.py"]


def test_a_folder_of_two_words_is_the_lab_s_too(tmp_path: Path) -> None:
    write(tmp_path, "student-01/Wide Slope/a.py", "student-02/wide-slope/a.py")
    found = find_submissions(tmp_path, "wide_slope", ("slope", "wide_slope"))
    assert [len(one.place) for one in found] == [2, 2]


def test_other_labs_folders_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, "student-01/line/line.ipynb", "student-01/Line/line.py", "student-01/hw/a.py")
    (found,) = find_submissions(tmp_path, LAB, ("line", "slope"))
    assert names(found) == ["hw/a.py"]


def test_what_is_hidden_is_passed_over(tmp_path: Path) -> None:
    hidden = (".slope.py", ".venv/a.py", ".ipynb_checkpoints/slope.ipynb", "__pycache__/a.py")
    write(tmp_path, *(f"student-01/slope/{name}" for name in hidden), "student-01/slope/slope.py")
    assert names(only(tmp_path)) == ["slope.py"]


def test_files_in_folders_that_are_too_deep_are_not_looked_for(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope/a/b/c/slope.py")
    assert only(tmp_path).files == ()


def test_more_files_than_are_looked_at_are_counted(tmp_path: Path) -> None:
    write(tmp_path, *(f"student-01/slope/{number:02}.py" for number in range(30)))
    write(tmp_path, "student-01/slope/slope.ipynb")
    found = only(tmp_path)
    assert (len(found.files), found.left_out) == (MOST_FILES, 11)
    assert names(found)[0] == "slope.ipynb"


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("student-01.py", "slope.py"),
        ("student-01.ipynb", "slope.ipynb"),
        ("student-01.ipynb.json", "slope.ipynb.json"),
        ("student-01.py.txt", "slope.py.txt"),
        ("student-01.zip", "slope.zip"),
        ("student-01.py.zip", "slope.py.zip"),
    ],
)
def test_a_file_named_after_its_student_says_nothing_of_who_that_is(
    tmp_path: Path, name: str, called: str
) -> None:
    write(tmp_path, name)
    found = only(tmp_path)
    assert (found.student, names(found)) == ("student-01", [called])


def test_one_student_s_folder_is_found_as_among_all(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope/slope.py", "student-02/slope/slope.py")
    assert submission_of(tmp_path, "student-02", LAB) == by_student(tmp_path)["student-02"]


@pytest.mark.parametrize("other", [b"\xff.py", b"\x1b[31m.py", b"a\nb.py"])
def test_names_can_be_shown_whatever_the_files_are_called(tmp_path: Path, other: bytes) -> None:
    write(tmp_path, "student-01/slope.py")
    inside = os.path.join(os.fsencode(tmp_path), b"student-01", other)
    Path(os.fsdecode(inside)).write_text("", encoding="utf-8")
    found = names(only(tmp_path))
    assert len(found) == 2
    assert all(name.isprintable() and name.encode("utf-8") for name in found)


def test_the_lab_s_folder_wins_over_files_beside_it(tmp_path: Path) -> None:
    write(tmp_path, "student-01/slope/slope.py", "student-01/slope.ipynb")
    (handed,) = only(tmp_path).files
    assert handed.way == (b"student-01", b"slope", b"slope.py")


@pytest.mark.parametrize(
    "entries",
    [
        ("student-01.py", "student-01.ipynb"),
        ("student-01.py", "student-01/slope.py"),
        ("student-01.py", "student-01.txt"),
        ("student-01.py", "student-01.ipynb.json"),
    ],
)
def test_two_entries_for_one_student_are_a_problem_that_names_both(
    tmp_path: Path, entries: tuple[str, str]
) -> None:
    write(tmp_path, *entries)
    found = only(tmp_path)
    assert say(found.problem).startswith("two entries for one student: ")
    assert all(name.partition("/")[0] in say(found.problem) for name in entries)
    assert found.files == ()


@pytest.mark.parametrize("folder", ["student-01", "student-01/slope"])
def test_an_empty_folder_is_a_problem(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    found = only(tmp_path)
    assert found.student == "student-01"
    assert say(found.problem) == "no .ipynb or .py file for slope in the folder"


@pytest.mark.parametrize(
    ("files", "absent"),
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
    tmp_path: Path, files: list[str], absent: bool
) -> None:
    write(tmp_path, *files)
    (found,) = find_submissions(tmp_path, LAB, ("line", "slope"))
    assert found.absent is absent


@pytest.mark.parametrize("name", ["student-01.txt", "student-01.docx", "student-01", ".py"])
def test_a_file_of_another_kind_is_a_problem(tmp_path: Path, name: str) -> None:
    write(tmp_path, name)
    assert say(only(tmp_path).problem) == "not a .py or .ipynb file"


def test_files_of_other_kinds_in_a_student_s_folder_are_left_out(tmp_path: Path) -> None:
    write(
        tmp_path,
        "student-01/slope.py",
        "student-01/data.csv",
        "student-01/.DS_Store",
        "student-01/._slope.py",
    )
    assert names(only(tmp_path)) == ["slope.py"]


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
    assert say(found.problem) == f"{kind}, not a regular file; it was not opened"


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
    assert say(found.problem) == f"{kind}, not a regular file; it was not opened"


def test_a_link_as_the_lab_s_folder_is_not_followed(submitted: Path) -> None:
    (submitted / "student-01").mkdir()
    (submitted / "student-01" / "slope").symlink_to(submitted.parent / "outside")
    assert only(submitted).problem


def test_a_folder_named_like_a_script_is_no_file(submitted: Path) -> None:
    (submitted / "student-01" / "slope.py").mkdir(parents=True)
    assert say(only(submitted).problem) == "no .ipynb or .py file for slope in the folder"


@pytest.mark.parametrize("part", ["student-01", "student-01/slope", "student-01/slope/slope.py"])
def test_a_link_swapped_in_later_is_not_followed(submitted: Path, part: str) -> None:
    write(submitted, "student-01/slope/slope.py")
    found = only(submitted)
    path = submitted / part
    path.rename(submitted.parent / "moved")
    path.symlink_to(submitted.parent / "moved")
    with pytest.raises(OSError, match=r"symbolic link|Not a directory"):
        read(submitted, found)


def test_a_fifo_swapped_in_later_is_neither_waited_for_nor_read(submitted: Path) -> None:
    write(submitted, "student-01.py")
    found = only(submitted)
    (submitted / "student-01.py").unlink()
    os.mkfifo(submitted / "student-01.py")
    with pytest.raises(ValueError, match="not a regular file"):
        read(submitted, found)


def test_a_file_gone_later_raises(submitted: Path) -> None:
    write(submitted, "student-01.py")
    found = only(submitted)
    (submitted / "student-01.py").unlink()
    with pytest.raises(FileNotFoundError):
        read(submitted, found)


def test_a_file_over_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submissions, "FILE_BYTES", 10)
    (tmp_path / "student-01.py").write_bytes(b"x" * 10)
    (tmp_path / "student-02.py").write_bytes(b"x" * 11)
    found = by_student(tmp_path)
    assert read(tmp_path, found["student-01"]) == b"x" * 10
    with pytest.raises(ValueError, match="larger than"):
        read(tmp_path, found["student-02"])


def test_reading_leaves_no_descriptor_open(submitted: Path) -> None:
    write(submitted, "student-01/slope/slope.py")
    found = only(submitted)
    before = set(os.listdir("/proc/self/fd"))
    read(submitted, found)
    (submitted / "student-01/slope/slope.py").unlink()
    with pytest.raises(FileNotFoundError):
        read(submitted, found)
    assert set(os.listdir("/proc/self/fd")) == before


def test_no_folder_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="nowhere: no such folder"):
        find_submissions(tmp_path / "nowhere", LAB)


def test_an_empty_folder_holds_no_submissions(tmp_path: Path) -> None:
    assert find_submissions(tmp_path, LAB) == []
