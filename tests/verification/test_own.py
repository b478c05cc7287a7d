"""A mistake of the course's own is proved: told for its file, and for nothing that is right."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.course.folder import Course
from autograder.verification.context import Bench
from autograder.verification.item import Item
from autograder.verification.verifier import Prover

ROOT = Path(__file__).resolve().parents[2]
HEADER = "# fails: final_parameters\n# mistake: keeps-momentum\n# says: Your optimizer keeps on.\n"
MOMENTUM = (ROOT / "reference/slope/rejected/momentum.py").read_text("utf-8")
CODE = MOMENTUM.split("\n", 3)[3]

MakeBench = Callable[[Course], Bench]
Prove = Callable[[], dict[str, Item]]


@pytest.fixture
def rejected(course: Course) -> Path:
    folder = course.exercise("slope").parent / "rejected"
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


@pytest.fixture
def prove(course: Course, bench: MakeBench) -> Prove:
    return lambda: {item.name: item for item in Prover(bench(course), "slope").items("rejected")}


def test_a_file_that_is_told_its_own_mistake_is_proved(rejected: Path, prove: Prove) -> None:
    (rejected / "group_keeps-momentum.py").write_text(f"{HEADER}# --- code ---\n{CODE}")
    (item,) = prove().values()
    assert (item.outcome, item.message) == ("proved", "")


def test_own_words_may_stand_for_a_mistake_that_every_lab_knows(
    rejected: Path, prove: Prove
) -> None:
    text = (ROOT / "reference/slope/rejected/criterion_sum.py").read_text("utf-8")
    text = text.replace("# mistake: loss-sum-not-mean", "# mistake: sums\n# says: You sum.")
    (rejected / "sums.py").write_text(text)
    assert prove()["sums.py"].message == ""


def test_a_file_must_lose_what_it_says(rejected: Path, prove: Prove) -> None:
    (rejected / "mine.py").write_text(HEADER.replace("final", "criterion, final") + CODE)
    found = prove()["mine.py"]
    assert (
        "declares to fail criterion, final_parameters, but fails final_parameters" in found.message
    )


@pytest.mark.parametrize("right", ["slope.py", "accepted/optimizer_sgd.py"])
def test_what_is_right_can_be_told_to_nobody(right: str, rejected: Path, prove: Prove) -> None:
    code = (rejected.parent / right).read_text("utf-8")
    (rejected / "mine.py").write_text(f"{HEADER}# --- code ---\n{code}")
    found = prove()["mine.py"]
    assert found.outcome == "refuted"
    assert "in every situation, and that is right" in found.message
    assert "make the file wrong, or remove its line '# says:'" in found.message


def test_two_that_behave_alike_are_one_too_many(rejected: Path, prove: Prove) -> None:
    (rejected / "one.py").write_text(HEADER + CODE)
    (rejected / "two.py").write_text(HEADER.replace("keeps-momentum", "rolls-on") + CODE)
    found = prove()
    assert "behaves like the file with the mistake 'rolls-on'" in found["one.py"].message
    assert "remove one of the two files" in found["two.py"].message


def test_a_file_that_behaves_as_one_of_them_may_say_so(rejected: Path, prove: Prove) -> None:
    (rejected / "mine.py").write_text(HEADER + CODE)
    (rejected / "none.py").write_text(MOMENTUM)
    declared = re.sub("# mistake: .*", "# mistake: keeps-momentum", MOMENTUM)
    (rejected / "same.py").write_text(declared)
    found = prove()
    assert (found["mine.py"].message, found["same.py"].message) == ("", "")
    assert "write '# mistake: keeps-momentum' here" in found["none.py"].message


def test_a_file_that_does_not_come_to_its_end_is_told_to_nobody(
    rejected: Path, prove: Prove
) -> None:
    ends = CODE.replace("def forward(x):\n", "def forward(x):\n    import os; os._exit(1)\n", 1)
    assert ends != CODE
    (rejected / "mine.py").write_text(HEADER + ends)
    assert "ended early (crash)" in prove()["mine.py"].message


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("keeps-momentum", "no-update", "mine.py:2: '# mistake:' with '# says:': 'no-update' is"),
        ("keeps-momentum", "Keeps", "mine.py:2: '# mistake:' with '# says:': 'Keeps' is not an"),
        ("Your optimizer keeps on.", "", "mine.py:3: '# says:' says nothing"),
        ("# says: Your", "# my: Your", "mine.py:2: no mistake has the id keeps-momentum"),
    ],
)
def test_a_wrong_header_is_refuted_with_its_line(
    old: str, new: str, said: str, rejected: Path, prove: Prove
) -> None:
    (rejected / "mine.py").write_text(HEADER.replace(old, new) + CODE)
    assert said in prove()["mine.py"].message


def test_an_id_that_two_files_bring_is_refuted(rejected: Path, prove: Prove) -> None:
    for name in ("one.py", "two.py"):
        (rejected / name).write_text(HEADER + CODE)
    found = prove()
    assert found["one.py"].message == ""
    assert "two.py:2: one.py has the id 'keeps-momentum', too" in found["two.py"].message


def test_planted_mistakes_keep_their_own_names(
    rejected: Path, course: Course, bench: MakeBench
) -> None:
    text = (ROOT / "reference/slope/rejected/criterion_sum.py").read_text("utf-8")
    text = text.replace("# mistake: loss-sum-not-mean", "# mistake: sums\n# says: You sum.")
    (rejected / "sums.py").write_text(text)
    found = Prover(bench(course), "slope").items("mutant")
    assert [item for item in found if item.outcome == "refuted"] == []
