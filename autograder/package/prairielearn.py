"""PrairieLearn: an image without secrets, a question with the bundle, and what runs in the job.

The image has to be public, so the bundle lies in the question's ``tests``, which PrairieLearn puts
into ``/grade/tests`` of each job; the image's ``grade`` closes it before Python starts.
Source: PrairieLearn's docs/externalGrading.md.
"""

from __future__ import annotations

import base64
import json
import math
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder.errors import CourseError
from autograder.grading.file import write_atomically
from autograder.grading.unmarked import unmarked
from autograder.lms.results import words_of
from autograder.package.bundle import Bundle, write_bundle
from autograder.package.run import Outcome
from autograder.package.said import paragraphs_of
from autograder.package.template import template
from autograder.package.wheel import requirements, wheel_bytes, wheel_name
from autograder.words.catalogue import say

MOST_BYTES = 1_000_000
LONGEST_SECONDS = 600
START_SECONDS = 60
SHARE_OF_TIME = 4  # half a core, and a machine that is busy
UNGRADABLE = "not_gradable"


def write_folder(bundle: Bundle, folder: Path, image: str, further: Sequence[str] = ()) -> None:
    """Write ``image/`` and ``question/`` into a new or empty folder. Raises CourseError."""
    if folder.exists() and any(folder.iterdir()):
        raise CourseError(say("package-folder-full", folder=folder))
    seconds = START_SECONDS + math.ceil(SHARE_OF_TIME * bundle.budget.total_seconds)
    words = {
        "PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
        "WHEEL": wheel_name(),
        "LAB": bundle.lab,
        "TITLE": json.dumps(bundle.title)[1:-1],
        "IMAGE": image,
        "SECONDS": str(min(seconds, LONGEST_SECONDS)),
        "UUID": _uuid(bundle),
    }
    files = {
        "image/Dockerfile": template("Dockerfile", words),
        "image/grade": template("grade", words),
        "image/requirements.txt": requirements(further).encode(),
        f"image/{wheel_name()}": wheel_bytes(),
        "question/info.json": template("info.json", words),
        "question/question.html": template("question.html", words),
    }
    for name, data in files.items():
        write_atomically(folder / name, data)
    (folder / "image" / "grade").chmod(0o755)
    tests = folder / "question" / "tests"
    tests.mkdir(exist_ok=True)
    write_bundle(bundle, tests / "lab.bundle")


def _uuid(bundle: Bundle) -> str:
    """Return what PrairieLearn knows the question by: the same for the same lab."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"autograder:{bundle.lab}:{bundle.title}"))


def results(outcome: Outcome) -> dict[str, Any]:
    """Return ``results.json``: what is no grade costs no attempt."""
    paragraphs = [unmarked(words) for words in paragraphs_of(outcome) if words]
    grade = outcome.grade
    if grade is None or outcome.score is None or grade.status == UNGRADABLE:
        return {"gradable": False, "format_errors": paragraphs}
    tests = [
        {
            "name": check.id,
            "points": check.points,
            "max_points": check.max_points,
            "output": "\n".join(map(unmarked, words_of(grade, check))),
        }
        for check in grade.checks
    ]
    found: dict[str, Any] = {
        "gradable": True,
        "score": outcome.score / outcome.max_score,
        "message": say("package-level", level=grade.isolation),
        "output": "\n\n".join(paragraphs),
        "tests": tests,
    }
    if outcome.picture:
        data = base64.b64encode(outcome.picture).decode()
        picture = {"label": say("package-picture"), "url": f"data:image/png;base64,{data}"}
        found["images"] = [picture]
    return found


def results_bytes(outcome: Outcome) -> bytes:
    """Return the file's content, within what PrairieLearn takes: the picture goes first."""
    found = results(outcome)
    text = json.dumps(found).encode()
    if len(text) > MOST_BYTES:
        found.pop("images", None)
        text = json.dumps(found).encode()
    if len(text) > MOST_BYTES:
        for test in found.get("tests", ()):
            test.pop("output")
        found["output"] = found.get("output", "")[: MOST_BYTES // 20]
        text = json.dumps(found).encode()
    return text


def write_results(outcome: Outcome, root: Path) -> None:
    """Write ``results.json`` below the root, in a folder that PrairieLearn does not make."""
    write_atomically(root / "results" / "results.json", results_bytes(outcome))
