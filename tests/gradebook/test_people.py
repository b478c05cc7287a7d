"""One student is one student, whatever a system calls them; and each score is at its person."""

from __future__ import annotations

import io
import itertools
import shutil
import sqlite3
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from autograder.cli.main import main
from autograder.gradebook.attempt import Graded
from autograder.gradebook.book import Book
from autograder.gradebook.identity import identities_of, people_of, whose
from autograder.gradebook.record import record
from autograder.gradebook.release import Release
from autograder.gradebook.students import all_about, who_is_missing
from autograder.lms.joining import People
from autograder.lms.registry import understood
from autograder.lms.roster import decide
from autograder.lms.sheet import Named
from autograder.lms.table import Table

from . import classroom
from .classroom import CLASS, COUNT, NAMES, POINTS, TWINS
from .conftest import MakeGrade

LABS = ("slope", "line", "curve")
Command = Callable[..., int]


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A course of three labs; nothing of them is loaded."""
    for lab in LABS:
        (tmp_path / "reference" / lab).mkdir(parents=True)
        (tmp_path / "reference" / lab / "exercise.py").write_text("", "utf-8")
    return tmp_path


@pytest.fixture
def give(room: Path, url: str) -> Command:
    """Return a function that gives a command in the course, for its gradebook."""

    def command(*words: str) -> int:
        return main([*words, "--course", str(room), "--db", url])

    return command


def put(room: Path, name: str, data: bytes | str) -> str:
    path = room / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def students(url: str) -> list[str]:
    with Book(url) as book:
        return list(people_of(book).students)


CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Slope (7)\n    Points Possible,,,,,10\n"
    '"Student-01, A",1001,N1,s01,A,\n"Student-02, B",1002,N2,s02,A,\n"Student, Test",9,,abc,A,\n'
)
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (grade)\n"
    "Participant 11,A Student-01,one@example.org,,,10.00,Yes,-\n"
    "Participant 12,B Student-02,two@example.org,,,10.00,Yes,-\n"
)


def test_a_dry_run_says_what_is_understood_and_writes_nothing(
    room: Path, give: Command, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(room, "canvas.csv", CANVAS)
    assert give("roster", "import", path, "--dry-run") == 0
    said = capsys.readouterr()
    assert f"{path}: canvas, utf-8, delimiter ," in said.err
    assert "'SIS Login ID' is login" in said.err
    assert "Canvas's test student, left out" in said.err
    assert "2 people: 0 known, 2 new, 0 open" in said.err
    assert said.out.splitlines() == [
        "s01: new, Student-01, A (user 1001, number N1, login s01)",
        "s02: new, Student-02, B (user 1002, number N2, login s02)",
    ]
    assert students(url) == []


def test_what_is_imported_twice_is_there_once(
    room: Path, give: Command, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(room, "canvas.csv", CANVAS)
    assert give("roster", "import", path) == 0
    assert "8 new ids" in capsys.readouterr().err
    assert give("roster", "import", path) == 0
    told = capsys.readouterr().err
    assert "2 people: 2 known (by user), 0 new, 0 open" in told
    assert "0 new ids" in told
    with Book(url) as book:
        about = all_about(book, "s01")
    ids = {(one["system"], one["kind"]): one["value"] for one in about["ids"]}
    assert ids["canvas", "user"] == "1001"
    assert {one["source"] for one in about["ids"]} == {"canvas.csv"}


def test_files_join_each_other_in_a_dry_run_too(
    room: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [put(room, "canvas.csv", CANVAS), put(room, "moodle.csv", MOODLE)]
    assert give("roster", "import", *paths, "-a", "slope", "--dry-run") == 0
    assert "2 people: 2 known (by name), 0 new, 0 open" in capsys.readouterr().err


def test_a_worksheet_needs_its_lab(
    room: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(room, "moodle.csv", MOODLE)
    assert give("roster", "import", path) == 1
    assert "name this one with -a LAB" in capsys.readouterr().err
    assert give("roster", "import", path, "-a", "nolab") == 1


def test_a_worksheet_of_another_lab_is_seen(
    room: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give("roster", "import", put(room, "moodle.csv", MOODLE), "-a", "slope") == 0
    other = put(room, "other.csv", MOODLE.replace("Participant 1", "Participant 2"))
    assert give("roster", "import", other, "-a", "slope") == 1
    assert "has participant 11 in slope" in capsys.readouterr().out
    assert give("roster", "import", other, "-a", "line") == 0


def test_what_is_open_is_decided_by_a_command_that_is_told(
    room: Path, give: Command, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give("roster", "import", put(room, "moodle.csv", MOODLE), "-a", "slope") == 0
    other = "Name,SID,Email,Total Score,Max Points\nA Student-01,7,private@example.org,,10\n"
    path = put(room, "gradescope.csv", other)
    capsys.readouterr()
    assert give("roster", "import", path) == 1
    said = capsys.readouterr().out.splitlines()
    assert "could be one@example.org by name, but" in said[0]
    commands = [line.split() for line in said[1:]]
    link = ["autograder", "roster", "link"]
    assert commands[0] == [*link, "one@example.org", "gradescope:number=7"]
    assert commands[1] == [*link, "7", "gradescope:number=7", "--new"]
    assert give(*commands[0][1:]) == 0
    assert give("roster", "import", path) == 0, "and then nothing is open"
    with Book(url) as book:
        assert people_of(book).find("private@example.org") == "one@example.org"
    assert len(students(url)) == 2


def test_another_person_of_the_same_name_is_added_by_the_other_command(
    room: Path, give: Command, url: str
) -> None:
    assert give("roster", "import", put(room, "moodle.csv", MOODLE), "-a", "slope") == 0
    other = "Name,SID,Email,Total Score,Max Points\nA Student-01,7,private@example.org,,10\n"
    assert give("roster", "link", "s03", "gradescope:number=7", "--new") == 0
    assert give("roster", "import", put(room, "gradescope.csv", other)) == 0
    assert len(students(url)) == 3
    with Book(url) as book:
        assert people_of(book).find("private@example.org") == "s03"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("s01", "canvas:user"), "SYSTEM:KIND=ID"),
        (("s01", "ilias:user=1"), "SYSTEM:KIND=ID"),
        (("s01", "moodle:participant=1"), "name the assignment with -a LAB"),
        (("s01", "canvas:user=1", "-a", "slope"), "the same in all assignments"),
        (("s77", "canvas:user=1"), "no such student"),
        (("a/b", "canvas:user=1", "--new"), "cannot be a student's id"),
    ],
)
def test_a_link_that_cannot_be_is_told(
    room: Path,
    give: Command,
    words: tuple[str, ...],
    problem: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    assert give("roster", "link", *words) == 1
    assert problem in capsys.readouterr().err


def test_a_link_says_whose_it_was(
    room: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    capsys.readouterr()
    assert give("roster", "link", "s02", "canvas:user=1001") == 0
    assert capsys.readouterr().out == "canvas:user=1001: s02, no longer s01\n"


def test_a_class_that_nobody_knows_is_asked_about(
    room: Path, give: Command, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    rows = "".join(f"t{n},Pupil-{n},t{n}@example.org\n" for n in range(9))
    path = put(room, "others.csv", f"username,name,email\n{rows}")
    assert give("roster", "import", path) == 1
    assert (
        "9 of 9 people are unknown in this course (2 known); --yes adds them"
        in capsys.readouterr().err
    )
    assert len(students(url)) == 2
    assert give("roster", "import", path, "--yes") == 0
    assert len(students(url)) == 11


def test_who_left_is_said_and_kept(
    room: Path, give: Command, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    left = "".join(line for line in CANVAS.splitlines(keepends=True) if "Student-02" not in line)
    assert give("roster", "import", put(room, "later.csv", left)) == 0
    assert "not in this file, and kept: s02" in capsys.readouterr().err
    assert students(url) == ["s01", "s02"]


def test_nbgrader_s_own_list_joins_what_canvas_calls_people(
    room: Path, give: Command, url: str
) -> None:
    """Sixty logins with an LMS's number each, and an archive that has the numbers only."""
    rows = "".join(f"s{n:02},{1000 + n}\n" for n in range(60))
    path = put(room, "students.csv", f"id,lms_user_id\n{rows}")
    assert main(["roster", "--add", path, "--course", str(room), "--db", url]) == 0
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for n in range(60):
            archive.writestr(f"student{n}_{1000 + n}_{5000 + n}_slope.py", "x")
    assert give("collect", put(room, "canvas.zip", packed.getvalue()), "-a", "slope") == 0
    names = sorted(path.name for path in (room / "submitted").iterdir())
    assert names == [f"s{n:02}" for n in range(60)]
    assert len(students(url)) == 60


