"""The table at the end: boxed for a class, line by line for ten thousand; the same words."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from autograder.cli.render import plain_table, results_table
from autograder.grading.record import Grade


def grade(student: str, score: float | None = 10.0, message: str = "") -> Grade:
    return Grade(
        student=student,
        assignment="slope",
        status="graded" if score is not None else "sandbox_error",
        score=score,
        max_score=10.0,
        checks=(),
        diagnosis=(),
        message=message,
        notes=(),
        isolation="none",
        seconds=0.0,
        reused=False,
        submission_sha256="",
        exercise_sha256="",
        versions={},
    )


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
