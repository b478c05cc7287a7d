"""Gradescope: ``results.json`` of one submission, for an autograder that runs there.

Source: https://gradescope-autograders.readthedocs.io/en/latest/specs/#output-format.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.grading.standing import Standing


def results_json(standing: Standing) -> str:
    """Return the file's content: a test a check, words as plain text.

    Without a grade there is no score: Gradescope then shows that the autograder failed, instead
    of a 0.
    """
    grade = standing.grade
    results: dict[str, Any] = {"output_format": "text", "test_output_format": "text"}
    results["visibility"] = "visible"
    results["stdout_visibility"] = "hidden"
    if grade is None or standing.score is None:
        results["output"] = "\n".join(("There is no grade yet.", *standing.remarks))
        return json.dumps(results, indent=1)
    results["score"] = standing.score
    results["execution_time"] = round(grade.seconds, 3)
    words = [
        *standing.remarks,
        grade.message,
        *(found.message for found in grade.diagnosis),
        *grade.notes,
    ]
    results["output"] = "\n".join(word for word in words if word)
    results["tests"] = [
        {
            "name": check.id,
            "score": check.points,
            "max_score": check.max_points,
            "status": "passed" if check.passed else "failed",
            "output": "\n".join(word for word in (check.message, check.hint) if word),
            "visibility": "visible",
        }
        for check in grade.checks
    ]
    results["extra_data"] = {
        "status": grade.status,
        "isolation": grade.isolation,
        "exercise_sha256": grade.exercise_sha256,
        "versions": grade.versions,
    }
    return json.dumps(results, indent=1)