def test_one_file_goes_to_whoever_has_that_id(room: Path, give: Command) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    mailed = put(room, "slope.py", "x")
    for text in ("s01", "1001", "N1"):
        assert give("collect", mailed, "-a", "slope", "--student", text) == 0
    assert [path.name for path in (room / "submitted").iterdir()] == ["s01"]


def test_a_student_is_forgotten_by_any_id_with_all_ids(room: Path, give: Command, url: str) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    for name in ("s01", "1001", "s02"):
        (room / "submitted" / name / "slope").mkdir(parents=True)
    assert give("roster", "--forget", "1001", "--yes") == 0
    assert [path.name for path in (room / "submitted").iterdir()] == ["s02"]
    with Book(url) as book:
        people = people_of(book)
    assert [*people.students] == ["s02"]
    assert people.match(classroom_person("canvas", user="1001")).student == ""


def classroom_person(system: str, **ids: str) -> object:
    from autograder.lms.person import Person

    return Person(system=system, ids=ids)


def test_folders_are_whose_id_names_them(room: Path, give: Command, url: str) -> None:
    assert give("roster", "import", put(room, "canvas.csv", CANVAS)) == 0
    with Book(url) as book:
        people = people_of(book)
    assert whose(people, ["1001", "s02", "new"], "slope") == {
        "1001": "s01",
        "s02": "s02",
        "new": "new",
    }
    with pytest.raises(Exception, match="1001 and s01: belong to one student, s01"):
        whose(people, ["1001", "s01"], "slope")


