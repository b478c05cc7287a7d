"""No attack earns more than its honest parts, harms a neighbour, or leaves anything behind.

The attacks of a lab are graded in one batch, with honest submissions in between: by default every
third of each family at the best level; in thorough runs all, at each strong level, by the user that
runs the tests and, where that is root, by an ordinary one.
"""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pytest
from budget import BUDGET
from elsewhere import ORDINARY_ID, OrdinaryEngine
from msgspec.structs import replace

from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.engines.engine import Engine
from autograder.engines.pool import LocalEngine
from autograder.grading.cache import Store
from autograder.grading.grade import Grade, Grader, to_json
from autograder.grading.lab import load_lab
from autograder.grading.setup import ENTRY
from autograder.protocol.job import Budget
from autograder.sandbox.message import MB, Level, Policy
from autograder.sandbox.root import UNPRIVILEGED_ID

from . import bombs, faking, files, frames, models, objects, output, processes, reach, tampering
from .attack import HONEST, ROOT, Attack

pytestmark = pytest.mark.timeout(1800)  # one batch for all of them
CATEGORIES = (frames, tampering, faking, objects, processes, bombs, reach, output, files, models)
ATTACKS: tuple[Attack, ...] = tuple(a for module in CATEGORIES for a in module.ATTACKS)
USUAL = frozenset(a.name for module in CATEGORIES for a in module.ATTACKS[::3])
NEIGHBOURS = {
    "slope": f"# NEIGHBOUR'S OWN WORK\n{HONEST}# END\n",
    "module": models.HONEST_MODULE,
    "minibatch": models.HONEST_MINIBATCH,
}
PLAIN_LAB = "slope"
SPARSE = 4  # honest ones at the best ground, and in labs that train for long
WALL_FACTOR = 4.0  # what waits for ever is waited for three times
# What a thousand iterations take on a slow machine; the reference has to fit in, too.
ROOMY = Policy(
    wall_seconds=20.0, cpu_seconds=9, memory_bytes=512 * MB, output_bytes=1 * MB, processes=16
)
ATTACK_BUDGETS = {
    True: replace(BUDGET, cells_seconds=0.7, call_seconds=0.4, total_seconds=2.5),
    False: Budget(cells_seconds=4.0, call_seconds=2.5, total_seconds=8.0),
}
LONGEST_LINE = 50_000
LINK = "link-to-reference"


class Ground(NamedTuple):
    """A level, run by whoever runs the tests or by an ordinary user."""

    level: Level
    ordinary: bool = False

    def __str__(self) -> str:
        return f"{self.level}-ordinary" if self.ordinary else self.level


GROUNDS = tuple(Ground(level, who) for level in ("namespaces", "landlock") for who in (False, True))
EACH_GROUND = [
    pytest.param(ground, id=str(ground), marks=[pytest.mark.thorough] if number else [])
    for number, ground in enumerate(GROUNDS)
]


def marks_of(ground: Ground, name: str) -> list[pytest.MarkDecorator]:
    """Return the marks of an attack at a ground: what is not tried by default is thorough."""
    usual = ground == GROUNDS[0] and name in {*USUAL, LINK}
    return [] if usual else [pytest.mark.thorough]


GAPS: dict[Ground, dict[str, str]] = {ground: {} for ground in GROUNDS}
"""Attacks that succeed somewhere by a documented gap: none."""


class Batch(NamedTuple):
    """Grades of attacks and of their honest neighbours, and what appeared on the host."""

    attacks: dict[str, Grade]
    neighbours: dict[str, Grade]
    appeared: set[str]


BatchOf = Callable[[Ground], Batch]


@pytest.fixture(scope="module")
def batch_of(
    course: Course,
    policy: Policy,
    engine_of: Callable[[Level], LocalEngine],
    ordinary_engine_of: Callable[[Level], OrdinaryEngine],
    tmp_path_factory: pytest.TempPathFactory,
    request: pytest.FixtureRequest,
) -> BatchOf:
    """Return a function from a ground to its batch, graded once."""
    thorough = any(item.get_closest_marker("thorough") for item in request.session.items)
    attacks = [attack for attack in ATTACKS if thorough or attack.name in USUAL]
    done: dict[Ground, Batch | None] = {}

    def grade_all(engine: Engine, ground: Ground) -> Batch:
        before, batch = host_files(), Batch({}, {}, set())
        kind = OrdinaryEngine if ground.ordinary else LocalEngine
        with (
            closing(kind(ground.level, ROOMY, ENTRY, 2)) as roomy,
            patch("autograder.grading.observe.WALL_FACTOR", WALL_FACTOR),
        ):
            for lab in NEIGHBOURS:
                submitted = tmp_path_factory.mktemp(f"attacks-{lab}")
                dense = lab == PLAIN_LAB and ground != GROUNDS[0]
                names = write_attacks(submitted, lab, attacks, every=1 if dense else SPARSE)
                chosen = (engine, policy) if lab == PLAIN_LAB else (roomy, ROOMY)
                for student, grade in grade_folder(course, lab, *chosen, submitted).items():
                    if student in names:
                        batch.attacks[names[student]] = grade
                    else:
                        batch.neighbours[f"{lab}-{student}"] = grade
        return batch._replace(appeared=host_files() - before)

    def batch(ground: Ground) -> Batch:
        engine = (ordinary_engine_of if ground.ordinary else engine_of)(ground.level)
        if ground not in done:
            done[ground] = None
            done[ground] = grade_all(engine, ground)
        found = done[ground]
        assert found is not None, "this batch broke: see the first failure"
        return found

    return batch


