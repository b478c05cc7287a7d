"""A class's grades are counted once each."""

from __future__ import annotations

import msgspec

from autograder.judge.messages import at
from autograder.report.summary import summarise
from autograder.words.text import text

from .conftest import HOSTILE, Class, make_grade, standing


def test_counts_of_a_class(class_of: Class) -> None:
    found = summarise(class_of)
    assert (found.total, found.graded, found.missing) == (5, 4, ("student-05",))
    assert (found.mean, found.median, found.max_score) == (7.5, 8.0, 10.0)
    assert found.histogram == (0, 0, 0, 1, 0, 0, 0, 2, 0, 1)  # 4, 8, 8 and 10 of 10
    assert [(rate.id, rate.passed, rate.failed) for rate in found.checks] == [
        ("forward", 4, 0),
        ("criterion", 2, 2),
        ("final_parameters", 3, 1),
    ]
    assert found.checks[1].share == 0.5
    assert dict(found.statuses) == {"graded": 3, "time_limit": 1}
    assert found.seconds == 2.0


def test_mistakes_are_named_with_who_shares_them(class_of: Class) -> None:
    (mistake,) = summarise(class_of).misconceptions
    assert (mistake.id, mistake.students) == ("loss-sum-not-mean", ("student-02", HOSTILE))


def test_who_needs_a_person(class_of: Class) -> None:
    unexplained = standing("student-06", make_grade("student-06", "forward"))
    found = summarise([*class_of, unexplained]).attention
    assert [one.student for one in found] == ["student-04", "student-06"]
    assert found[1].reason == "wrong, and no mistake was named"


def test_who_has_not_begun_needs_nobody(class_of: Class) -> None:
    grade = make_grade("student-06", "forward")
    unwritten = at(
        text("place-file", file="a"), text("failed-not-written", role="forward", text="")
    )
    checks = tuple(
        msgspec.structs.replace(one, message=one.message if one.passed else unwritten)
        for one in grade.checks
    )
    blank = standing("student-06", msgspec.structs.replace(grade, checks=checks))
    found = summarise([*class_of, blank]).attention
    assert [one.student for one in found] == ["student-04"]


def test_where_a_person_must_look_is_counted_by_reason(class_of: Class) -> None:
    grade = make_grade("student-06", "forward", status="time_limit")
    asked = standing("student-06", grade, review=("other-lab", "of-tomorrow"))
    other = standing("student-07", make_grade("student-07"), review=("other-lab",))
    found = summarise([*class_of, asked, other])
    assert found.to_review == 2
    assert [(one.reason, one.students) for one in found.review] == [
        ("The submission says that it belongs to another lab.", ("student-06", "student-07")),
        ("of-tomorrow", ("student-06",)),
    ]
    assert "student-06" not in [one.student for one in found.attention], "it is said already"
    assert (summarise(class_of).to_review, summarise(class_of).review) == (0, ())


def test_who_is_undecided_is_in_no_mean(class_of: Class) -> None:
    undecided = standing(
        "student-06", make_grade("student-06"), score=None, undecided=True, review=("check-error",)
    )
    assert summarise([*class_of, undecided]).mean == summarise(class_of).mean


def test_a_class_of_nobody_is_counted_too() -> None:
    found = summarise([])
    assert (found.total, found.mean, found.checks, sum(found.histogram)) == (0, None, (), 0)


def test_full_marks_and_none_are_in_the_last_and_the_first_bin() -> None:
    full = standing("student-01", make_grade("student-01"))
    none = standing("student-02", make_grade("student-02", *full.grade.checks and ("forward", "criterion", "final_parameters")))  # type: ignore[union-attr]  # fmt: skip
    assert summarise([full, none]).histogram == (1, 0, 0, 0, 0, 0, 0, 0, 0, 1)


def test_an_empty_folder_is_nothing_handed_in() -> None:
    nothing = msgspec.structs.replace(make_grade("student-02", status="not_gradable"), handed_in=False)  # fmt: skip
    summary = summarise([standing("student-01", make_grade("student-01")), standing("student-02", nothing)])  # fmt: skip
    assert summary.missing == ("student-02",)
    assert (summary.graded, summary.mean, summary.attention) == (1, 10.0, ())
