"""Gradescope: a zip of the autograder, and what it does in the container.

``/autograder/source`` has the zip's files, ``submission`` the student's, ``results/results.json``
is ours. ``submission_metadata.json`` has earlier results, so student code must not read it:
``run_autograder`` closes all of these before Python starts.
Source: https://gradescope-autograders.readthedocs.io (specs, submission_metadata, best_practices).
"""

from __future__ import annotations

import base64
import html
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from autograder.grading.file import write_atomically
from autograder.lms.results import extra_data, one_test, words_of
from autograder.package.bundle import Bundle, write_bundle
from autograder.package.run import Outcome
from autograder.package.said import paragraphs_of
from autograder.package.template import template
from autograder.package.wheel import plain_entry, requirements, wheel_bytes, wheel_name
from autograder.words.catalogue import say

BUNDLE = "lab.bundle"
MOST_METADATA = 50_000_000


def write_zip(
    bundle: Bundle, path: Path, *, visibility: str = "visible", further: Sequence[str] = ()
) -> None:
    """Write the zip. Raises AutograderError."""
    words = {
        "PYTHON": f"{sys.version_info.major}.{sys.version_info.minor}",
        "WHEEL": wheel_name(),
        "LAB": bundle.lab,
        "VISIBILITY": visibility,
    }
    files: list[tuple[str, int, bytes]] = [
        ("setup.sh", 0o755, template("setup.sh", words)),
        ("run_autograder", 0o755, template("run_autograder", words)),
        ("requirements.txt", 0o644, requirements(further).encode()),
        (wheel_name(), 0o644, wheel_bytes()),
        (BUNDLE, 0o600, bundle_bytes(bundle)),
    ]
    with tempfile.TemporaryFile() as stream:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, mode, data in files:
                archive.writestr(plain_entry(name, mode), data)
        stream.seek(0)
        write_atomically(path, stream.read())


def bundle_bytes(bundle: Bundle) -> bytes:
    """Return what the bundle's file has."""
    with tempfile.TemporaryDirectory() as private:
        path = Path(private, BUNDLE)
        write_bundle(bundle, path)
        return path.read_bytes()


def results(outcome: Outcome, visibility: str) -> dict[str, Any]:
    """Return ``results.json``. Without a score it has none, and no test: that is no 0."""
    found: dict[str, Any] = {
        "output": "".join(_paragraphs(outcome)),
        "output_format": "html",
        "test_output_format": "html",
        "test_name_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
    }
    grade = outcome.grade
    if outcome.score is None or grade is None:
        return found
    return found | {
        "score": outcome.score,
        "tests": [
            one_test(check, "<br>".join(map(html.escape, words_of(grade, check))), visibility)
            for check in grade.checks
        ],
        "extra_data": extra_data(grade),
    }


def _paragraphs(outcome: Outcome) -> Iterator[str]:
    for words in filter(None, paragraphs_of(outcome)):
        yield f"<p>{html.escape(words)}</p>"
    if outcome.picture:
        data = base64.b64encode(outcome.picture).decode()
        words = html.escape(say("package-picture"))
        yield f'<p><img alt="{words}" src="data:image/png;base64,{data}"></p>'
    if outcome.isolation:
        yield f"<p><small>{html.escape(say('package-level', level=outcome.isolation))}</small></p>"


def write_results(outcome: Outcome, root: Path, visibility: str) -> None:
    """Write ``results.json`` below the root."""
    text = json.dumps(results(outcome, visibility), indent=1)
    write_atomically(root / "results" / "results.json", text.encode())


class _Assignment(msgspec.Struct, frozen=True):
    total_points: str | float | None = None


class _Metadata(msgspec.Struct, frozen=True):
    assignment: _Assignment | None = None


def other_total(root: Path, outcome: Outcome) -> str:
    """Say where the assignment counts other points than the lab; nothing where they agree."""
    try:
        with (root / "submission_metadata.json").open("rb") as stream:
            found = msgspec.json.decode(stream.read(MOST_METADATA), type=_Metadata)
        total = float(found.assignment.total_points or "") if found.assignment else None
    except (OSError, ValueError, msgspec.MsgspecError):
        return ""
    if total is None or not outcome.max_score or total == outcome.max_score:
        return ""
    return say("gradescope-total", total=f"{total:g}", ours=f"{outcome.max_score:g}")
