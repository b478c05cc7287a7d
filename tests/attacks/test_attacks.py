"""No attack earns more than its honest parts, harms a neighbour, or leaves anything behind.

All attacks are graded in one batch, every second submission an honest one.
"""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from autograder.engines.local import LocalEngine
from autograder.grading.grade import Grade, to_json
from autograder.grading.lab import Lab

from . import bombs, faking, files, frames, objects, output, processes, reach, tampering
from .attack import HONEST, ROOT, Attack

CATEGORIES = (frames, tampering, faking, objects, processes, bombs, reach, output, files)
ATTACKS: tuple[Attack, ...] = tuple(a for module in CATEGORIES for a in module.ATTACKS)
NEIGHBOUR = f"# NEIGHBOUR'S OWN WORK\n{HONEST}# END\n"
LONGEST_LINE = 50_000


class Batch(NamedTuple):
    """Grades of attacks and of their honest neighbours, and what appeared on the host."""

    attacks: dict[str, Grade]
    neighbours: dict[str, Grade]
    appeared: set[str]


@pytest.fixture(scope="module")
def batch(
    slope: Lab,
    confined: LocalEngine,
    grade_folder: Callable[[Lab, LocalEngine, Path], dict[str, Grade]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Batch:
    """Grade every attack between two honest submissions."""
    submitted = tmp_path_factory.mktemp("attacks")
    names: dict[str, str] = {}
    before = host_files()
    for number, attack in enumerate(ATTACKS):
        student = f"{number:03d}-{attack.name}"
        names[student] = attack.name
        source = attack.source
        data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        (submitted / f"{student}.{attack.suffix}").write_bytes(data)
        (submitted / f"{number:03d}-zz-honest.py").write_text(NEIGHBOUR, "utf-8")
    (submitted / "link-to-reference.py").symlink_to(ROOT / "reference" / "slope" / "slope.py")
    grades = grade_folder(slope, confined, submitted)
    attacks = {names[s]: grade for s, grade in grades.items() if s in names}
    attacks["link-to-reference"] = grades["link-to-reference"]
    neighbours = {s: grade for s, grade in grades.items() if s.endswith("-honest")}
    return Batch(attacks, neighbours, host_files() - before)


def host_files() -> set[str]:
    """Return the paths where a student could have left something: the repository, temp folders."""
    found = {
        entry.path for place in ("/tmp", "/var/tmp", "/dev/shm") for entry in os.scandir(place)
    }
    for place in (ROOT, Path(os.__file__).parent):
        for folder, folders, names in os.walk(place):
            folders[:] = [n for n in folders if n != "__pycache__" and not n.startswith(".")]
            found |= {os.path.join(folder, name) for name in names}
    return found


def test_there_are_many_attacks_and_each_has_a_name_of_its_own() -> None:
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 100


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_earns_no_more_than_its_honest_parts(attack: Attack, batch: Batch) -> None:
    grade = batch.attacks[attack.name]
    earned = {check.id: check.points for check in grade.checks if check.points}
    assert grade.status != "sandbox_error", "a student must not be able to void a grade"
    assert grade.score is not None
    assert grade.score <= attack.deserves, earned


def test_link_is_not_followed(batch: Batch) -> None:
    grade = batch.attacks["link-to-reference"]
    assert (grade.status, grade.score, grade.submission_sha256) == ("not_gradable", 0.0, "")


def test_honest_neighbours_keep_full_marks(batch: Batch) -> None:
    assert len(batch.neighbours) == len(ATTACKS)
    harmed = {s: (g.status, g.score) for s, g in batch.neighbours.items() if g.score != 10.0}
    assert harmed == {}


def test_nothing_new_exists_on_the_host(batch: Batch) -> None:
    assert {path for path in batch.appeared if "planted" in path} == set()
    others = (str(ROOT / "tests"), "/tmp/autograder-", "/tmp/pytest-", "/tmp/bash", "/tmp/tmp")
    assert {path for path in batch.appeared if not path.startswith(others)} == set()


@pytest.mark.parametrize("name", [*(attack.name for attack in ATTACKS), "link-to-reference"])
def test_json_line_is_clean(name: str, batch: Batch) -> None:
    line = to_json(batch.attacks[name])
    texts = list(strings(json.loads(line)))
    assert b"\n" not in line
    assert not any(mark in line for mark in (b"<", b">", b"&"))
    assert [t for t in texts for c in t if unicodedata.category(c) in ("Cc", "Cf", "Cs")] == []
    assert len(line) <= LONGEST_LINE, "a student decides how long the gradebook's line is"
    assert "in the environment of the grader" not in line.decode()


def strings(value: object) -> list[str]:
    """Return all texts in a decoded JSON value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [t for pair in value.items() for part in pair for t in strings(part)]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return []