def test_a_gradebook_of_before_gets_the_table(tmp_path: Path, saved_file: Path) -> None:
    path = tmp_path / "gradebook.db"
    shutil.copy(saved_file, path)
    with sqlite3.connect(path) as old:
        old.execute("DROP TABLE autograder_identity")
    with Book(f"sqlite:///{path}") as book:
        assert people_of(book).students == {}


@pytest.fixture
def classroom_of_sixty(room: Path, give: Command) -> Path:
    """Rosters of all five systems, in three languages, are in the gradebook."""
    files = [
        put(room, "canvas.csv", classroom.canvas_table(LABS)),
        put(room, "blackboard.xls", classroom.blackboard_table(LABS)),
        put(room, "brightspace.csv", classroom.brightspace_table(LABS)),
        put(room, "gradescope.csv", classroom.gradescope_table()),
    ]
    assert give("roster", "import", *files) == 0
    for lab in LABS:
        made = classroom.moodle_german if lab != "line" else classroom.moodle_spanish
        assert give("roster", "import", put(room, f"moodle-{lab}.csv", made(lab)), "-a", lab) == 0
    return room


def test_sixty_in_five_systems_and_three_languages_are_sixty(
    classroom_of_sixty: Path, url: str
) -> None:
    assert students(url) == [pupil.login for pupil in CLASS]
    with Book(url) as book:
        people = people_of(book)
    for pupil in CLASS:
        assert people.find(pupil.email) == pupil.login
        assert people.find(f"canvas:user={pupil.canvas}") == pupil.login
        assert people.find(f"brightspace:number={pupil.number}") == pupil.login
        for lab in LABS:
            number = f"moodle:participant={pupil.participant(lab)}"
            assert people.find(number, lab) == pupil.login


