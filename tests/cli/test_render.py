"""The table at the end: boxed for a class, line by line for ten thousand; the same words."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from rich.console import Console

from autograder.cli.grade_output import GradingDisplay, plain_table, results_table
from autograder.grading.record import Grade
from autograder.words.text import verbatim


def grade(student: str, score: float | None = 10.0, message: str = "") -> Grade:
    return Grade(
        student=student,
        assignment="slope",
        status="graded" if score is not None else "sandbox_error",
        score=score,
        max_score=10.0,
        checks=(),
        diagnosis=(),
        message=verbatim(message),
        notes=(),
        isolation="none",
        seconds=0.0,
        reused=False,
        submission_sha256="",
        exercise_sha256="",
        versions={},
    )


def test_who_needs_a_person_is_named_up_to_ten(capsys: pytest.CaptureFixture[str]) -> None:
    session = SimpleNamespace(
        lab="slope",
        results_path="r",
        reused=0,
        judged_again=0,
        sandbox_errors=0,
        judge_errors=0,
    )
    with GradingDisplay(12, as_json=True) as shown:
        shown.ask("student-00", ())
        for number in range(1, 13):
            shown.ask(f"student-{number:02}", ("text-cell", "of-tomorrow"))
        shown.finish(session)
    first, head, *rest = capsys.readouterr().err.splitlines()
    assert first == "results: r"
    assert head == (
        "12 submissions need review; after each, run 'autograder reviewed STUDENT -a slope':"
    )
    assert rest[0] == "  student-01: Code in a text cell was run. of-tomorrow"
    assert (len(rest), rest[-1]) == (11, "  and 2 more")


GRADES = [grade("student-01"), grade("二"), grade("[red]", None, "the sandbox failed")]


def printed(*renderables) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=100, highlight=False)
    for renderable in renderables:
        console.print(renderable)
    return stream.getvalue().splitlines()


def test_the_plain_table_is_aligned_whatever_the_ids() -> None:
    title, head, *rows = printed(*plain_table(GRADES, "3 submissions", widest=10))
    assert title == "3 submissions"
    assert head.split() == ["student", "status", "score", "not", "passed"]
    assert rows == [
        "student-01  graded             10/10",
        "二          graded             10/10",
        "[red]       sandbox_error          -  the sandbox failed",
    ]


@pytest.mark.parametrize("word", ["student-01", "二", "[red]", "10/10", "the sandbox failed"])
def test_both_tables_say_the_same(word: str) -> None:
    for text in (printed(results_table(GRADES, "")), printed(*plain_table(GRADES, "", 10))):
        assert word in "\n".join(text)


def test_one_long_id_squeezes_nobody_s_line() -> None:
    grades = [grade("student-01"), grade("x" * 200)]
    boxed = printed(results_table(grades, "two"))
    assert any("student-01" in line and "graded" in line and "10/10" in line for line in boxed)
    assert "".join(boxed).count("x") == 200, "nothing of an id is lost"
    first, second = printed(*plain_table(grades, "two", widest=200))[2:4]
    assert len(first) <= 100
    assert second.startswith("x" * 100)
