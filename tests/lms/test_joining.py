"""Whose an id is: the surest evidence decides, and what could be two people's stays open."""

from __future__ import annotations

import dataclasses

import pytest

from autograder.errors import CourseError
from autograder.lms.joining import COURSE, Identity, People, new_id
from autograder.lms.person import Person
from autograder.lms.roster import Decision, decide


def person(system: str, name: str = "", *, scope: str = "", **ids: str) -> Person:
    where = "-".join((system, name, *ids.values()))
    return Person(system=system, ids=ids, name=name, scope=scope, where=where)


def known(*lines: tuple[str, Person], handed_in: dict[str, set[str]] | None = None) -> People:
    people = People([student for student, _ in lines], (), handed_in)
    for student, one in lines:
        for kind, value in one.ids.items():
            scope = one.scope if kind == "participant" else ""
            people.add(
                Identity(student=student, system=one.system, kind=kind, value=value, scope=scope)
            )
        if one.full:
            people.add(Identity(student=student, system=one.system, kind="name", value=one.full))
    return people


ONE = ("s01", person("canvas", "Student-01, A", user="1001", number="N1", login="u01"))
TWO = ("s02", person("canvas", "Student-02, B", user="1002", number="N2", login="u02@example.org"))
CLASS = (ONE, TWO)


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        (person("canvas", user="1001"), ("s01", "user")),
        (person("moodle", user="1001"), ("", "")),
        (person("moodle", number="1001"), ("", "")),
        (person("moodle", number="N1"), ("s01", "number")),
        (person("moodle", "A Student-01", number="N1"), ("s01", "number")),
        (person("moodle", "C Student-03", number="N1"), ("", "")),
        (person("blackboard", login="u01"), ("s01", "login")),
        (person("blackboard", login="U01"), ("s01", "login")),
        (person("gradescope", email="U02@Example.org"), ("s02", "email")),
        (person("gradescope", email="01@example.org"), ("", "")),
        (person("brightspace", "Student-01, A"), ("s01", "name")),
        (person("brightspace", "A  STUDENT-01"), ("s01", "name")),
        (person("brightspace", "A Student-03"), ("", "")),
    ],
)
def test_a_person_is_known_by_an_id_of_the_system_or_one_that_all_share(
    who: Person, wanted: tuple[str, str]
) -> None:
    match = known(*CLASS).match(who)
    assert (match.student, match.by, match.problem) == (*wanted, "")
    assert match.new == (not wanted[0])


def test_a_number_in_one_assignment_says_nothing_in_another() -> None:
    people = known(("s01", person("moodle", scope="slope", participant="11")))
    assert people.match(person("moodle", scope="slope", participant="11")).student == "s01"
    assert people.match(person("moodle", scope="line", participant="11")).student == ""


@pytest.mark.parametrize(
    "who",
    [
        person("canvas", user="1001", login="u02@example.org"),
        person("moodle", email="u02@example.org", login="u01"),
        person("blackboard", "B Student-02", login="u01"),
        person("canvas", "Student-01, A", user="1009"),
        person("canvas", "Student-01, A", user="1009", login="u01"),
        person("moodle", "Student-01 A", login="u02@example.org", number="N1"),
        person("moodle", "Student-01 A", email="u02@example.org"),
    ],
    ids=lambda who: who.says(),
)
def test_what_speaks_for_two_or_against_the_one_stays_open(who: Person) -> None:
    match = known(*CLASS).match(who)
    assert match.student == ""
    assert match.problem
    assert match.candidates


def test_two_people_of_one_name_are_never_joined_by_it() -> None:
    twin = ("s03", person("canvas", "Student-01, A", user="1003"))
    match = known(ONE, twin).match(
        person("moodle", "A Student-01", scope="slope", participant="11")
    )
    assert match.candidates == ("s01", "s03")


def test_one_name_and_another_address_may_be_another_person() -> None:
    people = known(("s01", person("moodle", "A Student-01", email="one@example.org")))
    match = people.match(person("gradescope", "A Student-01", email="other@example.org"))
    assert "s01 has email one@example.org" in match.problem


def test_nobody_has_two_numbers_in_one_assignment() -> None:
    one = person("moodle", scope="slope", participant="11", email="one@example.org")
    again = dataclasses.replace(one, ids={**one.ids, "participant": "12"})
    assert "s01 has participant 11 in slope" in known(("s01", one)).match(again).problem


def test_an_address_is_believed_whatever_the_name_that_nobody_else_has() -> None:
    match = known(*CLASS).match(person("moodle", "B Married", email="u02@example.org"))
    assert match.student == "s02"


