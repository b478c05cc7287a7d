"""Scores arrive at whom they belong to, on the column's own scale, and nothing else changes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import pytest

from autograder.errors import CourseError
from autograder.grading.results import Standing
from autograder.lms.fill import Filled, Whose, fill, safe
from autograder.lms.joining import Identity, People
from autograder.lms.registry import understood
from autograder.lms.sheet import Named
from autograder.lms.table import Table, read_table

CASES = Path(__file__).parent / "cases"


def standing(student: str, score: float | None, **rest: object) -> Standing:
    known = {"raw_score": score, "score": score, "max_score": 10.0, **rest}
    return Standing(student=student, assignment="slope", **known)  # type: ignore[arg-type]


def filled(
    table: Table,
    standings: Sequence[Standing],
    *column: str,
    identities: Sequence[Identity] = (),
    system: str = "",
    by: str = "",
    out_of: float | None = None,
) -> Filled:
    students = [one.student for one in standings]
    people = People(students, identities, {"slope": students})
    named = Named.of(column, system)
    whose, sheet = understood(table, named)
    target = whose.target(sheet, "slope", named.title)
    owner = Whose(people.owner, "slope")
    return fill(sheet, target, standings, owner, by=by, out_of=out_of)


def case(name: str) -> Table:
    return read_table(CASES / name)


def rows(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode()), delimiter=delimiter))


CLASS = [standing("12345", 10.0), standing("12346", 7.5), standing("777", 8.0)]


def test_canvas_is_scaled_to_its_points_possible() -> None:
    done = filled(case("canvas.csv"), CLASS)
    before = (CASES / "canvas.csv").read_bytes()
    wanted = before.replace(b"s01,A,,", b"s01,A,100,").replace(b"s02,A,,", b"s02,A,75,")
    assert done.data == wanted.replace(b"s09,A,,", b"s09,A,80,")
    assert done.scale == "from 10 points to 100"
    assert (done.by, done.filled, done.missing) == ("ID", ("12345", "12346", "777"), ())


def test_one_column_of_ids_decides_for_all_lines() -> None:
    done = filled(case("canvas.csv"), CLASS)
    by_name = {row["Student"]: row["slope (4242)"] for row in rows(done.data)}
    assert by_name["Student-08, C"] == "", "whose SIS User ID is another's ID"
    assert by_name["Student-09, D"] == "80"
    assert done.strangers == ("Student-08, C (user 20001, number 777, login s08)",)


def test_canvas_with_semicolons_stays_so() -> None:
    done = filled(case("canvas_semi.csv"), CLASS)
    scores = [row["slope (4242)"] for row in rows(done.data, ";")]
    assert scores == ["100", "100", "75", "", "80", ""]


def test_moodle_in_german_is_known_by_place_and_shape() -> None:
    done = filled(case("moodle_de.csv"), [standing("12345", 7.55)])
    before = (CASES / "moodle_de.csv").read_text()
    assert done.data.decode() == before.replace('Abgegeben,,"100', 'Abgegeben,"75,50","100')


def test_a_locked_line_is_left_and_named_and_the_others_are_filled() -> None:
    done = filled(case("moodle.csv"), CLASS)
    assert [row["Grade"] for row in rows(done.data)] == ["100.00", "", "80.00"]
    assert done.skipped == (("12346", "locked there"),)
    assert done.missing == ()


MOODLE = {
    "es": "Identificador,Nombre completo,Dirección de correo,Estado,Calificación,"
    "Calificación máxima,La calificación puede ser cambiada,Última modificación (entrega),"
    "Última modificación (calificación),Comentarios de retroalimentación\n"
    'Participante 11,Uno,uno@example.org,Enviado,,"20,00",Sí,-,-,\n'
    'Participante 12,Dos,dos@example.org,Enviado,,"20,00",No,-,-,\n',
    "fr": "Identifiant,Nom complet,Adresse de courriel,Statut,Note,Note maximale,"
    "La note peut être modifiée,Dernière modification (travail remis),"
    "Dernière modification (note),Feedback par commentaires\n"
    'Participant 11,Un,un@example.org,Remis,,"20,00",Oui,-,-,\n'
    'Participant 12,Deux,deux@example.org,Remis,,"20,00",Non,-,-,\n',
    "pt": "Identificador,Nome completo,Endereço de email,Status,Nota,Nota máxima,"
    "A nota pode ser alterada,Última modificação (envio),Última modificação (nota),"
    "Comentários de feedback\n"
    'Participante11,Um,um@example.org,Enviado,,"20,00",Sim,-,-,\n'
    'Participante12,Dois,dois@example.org,Enviado,,"20,00",Não,-,-,\n',
    "a language that is not known": "Aaa,Bbb,Ccc,Ddd,Eee,Fff,Ggg,Hhh,Iii,Jjj\n"
    'Osallistuja 11,Yksi,yksi@example.org,Zz,,"20,00",Ja,-,-,\n'
    'Osallistuja 12,Kaksi,kaksi@example.org,Zz,,"20,00",Nei,-,-,\n',
    "without what a site turned off": "Identifier,Full name,Status,Grade,Maximum grade,"
    "Grade can be changed,Last modified (grade),Feedback comments\n"
    "Participant 11,One,Submitted,,20.00,Yes,-,\nParticipant 12,Two,Submitted,,20.00,No,-,\n",
    "with groups, markers, states and texts": "ID,Vollständiger Name,E-Mail-Adresse,ID-Nummer,"
    "Status,Gruppe,Bewerter/in,Bewertung,Bestwertung,Bewertungsstatus,"
    "Bewertung kann geändert werden,Zuletzt geändert (Abgabe),Texteingabe online,"
    "Zuletzt geändert (Bewertung),Feedback als Kommentar\n"
    'Teilnehmer/in11,Eins,eins@example.org,0042,Abgegeben,A,X Y,,"20,00",Nicht bewertet,Ja,'
    '"Montag, 5. Oktober 2026, 12:00","Ein Text, 20",-,\n'
    'Teilnehmer/in12,Zwei,zwei@example.org,0043,Abgegeben,A,X Y,,"20,00",Nicht bewertet,Nein,'
    "-,,-,\n",
}


@pytest.mark.parametrize("text", MOODLE.values(), ids=MOODLE)
def test_a_worksheet_in_any_language_takes_grade_and_comment(text: str) -> None:
    known = [standing("11", 10.0, comment="It sums."), standing("12", 5.0)]
    done = filled(Table(text.encode(), "x.csv"), known)
    head, first, second = text.splitlines(keepends=True)
    full = "20.00" if ",,20.00" in first else '"20,00"'
    first = first.replace(f",,{full}", f",{full},{full}", 1)
    assert done.data.decode() == head + first.rstrip("\n") + "It sums.\n" + second
    assert done.skipped == (("12", "locked there"),)


def test_columns_that_nothing_shows_are_named() -> None:
    text = "A,B,C,D\nX1,One,,?\nX2,Two,,?\n"
    known = [standing("1", 10.0)]
    with pytest.raises(CourseError, match="--column FIELD=TITLE"):
        filled(Table(text.encode(), "x.csv"), known, system="moodle")
    done = filled(Table(text.encode(), "x.csv"), known, "score=C", system="moodle", out_of=5.0)
    assert done.data.decode() == text.replace("One,,", "One,5,")
    with pytest.raises(CourseError, match="no such column; available: A, B, C, D"):
        filled(Table(text.encode(), "x.csv"), known, "score=E", system="moodle")


def test_a_worksheet_with_a_scale_is_refused() -> None:
    text = MOODLE["es"].replace("Calificación máxima", "Escala").replace('"20,00"', "Bien")
    with pytest.raises(CourseError, match="graded with a scale"):
        filled(Table(text.encode(), "x.csv"), [standing("11", 1.0)])


HEAD = "Student,ID,SIS User ID,SIS Login ID,Section,Notes,Slope (77),Line (78),Current Score\n"
POINTS = "    Points Possible,,,,,,{},5,(read only)\n"
LINES = (
    '"One, Student",1001,A1,one,Lab 1,a,,4,80\n"Two, Student",1002,A2,two,Lab 1,,3,5,100\n'
    '"Three, Student",1003,,three,Lab 1,,EX,,\n"Four, Student",1004,,four,Lab 1,,N/A,,\n'
)


def canvas(points: str = "10", lines: str = LINES) -> Table:
    return Table((HEAD + POINTS.format(points) + lines).encode(), "canvas.csv")


def test_excused_and_unassigned_ones_are_left_and_named() -> None:
    known = [standing("1003", 1.0), standing("1004", 2.0), standing("1001", 7.5)]
    done = filled(canvas(), known)
    assert done.data.decode() == HEAD + POINTS.format("10") + LINES.replace("a,,4", "a,7.5,4")
    assert dict(done.skipped) == {
        "1003": "excused in Canvas",
        "1004": "not assigned to this student in Canvas",
    }


def test_who_has_no_score_yet_keeps_what_is_there() -> None:
    done = filled(canvas(), [standing("1002", None), standing("1009", 1.0)])
    assert done.data == canvas().data()
    assert (done.blank, done.missing) == (("1002",), ("1009",))
    assert len(done.strangers) == 3


@pytest.mark.parametrize("points", ["", "0"])
def test_an_unknown_maximum_is_refused_and_may_be_said(points: str) -> None:
    known = [standing("1001", 7.5)]
    with pytest.raises(
        CourseError, match=r"Slope \(77\): no maximum in the table; set full marks with --out-of N"
    ):
        filled(canvas(points), known)
    assert "a,15,4" in filled(canvas(points), known, out_of=20.0).data.decode()


def test_a_maximum_that_contradicts_the_table_is_refused() -> None:
    with pytest.raises(CourseError, match="the table says 10"):
        filled(canvas(), [standing("1001", 7.5)], out_of=20.0)


def test_a_maximum_that_may_be_a_thousand_is_asked_about() -> None:
    table = Table((HEAD + POINTS.format('"1,000"') + LINES).encode(), "canvas.csv")
    with pytest.raises(CourseError, match="1,000 may be more than a thousand"):
        filled(table, [standing("1001", 7.5)])


@pytest.mark.parametrize("words", ["(read only)", "(schreibgeschützt)"])
def test_a_column_that_is_read_only_takes_nothing(words: str) -> None:
    table = Table(canvas().text().replace("(read only)", words).encode(), "canvas.csv")
    with pytest.raises(CourseError, match="it accepts no grades there"):
        filled(table, [standing("1001", 7.5)], "Current Score")


def test_a_column_is_named_whole_or_without_its_number_in_any_case() -> None:
    for title in ("Line", "line", "Line (78)"):
        assert ",5,80" in filled(canvas(), [standing("1001", 10.0)], title).data.decode()
    with pytest.raises(
        CourseError, match=r"no such column; available assignments: Slope \(77\), Line"
    ):
        filled(canvas(), [], "Curve")
    double = Table(canvas().text().replace("Line (78)", "Slope (79)").encode(), "canvas.csv")
    with pytest.raises(CourseError, match="several such columns"):
        filled(double, [])


def test_one_score_for_two_lines_is_for_neither() -> None:
    twice = '"One, Student",1001,A1,one,Lab 2,,,,\n'
    done = filled(canvas(lines=LINES + twice), [standing("1001", 7.5), standing("1002", 5.0)])
    assert done.doubled == ("1001",)
    assert done.filled == ("1002",)


def test_two_columns_that_fit_equally_and_differ_are_asked_about() -> None:
    lines = '"One, Student",1001,1002,x,A,,,,\n"Two, Student",1002,1001,y,A,,,,\n'
    known = [standing("1001", 1.0), standing("1002", 2.0)]
    with pytest.raises(
        CourseError, match="match equally many students, but different ones; choose with --by user"
    ):
        filled(canvas(lines=lines), known)
    done = filled(canvas(lines=lines), known, by="number")
    assert [row["Slope (77)"] for row in rows(done.data)[1:]] == ["2", "1"]
    with pytest.raises(CourseError, match="no column of email; available: user"):
        filled(canvas(lines=lines), known, by="email")


def test_ids_are_those_that_the_course_knows_of_the_system() -> None:
    known = [standing("student-01", 7.5), standing("1002", 5.0)]
    one = Identity(student="student-01", system="canvas", kind="user", value="1001")
    other = Identity(student="1002", system="moodle", kind="user", value="1002")
    done = filled(canvas(), known, identities=[one, other])
    assert done.filled == ("student-01",), "1002 is a number of Moodle's"
    assert done.missing == ("1002",)


def test_canvas_s_other_lines_are_nobody_s() -> None:
    lines = (
        ",,,,,,Manual Posting,,\n"
        '"Student, Test",99,,0123456789abcdef0123456789abcdef01234567,A,,,,\n'
    )
    done = filled(canvas(lines=lines + LINES), [standing("1001", 10.0)])
    assert len(done.strangers) == 3
    assert done.lines == 4


def test_names_in_two_columns_are_canvas_s_too() -> None:
    text = canvas().text().replace("Student,ID", "LastName,FirstName,ID")
    text = text.replace("Possible,", "Possible,,").replace(", Student", ",Student").replace('"', "")
    done = filled(Table(text.encode(), "canvas.csv"), [standing("1001", 10.0)])
    assert done.filled == ("1001",)


def test_a_shortened_number_is_nobody_s_and_is_told() -> None:
    lines = LINES.replace("1001", "1.23E+11")
    done = filled(canvas(lines=lines), [standing("1002", 1.0), standing("1.23E+11", 2.0)])
    assert done.filled == ("1002",)
    assert done.missing == ("1.23E+11",)
    assert "1.23E+11: a spreadsheet shortened this id" in done.notes[0]


def test_leading_zeros_are_part_of_an_id() -> None:
    lines = '"One, Student",42,,one,A,,,,\n"Two, Student",0042,,two,A,,,,\n'
    done = filled(canvas(lines=lines), [standing("0042", 10.0)])
    assert [row["Slope (77)"] for row in rows(done.data)[1:]] == ["", "10"]


BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Last Access"\t"Availability"\t'
    '"Weighted Total [Total Pts: up to 100 Score] |11"\t"Slope [Total Pts: 20 Score] |12"\t'
    '"Notes [Total Pts: 0 Text] |13"\n'
    '"One"\t"Student"\t"u1"\t"A1"\t""\t"Yes"\t"10"\t""\t""\n'
    '"Two"\t"Student"\t"u2"\t"A2"\t""\t"Yes"\t"20"\t"3"\t"x"\n'
)


def test_blackboard_s_table_keeps_its_form() -> None:
    data = BLACKBOARD.encode("utf-16")
    done = filled(Table(data, "gc.xls"), [standing("u1", 7.5), standing("u2", None)])
    text = BLACKBOARD.replace('"10"\t""', '"10"\t"15"')
    assert done.data == text.encode("utf-16")
    assert done.by == "Username"


def test_blackboard_in_a_language_that_is_not_known_is_known_by_place() -> None:
    text = BLACKBOARD.replace("Username", "X").replace("Last Name", "Y").replace("Total Pts", "Z")
    assert filled(Table(text.encode(), "gc.csv"), [standing("u1", 7.5)]).filled == ("u1",)


def test_what_blackboard_computes_takes_nothing() -> None:
    with pytest.raises(CourseError, match="it computes this column itself"):
        filled(Table(BLACKBOARD.encode(), "gc.csv"), [], "Weighted Total")
    with pytest.raises(CourseError, match="--out-of N"):
        filled(Table(BLACKBOARD.encode(), "gc.csv"), [standing("u1", 1.0)], "Notes")
    with pytest.raises(CourseError, match="available columns: Weighted Total, Slope, Notes"):
        filled(Table(BLACKBOARD.encode(), "gc.csv"), [], "Line")


BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,Email,"
    "slope Points Grade <Numeric MaxPoints:20 Weight:10 Category:Labs CategoryWeight:100>,"
    "Subtotal Numerator,End-of-Line Indicator\r\n"
    "#0042,#one,One,Student,one@example.org,,0,#\r\n#0043,#two,Two,Student,two@example.org,3,0,#\r\n"
)


def test_brightspace_s_ids_have_a_mark_that_is_none_of_theirs() -> None:
    done = filled(Table(BRIGHTSPACE.encode(), "g.csv"), [standing("0042", 7.5)])
    assert done.data.decode() == BRIGHTSPACE.replace("org,,0", "org,15,0")
    assert done.by == "OrgDefinedId"


def test_brightspace_without_a_maximum_is_refused() -> None:
    text = BRIGHTSPACE.replace(
        " <Numeric MaxPoints:20 Weight:10 Category:Labs CategoryWeight:100>", ""
    )
    with pytest.raises(CourseError, match="--out-of N"):
        filled(Table(text.encode(), "g.csv"), [standing("0042", 7.5)])
    done = filled(Table(text.encode(), "g.csv"), [standing("0042", 7.5)], out_of=20.0)
    assert done.data.decode() == text.replace("org,,0", "org,15,0")


def test_a_table_of_another_system_is_told() -> None:
    with pytest.raises(CourseError, match="looks like a table from canvas, not from moodle"):
        filled(canvas(), [], system="moodle")
    text = "Name,SID,Email,Total Score,Max Points\nOne,1,one@example.org,,10\n"
    with pytest.raises(CourseError, match="Gradescope accepts no table"):
        filled(Table(text.encode(), "g.csv"), [])
    with pytest.raises(CourseError, match="not a table that a system exported"):
        filled(Table(b"id,email\none,one@example.org\n", "g.csv"), [])


def test_what_is_above_the_header_stays_there() -> None:
    text = "Course 101,,,,,,,,\n\n" + canvas().text()
    done = filled(Table(text.encode(), "canvas.csv"), [standing("1001", 10.0)])
    assert done.data.decode() == text.replace("a,,4", "a,10,4")


def test_above_the_maximum_is_told() -> None:
    done = filled(canvas(), [standing("1001", 11.0)])
    assert done.notes == ("1001: above the maximum; canvas may refuse it",)


def test_answers_that_are_neither_yes_nor_no_are_told() -> None:
    text = MOODLE["es"].replace("Sí", "Qwx").replace(",No,", ",Qwy,")
    done = filled(Table(text.encode(), "x.csv"), [standing("11", 1.0), standing("12", 2.0)])
    assert done.filled == ("11", "12")
    assert "neither yes nor no here" in done.notes[0]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(1)", "\tx", "\rx", "\n=1", "\uff1d1"])
def test_no_comment_is_taken_for_a_formula(text: str) -> None:
    done = filled(case("moodle.csv"), [standing("12345", 1.0, comment=text)])
    again = Table(done.data, "x.csv").rows[1].value(9)
    assert again == safe(text) == f"'{text}"