@pytest.mark.parametrize("system", NAMES)
def test_each_file_of_an_archive_is_at_its_person(
    classroom_of_sixty: Path,
    give: Command,
    system: str,
    url: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    room = classroom_of_sixty
    if system == "brightspace":  # two of one name, and no id that a table has
        for place in TWINS:
            number = f"brightspace:user={CLASS[place].brightspace}"
            assert give("roster", "link", CLASS[place].login, number) == 0
    for lab in LABS:
        path = put(room, f"{system}-{lab}.zip", classroom.archive(system, lab))
        assert give("collect", path, "-a", lab, "--zone", "UTC") == 0
        there = [pupil for pupil in CLASS if pupil.score(lab) is not None]
        for pupil in there:
            file = room / "submitted" / pupil.login / lab / f"{lab}.py"
            assert file.read_text("utf-8") == f"# {pupil.login} {lab}"
        assert len(list((room / "submitted").glob(f"*/{lab}"))) == len(there)
    assert "not taken" not in capsys.readouterr().err
    assert len(students(url)) == len(CLASS)


def test_two_of_one_name_are_left_out_until_somebody_says(
    classroom_of_sixty: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    path = put(classroom_of_sixty, "b.zip", classroom.archive("brightspace", "slope"))
    capsys.readouterr()
    assert give("collect", path, "-a", "slope", "--zone", "UTC") == 0
    told = capsys.readouterr().err
    assert "could be s17 or s18 by name; autograder roster link s17 brightspace:user=" in told
    assert not (classroom_of_sixty / "submitted" / "s17").exists()


@pytest.fixture
def graded(classroom_of_sixty: Path, book: Book, release: Release, make_grade: MakeGrade) -> Path:
    """All have their grades in slope, as they deserve."""
    grades = []
    for pupil in CLASS:
        score = pupil.score("slope")
        if score is not None:
            made = make_grade(pupil.login)
            checks = list(made.checks)
            short, kept = POINTS - score, []
            for check in checks:
                lost = min(short, check.points)
                short -= lost
                kept.append(_worth(check, check.points - lost))
            grades.append(_scored(made, kept, score))
    list(record(book, release, [Graded(grade=one) for one in grades]))
    return classroom_of_sixty


def _worth(check: object, points: float) -> object:
    import msgspec

    return msgspec.structs.replace(check, points=points)  # type: ignore[type-var]


def _scored(grade: object, checks: list[object], score: float) -> object:
    import msgspec

    return msgspec.structs.replace(grade, checks=tuple(checks), score=score)  # type: ignore[type-var]


TABLES: dict[str, tuple[Callable[[], bytes], float, str, str]] = {
    "canvas": (lambda: classroom.canvas_table(LABS), 100.0, "ID", "Slope (70)"),
    "moodle": (lambda: classroom.moodle_german("slope"), 20.0, "ID", "Bewertung"),
    "blackboard": (
        lambda: classroom.blackboard_table(LABS),
        50.0,
        "Benutzername",
        "slope [Gesamtpunkte: 50 Punkte] |70",
    ),
    "brightspace": (
        lambda: classroom.brightspace_table(LABS),
        10.0,
        "OrgDefinedId",
        "slope Points Grade <Numeric MaxPoints:10 Weight:1>",
    ),
}


@pytest.mark.parametrize("system", TABLES)
def test_each_score_is_at_its_person_cell_by_cell(
    graded: Path, give: Command, system: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make, most, ids, title = TABLES[system]
    before = make()
    path, out = put(graded, f"{system}.csv", before), graded / "out.csv"
    capsys.readouterr()
    words = ("export", "-a", "slope", "--format", system, "--roster", path, "--out", str(out))
    assert give(*words) == 0
    told = capsys.readouterr().err
    assert f"54 of 60 lines filled in, matched by {ids!r}" in told
    assert "6 lines have no score yet" in told
    old, new = Table(before, "old"), Table(out.read_bytes(), "new")
    head = old.rows[0].values
    column, id_column = head.index(title), head.index(ids)
    keys = {
        "canvas": lambda p: p.canvas,
        "moodle": lambda p: f"Teilnehmer/in{p.participant('slope')}",
        "blackboard": lambda p: p.login,
        "brightspace": lambda p: f"#{p.number}",
    }
    pupils = {keys[system](pupil): pupil for pupil in CLASS}
    assert len(old.rows) == len(new.rows)
    for was, now in zip(old.rows, new.rows, strict=True):
        pupil = pupils.get(was.value(id_column))
        changed = [n for n in range(len(was.raw)) if was.raw[n] != now.raw[n]]
        if pupil is None or pupil.score("slope") is None:
            assert changed == []
            continue
        comment = [len(head) - 1] if system == "moodle" and pupil.score("slope") != POINTS else []
        assert [n for n in changed if n not in comment] == [column]
        value = float(now.value(column).replace(",", "."))
        assert value == pytest.approx((pupil.score("slope") or 0) / POINTS * most)


def test_pages_of_feedback_go_into_the_folders_that_moodle_reads(
    graded: Path, give: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    for pupil in CLASS:
        if pupil.score("slope") is not None:
            page = graded / "feedback" / pupil.login / "slope" / "feedback.html"
            page.parent.mkdir(parents=True)
            page.write_text(pupil.login, "utf-8")
    path, out = put(graded, "m.csv", classroom.moodle_german("slope")), graded / "feedback.zip"
    words = ("export", "-a", "slope", "--format", "moodle-feedback", "--roster", path)
    assert give(*words) == 1, "a zip is no text for the screen"
    assert give(*words, "--out", str(out)) == 0
    assert f"{out}: 54 pages" in capsys.readouterr().err
    with zipfile.ZipFile(out) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
    assert found == {
        f"{p.full}_{p.participant('slope')}_assignsubmission_file/feedback.html": p.login
        for p in CLASS
        if p.score("slope") is not None
    }
    first = out.read_bytes()
    assert give(*words, "--out", str(out)) == 0
    assert out.read_bytes() == first


def test_missing_are_those_who_handed_in_nothing(graded: Path, url: str) -> None:
    with Book(url) as book:
        there, missing = who_is_missing(book, "slope")
    assert missing == [p.login for p in CLASS if p.score("slope") is None]
    assert len(there) == 54


def joined(orders: Sequence[str]) -> tuple[People, int]:
    """Import tables in an order, twice; return whom that makes, and how many lines stay open."""
    people, left = People([]), 0
    files = {
        "canvas": (classroom.canvas_table(LABS), ""),
        "blackboard": (classroom.blackboard_table(LABS), ""),
        "brightspace": (classroom.brightspace_table(LABS), ""),
        "gradescope": (classroom.gradescope_table(), ""),
        "german": (classroom.moodle_german("slope"), "slope"),
        "spanish": (classroom.moodle_spanish("line"), "line"),
    }
    for _ in range(2):
        left = 0
        for name in orders:
            data, lab = files[name]
            _, sheet = understood(Table(data, name), Named())
            decided = decide(people, [sheet.person(row, lab) for row in sheet.people])
            left += sum(bool(one.problem) for one in decided)
            for one in decided:
                for identity in identities_of(one.person, one.student, name) if one.student else ():
                    if not people.has(identity):
                        people.add(identity)
    return people, left


ORDERS = list(
    itertools.permutations(
        ("canvas", "blackboard", "brightspace", "gradescope", "german", "spanish")
    )
)


@pytest.mark.parametrize("order", ORDERS[::24], ids="-".join)
def test_whichever_list_comes_first_sixty_are_sixty(order: tuple[str, ...]) -> None:
    people, left = joined(order)
    assert (len(people.students), left) == (COUNT, 0)
    for pupil in CLASS:
        student = people.find(f"canvas:user={pupil.canvas}")
        assert people.find(f"gradescope:email={pupil.email}") == student
        assert people.find(f"brightspace:number={pupil.number}") == student
        assert people.find(f"blackboard:login={pupil.login}") == student
        assert people.find(f"moodle:participant={pupil.participant('line')}", "line") == student


CASES = Path(__file__).resolve().parents[1] / "lms" / "cases"


WRONG = {
    "canvas.csv": (["s01,A,100,", "s02,A,80,", "s08,A,,", "s09,A,80,"], "scaled from 10"),
    "canvas_semi.csv": (["s01;A;100;", "s02;A;80;", "s08;A;;", "s09;A;80;"], "by 'ID'"),
    "moodle_de.csv": (['Abgegeben,"100,00","100,00",Ja'], "1 of 1 lines"),
    "moodle.csv": (
        ["Submitted,100.00,100.00,Yes", "Submitted,,100.00,No", "Submitted,80.00,100.00,Yes"],
        "12346 (locked there)",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_exports_that_went_wrong_go_right(
    give: Command,
    book: Book,
    release: Release,
    make_grade: MakeGrade,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    """A number of Canvas's, and somebody else's number of the institution that is the same."""
    grades = [make_grade("12345"), make_grade("12346", "criterion"), make_grade("777", "criterion")]
    list(record(book, release, [Graded(grade=one) for one in grades]))
    wanted, said = WRONG[name]
    system = name.partition(".")[0].partition("_")[0]
    words = ("export", "-a", "slope", "--format", system, "--roster", str(CASES / name))
    assert give(*words) == int(name == "moodle_de.csv"), "which has no line for two of them"
    shown = capsys.readouterr()
    assert [text for text in wanted if text not in shown.out] == []
    assert said in shown.err
