"""Sixty people, three labs, five systems, three languages: sixty students, every score at its person.

What a file says decides what its owner gets here, as in a class where each solved it in their way: a
file that went to somebody else shows as a wrong score in a cell.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from autograder.cli.main import main
from autograder.course.folder import Course
from autograder.course.submission import find_submissions
from autograder.course.timestamp import submitted_at
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.identity import people_of, whose
from autograder.gradebook.lateness import LateRule
from autograder.gradebook.record import record
from autograder.gradebook.release import Release
from autograder.grading.record import Grade
from autograder.lms.table import Table

from . import classroom
from .byhand import standings
from .classroom import CLASS, NAMES, POINTS, TWINS, Pupil
from .conftest import MakeGrade

LABS = ("slope", "line", "curve")
CELLS = {"check-forward": 2.0, "check-criterion": 2.0, "check-train_model": 6.0}
HOUR_A_POINT = """\
from nbgrader.plugins import BasePlugin
class Rule(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return total_seconds_late / 3600
c = get_config()
c.AssignLatePenalties.plugin_class = Rule
"""
Command = Callable[..., int]
Key = Callable[[Pupil, str], str]
TABLES: dict[str, tuple[Callable[[str], bytes], float, Key, Callable[[str], str]]] = {
    "canvas": (
        lambda _: classroom.canvas_table(LABS),
        100.0,
        lambda p, _: p.canvas,
        lambda lab: f"{lab.title()} ({70 + LABS.index(lab)})",
    ),
    "moodle": (
        lambda lab: (classroom.moodle_spanish if lab == "line" else classroom.moodle_german)(lab),
        20.0,
        lambda p, lab: p.participant(lab),
        lambda lab: "Calificación" if lab == "line" else "Bewertung",
    ),
    "blackboard": (
        lambda _: classroom.blackboard_table(LABS),
        50.0,
        lambda p, _: p.login,
        lambda lab: f"{lab} [Gesamtpunkte: 50 Punkte] |{70 + LABS.index(lab)}",
    ),
    "brightspace": (
        lambda _: classroom.brightspace_table(LABS),
        10.0,
        lambda p, _: f"#{p.number}",
        lambda lab: f"{lab} Points Grade <Numeric MaxPoints:10 Weight:1>",
    ),
}
IDS = {"canvas": 1, "moodle": 0, "blackboard": 2, "brightspace": 0}


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A course of three labs, of which none is loaded."""
    for lab in LABS:
        (tmp_path / "reference" / lab).mkdir(parents=True)
        (tmp_path / "reference" / lab / "exercise.py").write_text("", "utf-8")
    return tmp_path


@pytest.fixture
def give(room: Path, url: str) -> Command:
    def command(*words: str) -> int:
        return main([*words, "--course", str(room), "--db", url])

    return command


def put(room: Path, name: str, data: bytes) -> str:
    (room / name).write_bytes(data)
    return str(room / name)


def release(book: Book, lab: str) -> Release:
    """Return a lab with the cells of slope."""
    nbgrader = book.nbgrader
    if lab != "slope":
        nbgrader.add_assignment(lab)
        nbgrader.add_notebook(lab, lab)
        for name, points in CELLS.items():
            nbgrader.add_grade_cell(name, lab, lab, max_score=points, cell_type="code")
    notebook = nbgrader.find_notebook(lab, lab)
    cells = {cell.name: cell.id for cell in notebook.grade_cells}
    training = ("loss_recorded", "loss_decreases", "final_parameters", "gradient_zeroing")
    checks = {"check-forward": ("forward",), "check-criterion": ("criterion",)}
    return Release(
        lab=lab,
        assignment_id=notebook.assignment.id,
        notebook_id=notebook.id,
        grades={cells[name]: checks.get(name, training) for name in CELLS},
        by_hand=(),
        solutions={},
    )


def graded(grade: Grade, lab: str, score: float) -> Grade:
    """Return a grade of so many points, taken off the checks one after the other."""
    short, kept = POINTS - score, []
    for check in grade.checks:
        lost = min(short, check.points)
        short -= lost
        kept.append(msgspec.structs.replace(check, points=check.points - lost, passed=not lost))
    return msgspec.structs.replace(grade, assignment=lab, checks=tuple(kept), score=score)


def grade_all(room: Path, book: Book, lab: str, make: MakeGrade, by: Release) -> None:
    folder = room / "submitted"
    submissions = find_submissions(folder, lab)
    owners = whose(people_of(book), [one.student for one in submissions], lab)
    pupils = {pupil.login: pupil for pupil in CLASS}
    found = []
    for one in submissions:
        path = folder / one.student / lab / f"{lab}.py"
        if not path.is_file():
            continue
        _, login, of = path.read_text("utf-8").split()
        assert of == lab
        score = pupils[login].score(lab)
        assert score is not None
        grade = graded(make(owners[one.student]), lab, score)
        found.append(Graded(grade=grade, submitted=submitted_at(folder, one)))
    assert list(record(book, by, found)) == [len(found)]


def require_cells(
    before: bytes, after: bytes, system: str, lab: str, score: Callable[[Pupil], float | None]
) -> None:
    """Every cell is as it was, but for the scores, and each of these is its person's."""
    _, most, key, title = TABLES[system]
    old, new = Table(before, "old"), Table(after, "new")
    head = old.rows[0].values
    column = head.index(title(lab))
    pupils = {key(pupil, lab): pupil for pupil in CLASS}
    seen = set()
    assert len(old.rows) == len(new.rows)
    for was, now in zip(old.rows, new.rows, strict=True):
        name = was.value(IDS[system])
        if system == "moodle":
            name = "".join(filter(str.isdigit, name))
        pupil = pupils.get(name)
        comment = [len(head) - 1] if system == "moodle" else []
        changed = [n for n in range(len(was.raw)) if was.raw[n] != now.raw[n] and n not in comment]
        deserved = score(pupil) if pupil else None
        if pupil is None or deserved is None:
            assert changed == []
            continue
        seen.add(pupil.login)
        assert changed == [column]
        value = float(now.value(column).replace(",", "."))
        assert value == pytest.approx(deserved / POINTS * most)
    assert seen == {pupil.login for pupil in CLASS if score(pupil) is not None}


def import_all(room: Path, give: Command) -> None:
    lists = [
        put(room, "canvas.csv", classroom.canvas_table(LABS)),
        put(room, "blackboard.xls", classroom.blackboard_table(LABS)),
        put(room, "brightspace.csv", classroom.brightspace_table(LABS)),
        put(room, "gradescope.csv", classroom.gradescope_table()),
    ]
    assert give("roster", "import", *lists) == 0
    for lab in LABS:
        worksheet = put(room, f"worksheet-{lab}.csv", TABLES["moodle"][0](lab))
        assert give("roster", "import", worksheet, "-a", lab) == 0
    for place in TWINS:  # Brightspace's archives have an id that no table has
        number = f"brightspace:user={CLASS[place].brightspace}"
        assert give("roster", "link", CLASS[place].login, number) == 0


def test_every_score_is_at_its_person_cell_by_cell(
    room: Path,
    give: Command,
    url: str,
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import_all(room, give)
    for turn, lab in enumerate(LABS):  # each lab by all five, another one first
        systems = [*NAMES][turn:] + [*NAMES][:turn]
        for system in systems:
            path = put(room, f"{system}-{lab}.zip", classroom.archive(system, lab))
            assert give("collect", path, "-a", lab, "--zone", "UTC") == 0
    assert "not taken" not in capsys.readouterr().err
    there = {path.name for path in (room / "submitted").iterdir()}
    assert there == {p.login for p in CLASS if any(p.score(lab) is not None for lab in LABS)}

    with Book(url) as book:
        assert list(people_of(book).students) == [pupil.login for pupil in CLASS]
        for lab in LABS:
            grade_all(room, book, lab, make_grade, release(book, lab))
            found = {one.student: one.score for one in standings(book, lab)}
            assert found == {pupil.login: pupil.score(lab) for pupil in CLASS}

    for lab in LABS:
        for system, (make, *_) in TABLES.items():
            before = make(lab)
            path, out = put(room, f"{system}.csv", before), room / "out.csv"
            words = ("export", "-a", lab, "--format", system, "--roster", path, "--out", str(out))
            assert give(*words) == 0
            require_cells(before, out.read_bytes(), system, lab, lambda p, lab=lab: p.score(lab))

    # The labs become due, an hour before all was handed in; an hour costs a point.
    shutil.rmtree(room / "submitted")  # nothing is graded again for it
    (room / "nbgrader_config.py").write_text(HOUR_A_POINT, "utf-8")
    with Book(url) as book:
        for lab in LABS:
            with book.transaction():
                moments = {one.submitted for one in standings(book, lab) if one.submitted}
                assert moments
                book.assignment(lab).duedate = min(moments).astimezone(dt.UTC).replace(
                    tzinfo=None
                ) - dt.timedelta(hours=1)
        late = {
            lab: {o.student: o.penalty for o in standings(book, lab, rule=LateRule(Course(room)))}
            for lab in LABS
        }
    for lab in LABS:
        capsys.readouterr()
        assert give("changes", "-a", lab) == 0
        told = capsys.readouterr().out.splitlines()
        losing = {student for student, penalty in late[lab].items() if penalty}
        assert losing
        assert {line.split(",")[0] for line in told} == losing
        assert len(told) == len(losing) * len(TABLES), "each export said another score"
        before = TABLES["canvas"][0](lab)
        path, out = put(room, "canvas.csv", before), room / "out.csv"
        words = ("export", "-a", lab, "--format", "canvas", "--roster", path, "--out", str(out))
        assert give(*words) == 0

        def deserved(pupil: Pupil, lab: str = lab) -> float | None:
            score = pupil.score(lab)
            return None if score is None else max(0.0, score - late[lab][pupil.login])

        require_cells(before, out.read_bytes(), "canvas", lab, deserved)