def write_attacks(
    submitted: Path, lab: str, attacks: Sequence[Attack], *, every: int
) -> dict[str, str]:
    """Write a lab's attacks, an honest one after ``every`` so many; return names by student."""
    names: dict[str, str] = {}
    for number, attack in enumerate(attack for attack in attacks if attack.lab == lab):
        student = f"{number:03d}-{attack.name}"
        names[student] = attack.name
        source = attack.source
        data = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
        (submitted / f"{student}.{attack.suffix}").write_bytes(data)
        if number % every == 0:
            (submitted / f"{number:03d}-zz-honest.py").write_text(NEIGHBOURS[lab], "utf-8")
    if lab == PLAIN_LAB:
        (submitted / f"{LINK}.py").symlink_to(ROOT / "reference" / "slope" / "slope.py")
        names[LINK] = LINK
    return names


def grade_folder(
    course: Course, lab: str, engine: Engine, policy: Policy, submitted: Path
) -> dict[str, Grade]:
    """Grade a folder in one batch, with a store of its own."""
    loaded = load_lab(course, lab)
    with tempfile.TemporaryDirectory(prefix="autograder-out-") as out:
        budget = ATTACK_BUDGETS[lab == PLAIN_LAB]
        options = {"budget": budget, "fresh": True, "diagnose": False}
        grader = Grader(loaded, engine, policy, Store(Path(out), lab), **options)
        grades = grader.grade(submitted, find_submissions(submitted, lab))
        return {grade.student: grade for grade in grades}


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
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS) >= 150


def each_ground() -> list[object]:
    """Return a parameter for each ground and attack; one that is known to earn more must do so."""
    found = []
    for ground in GROUNDS:
        for attack in ATTACKS:
            reason = GAPS[ground].get(attack.name, attack.known)
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
            marks += marks_of(ground, attack.name)
            found.append(pytest.param(ground, attack, marks=marks, id=f"{ground}-{attack.name}"))
    return found


@pytest.mark.parametrize(("ground", "attack"), each_ground())
def test_attack_earns_no_more_than_its_honest_parts(
    ground: Ground, attack: Attack, batch_of: BatchOf
) -> None:
    grade = batch_of(ground).attacks[attack.name]
    earned = {check.id: check.points for check in grade.checks if check.points}
    assert grade.status != "sandbox_error", "a student must not be able to void a grade"
    assert grade.score is not None
    assert grade.score <= attack.deserves, earned


def test_every_known_weakness_names_an_attack() -> None:
    names = {attack.name for attack in ATTACKS}
    assert all(set(gaps) <= names for gaps in GAPS.values())


@pytest.mark.parametrize("ground", EACH_GROUND)
def test_link_is_not_followed(ground: Ground, batch_of: BatchOf) -> None:
    grade = batch_of(ground).attacks[LINK]
    assert (grade.status, grade.score, grade.submission_sha256) == ("not_gradable", 0.0, "")


@pytest.mark.parametrize("ground", EACH_GROUND)
def test_honest_neighbours_keep_full_marks(ground: Ground, batch_of: BatchOf) -> None:
    batch = batch_of(ground)
    neighbours = batch.neighbours
    assert len(neighbours) > len(batch.attacks) // (SPARSE + 1)
    harmed = {s: (g.status, g.score) for s, g in neighbours.items() if g.score != 10.0}
    assert harmed == {}


@pytest.mark.parametrize("ground", EACH_GROUND)
def test_nothing_new_exists_on_the_host(ground: Ground, batch_of: BatchOf) -> None:
    appeared = batch_of(ground).appeared
    assert {path for path in appeared if "planted" in path} == set()
    others = (str(ROOT / "tests"), "/tmp/autograder-", "/tmp/pytest-", "/tmp/bash", "/tmp/tmp")
    left = {path for path in appeared if not path.startswith(others)}
    assert {path for path in left if owner(path) in (None, owner_of(ground))} == set()


def owner_of(ground: Ground) -> int:
    """Return the user that student code is run by; whatever else appears is somebody else's."""
    if os.getuid() != 0:
        return os.getuid()
    return ORDINARY_ID if ground.ordinary else UNPRIVILEGED_ID


def owner(path: str) -> int | None:
    """Return who owns a path; None where it is in a folder that students must never reach."""
    try:
        return None if path.startswith(str(ROOT)) else os.lstat(path).st_uid
    except FileNotFoundError:
        return -1


@pytest.mark.parametrize(
    ("ground", "name"),
    [
        pytest.param(ground, name, id=f"{ground}-{name}", marks=marks_of(ground, name))
        for ground in GROUNDS
        for name in [*(attack.name for attack in ATTACKS), LINK]
    ],
)
def test_json_line_is_clean(name: str, ground: Ground, batch_of: BatchOf) -> None:
    line = to_json(batch_of(ground).attacks[name])
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
