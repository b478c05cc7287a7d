"""What students see where they submitted: points, causes and hints; no 0 for a fault of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograder import __version__
from autograder.package import gradescope, prairielearn
from autograder.package.bundle import Bundle
from autograder.package.run import Outcome
from autograder.package.said import lines_for_instructor
from autograder.package.wheel import requirements, wheel_bytes
from autograder.words.catalogue import speaking

BROKEN = Outcome(lab="slope", title="", max_score=10, isolation=None, problem="<why> it broke")


def undecided(outcome: Outcome) -> Outcome:
    """The same, had a check broken."""
    assert outcome.grade is not None
    first, *others = outcome.grade.checks
    broken = msgspec.structs.replace(first, outcome="error", passed=False, points=0.0)
    grade = msgspec.structs.replace(outcome.grade, checks=(broken, *others))
    return msgspec.structs.replace(outcome, grade=grade)


def test_gradescope_has_a_test_a_check_and_the_cause_above_all(never_zeroed: Outcome) -> None:
    found = gradescope.results(never_zeroed, "visible")
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 5
    assert sum(test["max_score"] for test in found["tests"]) == 10
    assert {test["status"] for test in found["tests"]} == {"passed", "failed"}
    assert "gradient" in found["output"].split("</p>")[0]
    assert '<img alt="' in found["output"]
    assert found["stdout_visibility"] == "hidden"
    assert "leaderboard" not in found


def test_gradescope_s_tests_are_as_visible_as_was_asked(never_zeroed: Outcome) -> None:
    found = gradescope.results(never_zeroed, "after_published")
    asked = {found["visibility"], *(test["visibility"] for test in found["tests"])}
    assert asked == {"after_published"}


def test_what_comes_from_a_submission_is_no_markup(
    outcome_of: Callable[[Path], Outcome], tmp_path: Path
) -> None:
    (tmp_path / "slope.py").write_text("raise ValueError('<script>alert(1)</script>')\n")
    outcome = outcome_of(tmp_path)
    assert outcome.score == 0
    assert "<script" not in json.dumps(gradescope.results(outcome, "visible"))
    assert "<script" not in prairielearn.results_bytes(outcome).decode()


@pytest.mark.parametrize("broken", [lambda _: BROKEN, undecided])
def test_a_fault_of_ours_is_no_zero_anywhere(
    never_zeroed: Outcome, broken: Callable[[Outcome], Outcome]
) -> None:
    outcome = broken(never_zeroed)
    found = gradescope.results(outcome, "visible")
    assert not {"score", "tests"} & set(found)
    assert "not because of your submission" in found["output"]
    told = prairielearn.results(outcome)
    assert told["gradable"] is False
    assert "score" not in told
    assert "not because of your submission" in told["format_errors"][0]


def test_why_it_broke_stands_in_the_log_alone() -> None:
    assert "it broke" not in json.dumps(gradescope.results(BROKEN, "visible"))
    assert any("it broke" in line for line in lines_for_instructor(BROKEN))


def test_prairielearn_has_points_on_every_test_and_a_share_of_one(never_zeroed: Outcome) -> None:
    found = prairielearn.results(never_zeroed)
    assert found["score"] == 0.5
    assert all({"name", "points", "max_points", "output"} == set(test) for test in found["tests"])
    assert found["images"][0]["url"].startswith("data:image/png;base64,")


def test_prairielearn_takes_no_attempt_for_what_cannot_be_read(
    outcome_of: Callable[[Path], Outcome], tmp_path: Path
) -> None:
    (tmp_path / "slope.ipynb").write_text("no notebook")
    found = prairielearn.results(outcome_of(tmp_path))
    assert found["gradable"] is False
    assert found["format_errors"]


def test_prairielearn_s_file_keeps_within_its_size(never_zeroed: Outcome) -> None:
    large = msgspec.structs.replace(never_zeroed, picture=bytes(900_000))
    data = prairielearn.results_bytes(large)
    assert len(data) <= 1_000_000
    assert json.loads(data)["score"] == 0.5
    wordy = msgspec.structs.replace(large, remarks=("word " * 400_000,))
    data = prairielearn.results_bytes(wordy)
    assert len(data) <= 1_000_000
    assert json.loads(data)["score"] == 0.5


def test_a_prairielearn_image_has_nothing_hidden(bundle: Bundle, tmp_path: Path) -> None:
    prairielearn.write_folder(bundle, tmp_path / "slope", "someone/autograder")
    image = {path.name for path in (tmp_path / "slope" / "image").iterdir()}
    assert image == {
        "Dockerfile",
        "grade",
        "requirements.txt",
        f"torch_autograder-{__version__}-py3-none-any.whl",
    }
    assert (tmp_path / "slope/question/tests/lab.bundle").stat().st_mode & 0o777 == 0o600
    info = json.loads((tmp_path / "slope/question/info.json").read_text())
    assert info["gradingMethod"] == "External"
    assert info["externalGradingOptions"]["image"] == "someone/autograder"
    assert 0 < info["externalGradingOptions"]["timeout"] <= 600


def test_sentences_are_in_the_language_of_the_package(never_zeroed: Outcome) -> None:
    with speaking("de"):
        found = gradescope.results(never_zeroed, "visible")
    assert "Gradient" in found["output"]


def test_the_same_code_gives_the_same_wheel_and_pinned_versions() -> None:
    assert wheel_bytes() == wheel_bytes()
    lines = requirements(["pandas==2.3.1"]).split()
    assert all("==" in line and "+" not in line for line in lines)
    assert lines[-1] == "pandas==2.3.1"
    assert {"torch", "msgspec", "pyseccomp"} <= {line.partition("==")[0] for line in lines}
