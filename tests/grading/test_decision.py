"""What a person decided is about one submission, and is kept."""

from __future__ import annotations

import concurrent.futures
from pathlib import Path

import msgspec
import pytest

from autograder.errors import CourseError
from autograder.grading.decision import (
    FILE,
    Decision,
    Decisions,
    decide,
    forget_decisions,
    load_decisions,
    read_decisions,
    subject_of,
)
from autograder.grading.record import Grade, to_json
from autograder.grading.results import read_results
from autograder.judge import notices
from autograder.judge.result import CheckResult
from autograder.judge.review import CHECK_ERROR, REASONS, reason_of
from autograder.words.text import verbatim

BROKEN = CheckResult(
    id="forward",
    function="forward",
    outcome="error",
    passed=False,
    points=0.0,
    max_points=2.0,
    message=verbatim(""),
    hint=verbatim(""),
)
ONE, OTHER = "ab" * 32, "cd" * 32


def grade(*codes: str, sha: str = ONE, message: str = "", checks=()) -> Grade:
    return Grade(
        student="student-01",
        assignment="slope",
        status="graded",
        score=8.0,
        max_score=10.0,
        checks=checks,
        diagnosis=(),
        message=verbatim(message),
        notes=(),
        isolation="none",
        seconds=0.0,
        reused=False,
        submission_sha256=sha,
        exercise_sha256="",
        versions={},
        review=codes,
    )


def looked_at(one: Grade, *codes: str) -> Decision:
    return Decision(student=one.student, submission=subject_of(one), reviewed=codes)


def test_what_was_looked_at_asks_no_more_and_another_submission_does(tmp_path: Path) -> None:
    decide(tmp_path, [looked_at(grade("text-cell"), "text-cell")])
    made = load_decisions(tmp_path)
    assert made.asked(grade("text-cell")) == ()
    assert made.asked(grade("text-cell", sha=OTHER)) == ("text-cell",)
    twin = msgspec.structs.replace(grade("text-cell"), student="student-02")
    assert made.asked(twin) == ("text-cell",), "an equal file of somebody else"


def test_a_reason_that_nobody_saw_asks_although_the_file_is_the_same() -> None:
    made = Decisions([looked_at(grade("text-cell"), "text-cell")])
    assert made.asked(grade("text-cell", "other-lab")) == ("other-lab",)


def test_a_broken_check_asks_whatever_the_codes_say() -> None:
    broken = grade(checks=(BROKEN,))
    assert broken.undecided
    assert Decisions().asked(broken) == (CHECK_ERROR,)
    named = msgspec.structs.replace(broken, review=(CHECK_ERROR,))
    assert Decisions().asked(named) == (CHECK_ERROR,)
    assert Decisions([looked_at(broken, CHECK_ERROR)]).asked(named) == ()
    assert not grade().undecided


def test_where_no_file_was_read_the_message_says_which_it_was() -> None:
    first = grade("other-lab", sha="", message=verbatim("no .ipynb or .py file"))
    made = Decisions([looked_at(first, "other-lab")])
    assert made.asked(first) == ()
    assert made.asked(grade("other-lab", sha="", message=verbatim("a link"))) == ("other-lab",)


def test_one_file_of_one_student_is_accepted(tmp_path: Path) -> None:
    decide(tmp_path, [Decision(student="student-01", submission=ONE, accepted=True)])
    made = load_decisions(tmp_path)
    assert made.accepts("student-01", ONE)
    assert not made.accepts("student-01", OTHER)
    assert not made.accepts("student-02", ONE)
    assert made.asked(grade("other-lab", "text-cell")) == ("text-cell",)


def test_the_same_decision_stands_there_once(tmp_path: Path) -> None:
    one = looked_at(grade(), "text-cell")
    decide(tmp_path, [one, one])
    decide(tmp_path, [one])
    assert read_decisions(tmp_path) == [one]


def test_people_who_decide_at_once_lose_nothing(tmp_path: Path) -> None:
    made = [looked_at(grade(sha=f"{n:064}"), "other-lab") for n in range(40)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: decide(tmp_path, [one]), made))
    assert sorted(one.submission for one in read_decisions(tmp_path)) == [
        one.submission for one in made
    ]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    decide(tmp_path, [looked_at(grade(), "other-lab")])
    with (tmp_path / FILE).open("ab") as stream:
        stream.write(b'{"student": 3}\n')
    with pytest.raises(
        CourseError, match=r"decisions\.jsonl: line 2 is not a decision .*; remove it"
    ):
        load_decisions(tmp_path)


def test_who_is_forgotten_is_named_no_more(tmp_path: Path) -> None:
    other = Decision(student="student-02", submission=ONE, accepted=True)
    decide(tmp_path, [looked_at(grade(), "other-lab"), other])
    assert forget_decisions(tmp_path, "student-01")
    assert read_decisions(tmp_path) == [other]
    assert not forget_decisions(tmp_path, "student-01")


def test_results_are_read_with_what_was_decided_beside_them(tmp_path: Path) -> None:
    path, broken = tmp_path / "results.jsonl", grade("other-lab", checks=(BROKEN,))
    path.write_bytes(to_json(broken) + b"\n")
    before = path.read_bytes()
    [one] = read_results(path)
    assert (one.score, one.raw_score, one.undecided) == (None, None, True)
    assert one.review == ("other-lab", CHECK_ERROR)
    decide(tmp_path, [looked_at(broken, "other-lab", CHECK_ERROR)])
    [one] = read_results(path)
    assert (one.score, one.raw_score, one.undecided, one.review) == (8.0, 8.0, False, ())
    assert path.read_bytes() == before, "the line speaks of the file alone"


def test_every_notice_that_asks_for_a_person_has_a_reason_for_instructors() -> None:
    assert set(REASONS) >= notices.ASKING


def test_a_code_without_a_sentence_is_shown_as_it_is() -> None:
    assert reason_of("of-tomorrow") == "of-tomorrow"
    assert reason_of("other-lab") == "The submission says that it belongs to another lab."
