"""Gradescope's ``results.json``: a test a check, what is said of each, and of all.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from autograder.grading.record import Grade
from autograder.grading.results import Standing
from autograder.judge.grouping import further
from autograder.judge.result import CheckResult
from autograder.words.catalogue import say


def results_json(standing: Standing) -> str:
    """Return the file's content: words as plain text.

    Without a grade there is no score: Gradescope then shows that the autograder failed, instead
    of a 0.
    """
    grade = standing.grade
    results: dict[str, Any] = {"output_format": "text", "test_output_format": "text"}
    results["visibility"] = "visible"
    results["stdout_visibility"] = "hidden"
    if grade is None or standing.score is None:
        account = standing.account
        first = say("you-are-excused" if account.excused else "no-grade-yet")
        results["output"] = "\n".join((first, *standing.remarks, *account.sums, *account.written))
        return json.dumps(results, indent=1)
    results["score"] = standing.score
    words = [
        *standing.remarks,
        *standing.account.sums,
        *standing.account.written,
        say(grade.message),
        *(say(cause) for group in grade.groups for cause in (*group.causes, *group.hints)),
        *map(say, further(grade.notes, grade.groups)),
    ]
    results["output"] = "\n".join(word for word in words if word)
    results["tests"] = [
        one_test(check, "\n".join(words_of(grade, check))) for check in grade.checks
    ]
    results["extra_data"] = extra_data(grade)
    return json.dumps(results, indent=1)


def one_test(check: CheckResult, output: str, visibility: str = "visible") -> dict[str, Any]:
    """Return one test."""
    return {
        "name": check.id,
        "score": check.points,
        "max_score": check.max_points,
        "status": "passed" if check.passed else "failed",
        "output": output,
        "visibility": visibility,
    }


def extra_data(grade: Grade) -> dict[str, Any]:
    """Return what a grade was made by."""
    return {
        "status": grade.status,
        "isolation": grade.isolation,
        "exercise_sha256": grade.exercise_sha256,
        "versions": grade.versions,
    }


def words_of(grade: Grade, check: CheckResult) -> Iterator[str]:
    """Yield what is said of one check: what is true of it alone, since causes stand above all."""
    if check.passed:
        yield from filter(None, [say(check.message)])
        return
    cost = next(c for group in grade.groups for c in group.costs if check in c.checks)
    if cost.message and check != cost.checks[0]:
        yield say("see-other", other=cost.checks[0].id)
        return
    yield from (say(text) for text in (cost.message, cost.hint) if text)
