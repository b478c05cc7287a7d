"""A list of people is read in any language, and who is no student on it is left out."""

from __future__ import annotations

import pytest

from autograder.errors import CourseError
from autograder.lms.person import Person
from autograder.lms.registry import understood
from autograder.lms.sheet import Named, Sheet
from autograder.lms.table import Table
from autograder.lms.words import FIELDS, field_of, folded, is_no, is_staff, name_key


def sheet(text: str, *column: str, encoding: str = "utf-8", system: str = "") -> Sheet:
    return understood(Table(text.encode(encoding), "x.csv"), Named.of(column, system))[1]


def people(text: str, *column: str, encoding: str = "utf-8") -> list[Person]:
    found = sheet(text, *column, encoding=encoding)
    return [found.person(row) for row in found.people]


LISTS = {
    "English": ("First name,Surname,Username,ID number,Email address\nA,Student-01,s01,0042,One@example.org\n", "utf-8"),
    "German": ("Vorname;Nachname;Anmeldename;ID-Nummer;E-Mail-Adresse\nA;Student-01;s01;0042;One@example.org\n", "cp1252"),
    "Spanish": ("Nombre\tApellido(s)\tNombre de usuario\tNúmero de ID\tDirección de correo\nA\tStudent-01\ts01\t0042\tOne@example.org\n", "utf-16"),
    "French": ("Prénom;Nom;Nom d'utilisateur;Numéro d'identification;Adresse de courriel\nA;Student-01;s01;0042;One@example.org\n", "cp1252"),
    "nbgrader": ("id,first_name,last_name,email\ns01,A,Student-01,One@example.org\n", "utf-8"),
    "a title above, empty lines": ("Course 101,,,\n,,,\nName,Username,ID number,Email\nA Student-01,s01,0042,One@example.org\n,,,\n", "utf-8"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), LISTS.values(), ids=LISTS)
def test_a_list_in_any_language_says_who_there_is(text: str, encoding: str) -> None:
    (one,) = people(text, encoding=encoding)
    assert name_key(one.full) == "01 a student"
    assert one.ids["email"] == "One@example.org"
    assert "s01" in (one.ids.get("login"), one.student)
    assert one.ids.get("number", "0042") == "0042", "zeros are kept"


def test_a_name_beside_a_first_name_is_the_last() -> None:
    (one,) = people("Matrikelnummer;Name;Vorname\n42;Student-01;A\n")
    assert (one.first, one.last, one.full) == ("A", "Student-01", "A Student-01")


def test_who_teaches_is_left_out_and_told() -> None:
    text = "Vorname,Nachname,E-Mail-Adresse,Rollen\n{}"
    rows = "A,Student-01,a@example.org,Teilnehmer/in\nB,X,b@example.org,Trainer/in\n"
    found = sheet(text.format(rows))
    assert len(found.people) == 1
    assert [what for _, what in found.aside] == ["Trainer/in"]
    assert is_staff("Student, Teaching assistant")
    assert not is_staff("Student")


def test_columns_that_are_not_known_are_named() -> None:
    text = "Zz,Yy,Xx\nA Student-01,s01,one@example.org\n"
    with pytest.raises(CourseError, match=r"--column FIELD=TITLE.*available: Zz, Yy, Xx"):
        people(text)
    (one,) = people(text, "login=Yy", "name=Zz")
    assert (one.ids, one.full) == ({"login": "s01"}, "A Student-01")
    with pytest.raises(CourseError, match="is already the column for the scores"):
        people(text, "Yy", "Zz")


def test_our_own_table_is_no_worksheet() -> None:
    text = "student,assignment,status,score,max_score\nstudent-01,slope,graded,7,10\n"
    with pytest.raises(CourseError, match="no column says who the people are"):
        sheet(text)
    assert sheet("id,score,max_score\nstudent-01,7,10\nstudent-02,8,10\n").system == "plain"


def test_no_title_means_two_things() -> None:
    titles = [title.strip() for known in FIELDS.values() for title in known.split("|")]
    assert len(titles) == len(set(titles))
    assert all(field_of(title) for title in titles)
    assert all(folded(title) == title for title in titles)
    assert field_of(" E-Mail: ") == "email"


def test_answers_are_known_in_many_languages() -> None:
    assert [is_no(text) for text in ("Nein", "NON", " No ", "Yes", "Sí", "?")] == [
        True, True, True, False, False, None,
    ]  # fmt: skip
