"""The sample class is graded alike whatever the words are, and read in the language asked for."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.pool import LocalEngine
from autograder.grading.content import Content
from autograder.grading.grade import Grader
from autograder.grading.record import Grade, from_json, to_json, to_json_said
from autograder.words import catalogue
from autograder.words.catalogue import say, speaking
from autograder.words.text import VERBATIM, Text
from tests.cli.inside import run_inside
from tests.labs.conftest import grader_of
from tests.shared import ROOT, learn, one_engine

__all__ = ["grader_of"]
LABS = ("slope", "module")
NAMES = Course(ROOT).lab_names()


@pytest.fixture(scope="module")
def graded(grader_of: Callable[[str], Grader]) -> dict[str, list[Grade]]:
    found = {}
    for lab in LABS:
        grader = grader_of(lab)
        grader.prepare()
        folder = ROOT / "submitted"
        handed: Iterator[tuple[Content, Grade]] = grader.graded(
            folder, find_submissions(folder, lab, NAMES)
        )
        found[lab] = sorted((grade for _, grade in handed), key=lambda one: one.student)
    return found


def texts_of(grade: Grade) -> list[Text]:
    """Return all that a student reads of a grade."""
    found = [grade.message, grade.departure, *grade.notes]
    for check in grade.checks:
        found += [check.message, check.hint]
    for one in grade.diagnosis:
        found += [one.message, one.hint]
    return [text for text in found if text]


def decisions(grade: Grade) -> tuple[object, ...]:
    return (
        grade.student,
        grade.status,
        grade.score,
        [(c.id, c.outcome, c.points, c.scenarios, c.evidence) for c in grade.checks],
        [(d.id, d.function, d.remarks) for d in grade.diagnosis],
        grade.review,
    )


def test_a_catalogue_without_sentences_changes_no_grade(
    grader_of: Callable[[str], Grader],
    graded: dict[str, list[Grade]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catalogue, "_catalogues", lambda _: ())
    for lab in LABS:
        grader = grader_of(lab)
        grader.prepare()
        folder = ROOT / "submitted"
        again = [one for _, one in grader.graded(folder, find_submissions(folder, lab, NAMES))]
        again.sort(key=lambda one: one.student)
        assert list(map(decisions, again)) == list(map(decisions, graded[lab]))
        assert [texts_of(one) for one in again] == [texts_of(one) for one in graded[lab]]


def test_the_sample_class_is_told_in_german_without_an_english_sentence(
    graded: dict[str, list[Grade]],
) -> None:
    told = 0
    for grade in (grade for grades in graded.values() for grade in grades):
        for text in texts_of(grade):
            english = say(text)
            with speaking("de"):
                assert say(text) != english or text.codes() <= {VERBATIM}, english
            told += 1
    assert told > 30


def test_what_is_stored_has_no_words_and_what_is_shown_has(graded: dict[str, list[Grade]]) -> None:
    for grade in graded["slope"]:
        with speaking("de"):
            stored, shown = to_json(grade), to_json_said(grade)
        assert stored == to_json(grade), "no language is in what is stored"
        assert from_json(stored) == from_json(shown) == grade
        record = json.loads(shown)
        assert all(isinstance(check["message"], str) for check in record["checks"])
        assert all(isinstance(note, str) for note in record["notes"])


def old(record: Any) -> Any:
    """Return a record as it was stored before there were codes: with sentences alone."""
    if isinstance(record, list):
        return [old(one) for one in record]
    if isinstance(record, dict):
        return {key: old(value) for key, value in record.items() if key != "texts"}
    return record


def test_lines_of_earlier_versions_are_read_with_their_own_words(
    graded: dict[str, list[Grade]],
) -> None:
    for grade in graded["slope"]:
        line = json.dumps(old(json.loads(to_json_said(grade)))).encode()
        read = from_json(line)
        assert decisions(read) == decisions(grade)
        assert [say(text) for text in texts_of(read)] == [say(text) for text in texts_of(grade)]
        with speaking("de"):
            assert [say(t) for t in texts_of(read)] == [t.values["words"] for t in texts_of(read)]


def test_a_journal_that_was_written_in_one_language_is_read_in_another(
    standard: LocalEngine, bank: Path, tmp_path: Path
) -> None:
    """The second run grades nothing again: the language is no part of a grade's address."""
    submitted = tmp_path / "submitted"
    for student in ("student-02", "student-09"):
        shutil.copytree(ROOT / "submitted" / student, submitted / student)
    learn(tmp_path / "graded", bank)
    lines = {}
    for language in ("en", "de", "en"):
        with one_engine(standard):
            run = run_inside(
                "--lang", language, "grade", str(submitted), "-a", "slope", "--json",
                "--course", str(ROOT), "--out", str(tmp_path / "graded"),
                folder=tmp_path,
            )  # fmt: skip
        assert run.code == 0, run.stderr
        lines.setdefault(language, []).append([json.loads(one) for one in run.stdout.splitlines()])
    assert all(grade["reused"] for run in (lines["de"][0], lines["en"][1]) for grade in run)
    english, german = lines["en"][1], lines["de"][0]
    assert [one["score"] for one in english] == [one["score"] for one in german]
    assert [one.get("texts", {}) for one in english] == [one.get("texts", {}) for one in german]
    assert english[1]["diagnosis"][0]["message"] != german[1]["diagnosis"][0]["message"]
    assert re.search(r"\b(der|die|das|nicht)\b", german[1]["diagnosis"][0]["message"])