def test_names_are_the_same_in_any_composition_and_order() -> None:
    people = known(("s01", person("canvas", "Mu\u0308ller, A\u030ake", user="1")))
    assert people.match(person("brightspace", "Åke Müller")).student == "s01"


def test_the_course_s_own_ids_are_of_the_kind_that_fits_most() -> None:
    people = People(["1001", "1002", "777"])
    rows = [
        person("canvas", user="1001", number="A"),
        person("canvas", user="1002", number="B"),
        person("canvas", user="2001", number="777"),
        person("canvas", user="777", number="D"),
    ]
    own = people.own_kind(rows)
    assert own == "user"
    assert [people.match(row, own).student for row in rows] == ["1001", "1002", "", "777"]


def test_a_course_s_id_that_came_from_one_system_is_not_another_s() -> None:
    people = known(("777", person("canvas", user="777")))
    assert people.own_kind([person("moodle", number="777")]) == ""


def test_a_participant_s_number_is_a_course_s_id_only_where_they_handed_in() -> None:
    people = People(["11", "12"], (), {"slope": {"11"}, "line": {"12"}})
    rows = [person("moodle", scope="slope", participant=n) for n in ("11", "12")]
    own = people.own_kind(rows)
    assert [people.match(row, own).student for row in rows] == ["11", ""]


def test_nbgrader_s_lms_user_id_is_that_of_any_system() -> None:
    people = People(["s01"], [Identity(student="s01", system=COURSE, kind="user", value="1001")])
    assert people.match(person("canvas", user="1001")).student == "s01"


def decided(people: People, *rows: Person) -> list[Decision]:
    return decide(people, rows)


def test_lines_that_would_be_one_student_s_are_all_left_open() -> None:
    rows = [
        person("moodle", "A Student-01", scope="slope", participant="11"),
        person("moodle", "A Student-01", scope="slope", participant="12"),
    ]
    found = decided(known(*CLASS), *rows)
    assert [(one.student, bool(one.problem)) for one in found] == [("", True), ("", True)]


def test_lines_that_share_an_id_are_all_left_open() -> None:
    rows = [person("canvas", user="1", login="x"), person("canvas", user="2", login="x")]
    found = decided(People([]), *rows)
    assert all("both have login x" in one.problem for one in found)


def test_a_person_of_two_sections_stands_there_twice() -> None:
    row = person("canvas", "Student-05, E", user="1005")
    found = decided(People([]), row, row)
    assert {(one.student, one.problem) for one in found} == {("1005", "")}


def test_a_new_student_is_called_by_what_lasts_and_nobody_else_is_called() -> None:
    one = person("moodle", email="one@example.org", number="N1", participant="11", scope="slope")
    assert new_id(one) == "N1"
    assert new_id(one, "email") == "one@example.org"
    assert new_id(person("moodle", participant="11", scope="slope")) == ""
    (found,) = decided(People(["s09", "u09"]), person("canvas", login="u07", user="5"))
    assert (found.student, found.new) == ("u07", True)
    taken = known(("u09", person("moodle", "Z", number="u09")))
    (found,) = decided(taken, person("canvas", "Y", number="u09"))
    assert "belongs to somebody else" in found.problem


@pytest.mark.parametrize("login", ["../x", ".hidden", "a/b", "x" * 200, "a\nb"])
def test_what_can_be_no_folder_is_no_student_s_id(login: str) -> None:
    (found,) = decided(People([]), person("canvas", login=login))
    assert found.student == ""
    assert "no id that a student" in found.problem


def test_a_student_is_found_by_any_id() -> None:
    people = known(*CLASS, ("1002", person("moodle", scope="slope", participant="11")))
    assert people.find("s01") == "s01"
    assert people.find("1001") == "s01"
    assert people.find("U02@example.org") == "s02"
    assert people.find("1002") == "1002", "the course's own id comes first"
    assert people.find("canvas:user=1002") == "s02"
    assert people.find("11", "slope") == "1002"
    for text, problem in (("11", "no such student"), ("nobody", "no such student")):
        with pytest.raises(CourseError, match=problem):
            people.find(text)
    twice = known(ONE, ("s02", person("moodle", user="1001")))
    with pytest.raises(CourseError, match="1001: could be s01 or s02"):
        twice.find("1001")


def test_many_new_people_are_to_be_asked_about() -> None:
    handed_in = People([f"s{n}" for n in range(60)])
    assert handed_in.are_many(58, 0)
    assert not handed_in.are_many(30, 60), "where most of the known are there, more may come"
    assert not handed_in.are_many(2, 0)
    assert not People([]).are_many(60, 0)
    listed = known(*[(f"s{n}", person("canvas", user=f"{n}")) for n in range(60)])
    assert listed.are_many(13, 60), "a list told who there is"
    assert not listed.are_many(12, 60)
