"""A grade is reused where nothing that it depends on changed, and never where anything did."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import shutil
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.errors import CourseError
from autograder.grading import cache_key
from autograder.grading import run as session_module
from autograder.grading.address import grade_key
from autograder.grading.content import read_content
from autograder.grading.decision import Decision, decide
from autograder.grading.grade import Grade
from autograder.grading.run import Session
from autograder.grading.setup import Opening, Settings
from autograder.words.catalogue import say
from autograder.words.text import verbatim

VERSIONS = {"torch": "2", "numpy": "2", "python": "3", "autograder": "0"}


class Class:
    """A course, a folder of submissions and an output folder, graded by a grader of wax."""

    def __init__(self, course: Course, folder: Path) -> None:
        self.course = Course(folder / "course")
        shutil.copytree(course.root / "reference" / "slope", folder / "course/reference/slope")
        self.submitted = folder / "submitted"
        self.submitted.mkdir()
        self.out = folder / "out"
        self.settings: dict = {}
        self.level = "namespaces"
        self.exercise_sha256 = "e" * 64
        self.files: tuple[str, ...] = ()
        self.status = "graded"
        self.message = ""
        self.review: tuple[str, ...] = ()
        self.backwards = False
        self.stop_at = ""
        self.while_loading = lambda: None
        self.ran: list[str] = []

    def hand_in(self, *students: str) -> None:
        for student in students:
            (self.submitted / f"{student}.py").write_text(f"# {student}\n")

    def opening(self) -> Opening:
        def start() -> None:
            raise AssertionError("the engine is the loader's to start")

        return Opening(
            settings=Settings(submitted=self.submitted, assignment="slope", **self.settings),
            course=self.course,
            submissions=[
                one
                for one in find_submissions(self.submitted, "slope")
                if one.student in self.settings.get("students", (one.student,))
            ],
            out=self.out,
            accepted=[
                one
                for one in find_submissions(self.submitted, "slope")
                if one.student in self.settings.get("accept", ())
            ],
            level=self.level,
            start_engine=start,
        )

    def grade(self) -> list[Grade]:
        """Grade all, and note in ``ran`` whom the grader of wax was asked for."""
        self.ran = []
        with contextlib.closing(Session(self.opening())) as session:
            self.session = session
            return list(session.grades(self._load))

    def _load(self, opening: Opening) -> SimpleNamespace:
        self.while_loading()
        return SimpleNamespace(grader=self, exercise_sha256=self.exercise_sha256, files=self.files)

    def graded(self, folder, submissions, *, accepts=None):
        for submission in reversed(submissions) if self.backwards else submissions:
            if submission.student == self.stop_at:
                raise KeyboardInterrupt
            self.ran.append(submission.student)
            content = read_content(folder, submission)
            yield content, self._grade(content)

    def _grade(self, content) -> Grade:
        status = "sandbox_error" if content.ours else self.status
        return Grade(
            student=content.submission.student,
            assignment="slope",
            status="not_gradable" if content.problem and not content.ours else status,
            score=None if status == "sandbox_error" else 1.0,
            max_score=10.0,
            checks=(),
            diagnosis=(),
            message=content.problem or verbatim(self.message),
            notes=tuple(note.code for note in content.notes),
            isolation=self.level,
            seconds=0.25,
            reused=False,
            submission_sha256=content.sha256,
            exercise_sha256=self.exercise_sha256,
            versions=VERSIONS,
            review=self.review,
        )

    def results(self, name: str = "results.jsonl") -> list[dict]:
        text = (self.out / "slope" / name).read_text("utf-8")
        return [json.loads(line) for line in text.splitlines()]


@pytest.fixture
def room(course: Course, tmp_path: Path) -> Class:
    """Three students, graded once."""
    room = Class(course, tmp_path)
    room.hand_in("a", "b", "c")
    room.grade()
    assert room.ran == ["a", "b", "c"]
    return room


def nobody(opening: Opening) -> None:
    raise AssertionError("nothing needs to be loaded")


def test_unchanged_grades_are_reused_and_nothing_is_loaded(room: Class) -> None:
    before = room.results()
    with contextlib.closing(Session(room.opening())) as session:
        grades = list(session.grades(nobody))
    assert [grade.reused for grade in grades] == [True] * 3
    assert session.reused == 3
    volatile = {"reused", "seconds"}
    assert [{**line, "reused": False, "seconds": 0.25} for line in room.results()] == before
    assert {key for key in before[0] if before[0][key] != room.results()[0][key]} == volatile


def test_a_run_of_one_student_leaves_the_lines_of_the_others(room: Class) -> None:
    (room.submitted / "b.py").write_text("# another b\n")
    before = room.results()
    room.settings = {"students": ("b",)}
    room.grade()
    after = room.results()
    assert [line["student"] for line in after] == ["a", "b", "c"]
    assert (after[0], after[2]) == (before[0], before[2])
    assert after[1]["submission_sha256"] != before[1]["submission_sha256"]
    room.settings = {}
    room.grade()
    assert room.ran == [], "nor are the others' grades dropped"


def test_who_is_accepted_is_graded_anew_and_stays_accepted(room: Class) -> None:
    room.settings = {"accept": ("b",)}
    room.grade()
    assert room.ran == ["b"]
    room.settings = {}
    room.grade()
    assert room.ran == [], "it is stored"
    room.settings = {"fresh": True}
    room.grade()
    content = read_content(room.submitted, room.opening().submissions[1])
    assert room.session.decisions.accepts("b", content.sha256)


def test_another_file_of_who_was_accepted_is_not(room: Class) -> None:
    room.settings = {"accept": ("b",)}
    room.grade()
    room.settings = {}
    (room.submitted / "b.py").write_text("# another b\n")
    room.grade()
    content = read_content(room.submitted, room.opening().submissions[1])
    assert not room.session.decisions.accepts("b", content.sha256)


def test_an_equal_file_of_somebody_who_is_not_accepted_has_a_grade_of_its_own(room: Class) -> None:
    (room.submitted / "d.py").write_text("# b\n")
    room.settings = {"accept": ("b",)}
    room.grade()
    assert room.ran == ["b"], "d's is the one that b had before"


def test_where_there_is_no_file_there_is_nothing_to_accept(room: Class) -> None:
    (room.submitted / "e").mkdir()
    room.settings = {"accept": ("e",)}
    with pytest.raises(CourseError, match="--accept e: there is no file to accept: no "):
        room.grade()


def test_a_line_keeps_its_codes_whoever_has_looked(room: Class) -> None:
    room.review = ("text-cell",)
    room.settings = {"fresh": True}
    room.grade()
    [line, *_] = room.results()
    about = Decision(student="a", submission=line["submission_sha256"], reviewed=("text-cell",))
    decide(room.out / "slope", [about])
    room.settings = {}
    grades = room.grade()
    assert [line["review"] for line in room.results()] == [["text-cell"]] * 3
    assert [bool(room.session.decisions.asked(grade)) for grade in grades] == [False, True, True]


def test_a_changed_file_alone_is_graded_anew(room: Class) -> None:
    (room.submitted / "b.py").write_text("# another b\n")
    room.hand_in("d")
    grades = room.grade()
    assert room.ran == ["b", "d"]
    assert [grade.student for grade in grades] == ["a", "b", "c", "d"]
    assert [line["reused"] for line in room.results()] == [True, False, True, False]


def test_a_renamed_student_keeps_the_grade_under_the_new_name(room: Class) -> None:
    (room.submitted / "b.py").rename(room.submitted / "z.py")
    room.grade()
    assert room.ran == []
    assert [line["student"] for line in room.results()] == ["a", "c", "z"]


def test_a_script_that_becomes_a_notebook_is_graded_anew(room: Class) -> None:
    (room.submitted / "b.py").rename(room.submitted / "b.ipynb")
    room.grade()
    assert room.ran == ["b"]


def test_a_grade_depends_on_all_files_that_were_handed_in_and_on_their_names(room: Class) -> None:
    (room.submitted / "b").mkdir()
    (room.submitted / "b.py").rename(room.submitted / "b" / "slope.py")
    (room.submitted / "b" / "old.py").write_text("x = 1")
    room.grade()
    digests = {room.results()[1]["submission_sha256"]}
    for change in (
        lambda: (room.submitted / "b" / "old.py").write_text("x = 2"),
        lambda: (room.submitted / "b" / "old.py").rename(room.submitted / "b" / "new.py"),
    ):
        change()
        room.grade()
        assert room.ran == ["b"]
        digests.add(room.results()[1]["submission_sha256"])
    assert len(digests) == 3


def test_a_grade_is_another_one_where_the_course_has_another_lab(room: Class) -> None:
    other = room.course.root / "reference" / "line"
    other.mkdir()
    (other / "exercise.py").write_text("")
    room.grade()
    assert room.ran == ["a", "b", "c"]


def test_a_grade_that_a_person_accepted_is_another_one(room: Class) -> None:
    (submission, *_) = find_submissions(room.submitted, "slope")
    content = read_content(room.submitted, submission)
    assert grade_key(b"", content) != grade_key(b"", content, accepted=True)


def test_a_grade_is_another_one_where_files_were_handed_in_at_another_time(room: Class) -> None:
    (submission, *_) = find_submissions(room.submitted, "slope")
    content = read_content(room.submitted, submission)
    later = tuple(msgspec.structs.replace(file, submitted=1.0) for file in content.files)
    assert grade_key(b"", content) != grade_key(b"", dataclasses.replace(content, files=later))


def test_too_many_files_are_told(room: Class) -> None:
    folder = room.submitted / "d"
    folder.mkdir()
    for number in range(23):
        (folder / f"{number}.py").write_text("x = 1")
    room.grade()
    assert room.results()[3]["notes"] == ["files-left-out"]


CHANGES = {
    "spec": lambda room, patch: append(room.course.exercise("slope")),
    "reference": lambda room, patch: append(room.course.reference("slope")),
    "salt": lambda room, patch: append(room.course.root / "secret_salt"),
    "data beside the spec": lambda room, patch: append(
        room.course.root / "reference" / "slope" / "data.csv"
    ),
    "timeout": lambda room, patch: room.settings.update(timeout_seconds=3.0),
    "memory": lambda room, patch: room.settings.update(memory_bytes=500_000_000),
    "output": lambda room, patch: room.settings.update(output_bytes=5_000),
    "isolation": lambda room, patch: setattr(room, "level", "none"),
    "framework": lambda room, patch: patch.setattr(cache_key, "digest_of_parts", lambda: b"new"),
    "packages": lambda room, patch: patch.setattr(cache_key, "environment_digest", lambda: b"new"),
    "torch": lambda room, patch: patch.setattr(
        cache_key, "versions", lambda: {**VERSIONS, "torch": "3"}
    ),
    "fresh": lambda room, patch: room.settings.update(fresh=True),
}


def append(path: Path) -> None:
    with path.open("a") as stream:
        stream.write("# changed\n")


@pytest.mark.parametrize("change", CHANGES)
def test_no_grade_is_reused_after_a_change_of(
    change: str, room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    CHANGES[change](room, monkeypatch)
    grades = room.grade()
    assert room.ran == ["a", "b", "c"]
    assert not any(grade.reused for grade in grades)
    assert len(room.results()) == 3


def test_a_change_that_is_undone_finds_its_grades_again(room: Class) -> None:
    text = room.course.exercise("slope").read_text()
    append(room.course.exercise("slope"))
    room.grade()
    room.course.exercise("slope").write_text(text)
    room.grade()
    assert room.ran == []


def test_no_grade_is_reused_after_a_further_file_of_the_spec_changed(
    room: Class, tmp_path: Path
) -> None:
    shared = tmp_path / "shared.csv"
    shared.write_text("1")
    room.files = (str(shared),)
    room.settings.update(fresh=True)
    room.grade()
    room.settings.update(fresh=False)
    room.grade()
    assert room.ran == []
    shared.write_text("2")
    room.grade()
    assert room.ran == ["a", "b", "c"]


def test_grades_of_other_data_are_not_mixed_with_these(room: Class) -> None:
    room.exercise_sha256 = "f" * 64  # the same spec drew other numbers
    room.hand_in("d")
    grades = room.grade()
    assert room.ran == ["a", "b", "c", "d"]
    assert {grade.exercise_sha256 for grade in grades} == {"f" * 64}


def test_an_exercise_that_changes_while_it_is_loaded_is_refused(room: Class) -> None:
    room.hand_in("d")
    room.while_loading = lambda: append(room.course.exercise("slope"))
    with pytest.raises(CourseError, match="changed while it was loading; run the same"):
        room.grade()
    room.while_loading = lambda: None
    room.grade()
    assert room.ran == ["a", "b", "c", "d"]


def test_a_failure_of_ours_is_tried_again(room: Class) -> None:
    room.hand_in("d")
    room.status = "sandbox_error"
    room.grade()
    assert room.session.sandbox_errors == 1
    room.status = "graded"
    room.grade()
    assert room.ran == ["d"]
    assert room.session.sandbox_errors == 0


def test_what_cannot_be_graded_is_not_looked_at_again(room: Class) -> None:
    (room.submitted / "link.py").symlink_to("a.py")
    room.grade()
    assert room.ran == ["link"]
    grades = room.grade()
    assert room.ran == []
    assert (grades[3].status, grades[3].reused) == ("not_gradable", False)
    assert "link" in say(grades[3].message)


def test_grades_come_in_the_order_of_the_ids_whatever_ends_first(room: Class) -> None:
    room.backwards = True
    room.settings.update(fresh=True)
    grades = room.grade()
    assert room.ran == ["c", "b", "a"]
    assert [grade.student for grade in grades] == ["a", "b", "c"]
    assert [line["student"] for line in room.results()] == ["a", "b", "c"]


def test_what_was_cut_short_goes_on_where_it_stopped(room: Class) -> None:
    whole = room.results()
    room.hand_in("d", "e", "f")
    room.stop_at = "e"
    with pytest.raises(KeyboardInterrupt):
        room.grade()
    assert room.results() == whole
    assert [line["student"] for line in room.results("results.partial.jsonl")] == list("abcd")
    room.stop_at = ""
    room.grade()
    assert room.ran == ["e", "f"]
    assert room.session.reused == 4
    assert [line["student"] for line in room.results()] == list("abcdef")
    assert not (room.out / "slope" / "results.partial.jsonl").exists()


def test_a_fresh_run_that_was_cut_short_goes_on_when_run_without_fresh(room: Class) -> None:
    room.settings.update(fresh=True)
    room.message, room.stop_at = "new", "c"
    with pytest.raises(KeyboardInterrupt):
        room.grade()
    room.settings.update(fresh=False)
    room.stop_at = ""
    assert [say(grade.message) for grade in room.grade()] == ["new", "new", ""]


def test_a_grade_is_committed_before_it_is_shown(room: Class) -> None:
    room.hand_in("d")
    room.settings.update(fresh=True)
    with contextlib.closing(Session(room.opening())) as session:
        grades = session.grades(room._load)
        shown = [next(grades).student, next(grades).student]
        text = (room.out / "slope" / "grades.journal").read_text()
        grades.close()
    assert shown == ["a", "b"]
    assert [text.count(f'"student":"{student}"') for student in "abcd"] == [2, 2, 1, 0]


def test_many_runs_do_not_make_the_journal_grow(room: Class) -> None:
    room.settings.update(fresh=True)
    room.message = "m" * 5_000
    sizes = []
    for _ in range(6):
        room.grade()
        sizes.append((room.out / "slope" / "grades.journal").stat().st_size)
    assert max(sizes) < 3 * 3 * 6_000
    room.settings.update(fresh=False)
    room.grade()
    assert room.ran == []


def test_memory_does_not_grow_with_what_grades_say(course: Course, tmp_path: Path) -> None:
    def peak(room: Class) -> int:
        for _ in room_session(room):
            pass
        tracemalloc.start()
        for _ in room_session(room):  # all reused
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    def room_session(room: Class) -> Iterator[Grade]:
        with contextlib.closing(Session(room.opening())) as session:
            yield from session.grades(room._load)

    peaks = []
    for count in (50, 550):
        (tmp_path / str(count)).mkdir()
        room = Class(course, tmp_path / str(count))
        room.message = "m" * 20_000
        room.hand_in(*(f"student-{number:03}" for number in range(count)))
        peaks.append(peak(room))
    assert (peaks[1] - peaks[0]) / 500 < 2_000, "bytes a submission; a grade has 20 000"


def test_a_run_that_cannot_write_says_so_and_keeps_the_results_there_were(
    room: Class, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = room.results()
    room.hand_in("d")

    def full(*arguments, **options):
        raise CourseError("results.jsonl: cannot be written: No space left on device")

    monkeypatch.setattr(session_module, "write_atomically", full)
    with pytest.raises(CourseError, match="No space left"):
        room.grade()
    monkeypatch.undo()
    assert room.results() == whole
    room.grade()
    assert room.ran == [], "all four were committed"


def test_while_one_grades_another_is_refused_and_later_let_in(room: Class) -> None:
    told = pytest.raises(CourseError, match=r"process \d+ is grading into this folder")
    with contextlib.closing(Session(room.opening())), told:
        Session(room.opening())
    room.grade()


def test_a_damaged_record_is_graded_anew(room: Class) -> None:
    path = room.out / "slope" / "grades.journal"
    text = path.read_bytes()
    path.write_bytes(text.replace(b'"student":"b","assignment"', b'"student":"b","assignmant"'))
    room.grade()
    assert room.ran == ["b"]


SAYING = "# fails: criterion\n# mistake: my-id\n# says: You sum.\n"


def rejected(room: Class, name: str = "mine.py") -> Path:
    return room.course.exercise("slope").parent / "rejected" / name


def test_grades_are_judged_again_when_a_mistake_of_the_course_is_new_or_other(room: Class) -> None:
    for text in (SAYING, SAYING.replace("sum", "add"), SAYING + "# hint: Why?\n"):
        rejected(room).write_text(f"{text}import torch\n")
        room.grade()
        assert room.ran == ["a", "b", "c"], text
        room.grade()
        assert room.ran == [], "nothing changed since"
    rejected(room).write_text(f"{SAYING}import torch\nx = 1\n")
    room.grade()
    assert room.ran == ["a", "b", "c"], "it behaves otherwise, it may be"
    rejected(room).unlink()
    room.grade()
    assert room.ran == ["a", "b", "c"]


def test_an_example_that_students_are_not_told_of_changes_no_grade(room: Class) -> None:
    rejected(room).write_text("# fails: criterion\n# mistake: loss-root\n# why: so\nx = 1\n")
    rejected(room, "notes.txt").write_text(SAYING)
    (rejected(room).parents[1] / "accepted" / "other.py").write_text(SAYING)
    room.grade()
    assert room.ran == []
