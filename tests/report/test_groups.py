"""The class report shows who behaves alike and why nobody knows, and not whose code it shows."""

from __future__ import annotations

import dataclasses
import json
import re

import msgspec
import pytest

from autograder.errors import CourseError
from autograder.exercise.plan import Plan
from autograder.grading.groups import Group, bare_code, find_group, groups_of, unexplained
from autograder.judge.result import Diagnosis
from autograder.protocol.array import pack, unpack
from autograder.protocol.trace import CodeCell, Listing, Trace
from autograder.report.pages import class_page
from autograder.report.summary import Alike, summarise
from autograder.words.catalogue import speaking
from tests.judge.runs import lab_plan, right_trace

from .conftest import HOSTILE, Class, make_grade, standing

BARE = "w = 1\nx = '</pre><script>alert(1)</script>'"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return lab_plan()


@pytest.fixture(scope="module")
def trace(plan: Plan) -> Trace:
    listing = Listing(
        file=f"{HOSTILE}.py", cells=(CodeCell(text=f"# {HOSTILE}\n{BARE}"),), bare=(BARE,)
    )
    return msgspec.structs.replace(right_trace(plan), listing=listing)


def scaled(trace: Trace, by: float) -> Trace:
    """Return a trace whose last parameters are so many times as large."""
    name, record = list(trace.scenarios.items())[-1]
    *calls, last = record.calls
    parameters = {key: pack(by * unpack(array)) for key, array in last.parameters.items()}
    changed = msgspec.structs.replace(last, parameters=parameters)
    record = msgspec.structs.replace(record, calls=(*calls, changed))
    return msgspec.structs.replace(trace, scenarios=trace.scenarios | {name: record})


class Shelf:
    """A store of traces by student."""

    def __init__(self, **traces: Trace) -> None:
        self.traces = traces

    def read_trace(self, key: str) -> Trace | None:
        return self.traces.get(key)


def handed_in(student: str, *failed: str, key: str = "", **rest: object):
    grade = make_grade(student, *failed, **rest)
    return standing(student, msgspec.structs.replace(grade, trace=key or student))


def groups(plan: Plan, standings: list, **traces: Trace) -> list[Group]:
    return groups_of(standings, lambda _: plan, Shelf(**traces))  # type: ignore[arg-type]


def test_equal_traces_are_a_group_whatever_rounding_does(plan: Plan, trace: Trace) -> None:
    students = [handed_in(name, "final_parameters") for name in "abcd"]
    traces = {"a": trace, "b": scaled(trace, 1 + 1e-6), "c": trace, "d": scaled(trace, 2.0)}
    first, second = groups(plan, students, **traces)
    assert (first.students, second.students) == (("a", "b", "c"), ("d",))
    assert first.fails == ("final_parameters",)
    assert len(first.ids) == 2
    again, _ = groups(plan, students[::-1], **traces)
    assert again == first, "whatever comes first"


def test_who_lost_other_checks_is_in_another_group(plan: Plan, trace: Trace) -> None:
    students = [handed_in("a", "final_parameters"), handed_in("b", "forward", "final_parameters")]
    found = groups(plan, students, a=trace, b=trace)
    assert sorted(group.fails for group in found) == [
        ("final_parameters",),
        ("forward", "final_parameters"),
    ]
    assert len({group.id for group in found}) == 2


def test_who_is_right_named_or_ended_early_is_in_no_group(plan: Plan, trace: Trace) -> None:
    students = [
        handed_in("right"),
        handed_in("named", "criterion", mistake="loss-root"),
        handed_in("late", "final_parameters", status="time_limit"),
        handed_in("unseen", "final_parameters", key="nowhere"),
        handed_in("cut", "final_parameters"),
        standing("missing", None),
    ]
    cut = msgspec.structs.replace(trace, ending="time")
    assert groups(plan, students, right=trace, named=trace, late=trace, cut=cut) == []


def test_what_the_course_names_explains_all_that_was_lost() -> None:
    grade = make_grade("a", "criterion", "final_parameters", mistake="loss-root")
    assert unexplained(grade)
    own = Diagnosis(id="my-id", function="criterion", message="So.", remarks=("course",))
    assert not unexplained(msgspec.structs.replace(grade, diagnosis=(own,)))


def test_a_digest_or_its_beginning_finds_a_group(plan: Plan, trace: Trace) -> None:
    students = [handed_in(name, "final_parameters") for name in "abc"]
    traces = {"a": trace, "b": scaled(trace, 1 + 1e-6), "c": scaled(trace, 2.0)}
    found = groups(plan, students, **traces)
    for group in found:
        for name in group.ids:
            assert find_group(found, name) is group
            assert find_group(found, name[:6]) is group
    for name in ("", found[0].id[:3], "f" * 13):
        with pytest.raises(CourseError, match="--list"):
            find_group(found, name)
    twin = dataclasses.replace(found[1], ids=(found[0].id[:8] + "0000",))
    with pytest.raises(CourseError, match="the beginning of several groups"):
        find_group([found[0], twin], found[0].id[:8])


def test_code_is_shown_bare_and_without_its_file(trace: Trace) -> None:
    assert bare_code(trace) == BARE
    assert bare_code(msgspec.structs.replace(trace, listing=None)) == ""


def page_with(class_of: Class, *found: Group) -> str:
    shown = tuple(Alike(group=group, code=group.bare) for group in found)
    summary = dataclasses.replace(summarise(class_of), groups=shown)
    return class_page("One", "slope", summary, class_of, {})


def section(page: str) -> str:
    return page.partition('<section id="groups">')[2].partition("</section>")[0]


@pytest.fixture
def found(plan: Plan, trace: Trace) -> list[Group]:
    names = ["student-01", "student-02", "student-04", HOSTILE]
    students = [handed_in(name, "final_parameters", key="a") for name in names]
    return groups(
        plan, [*students, handed_in("z", "final_parameters")], a=trace, z=scaled(trace, 2)
    )


def test_the_page_shows_a_group_and_nobody_s_name(class_of: Class, found: list[Group]) -> None:
    shown = section(page_with(class_of, *found))
    assert "4 students' code behaves the same" in shown.replace("&#39;", "'")
    assert f"autograder name {found[0].id} -a slope" in shown
    assert "w = 1" in shown
    assert "<script>" not in shown
    assert "student-01" not in shown, "more than a few are not listed"
    assert "alert(&#34;" not in shown, "whose code it is, is in its first line"
    assert "1 more submission behaves like no other" in shown


def test_a_group_is_shown_in_the_reader_s_language(class_of: Class, found: list[Group]) -> None:
    with speaking("de"):
        shown = section(page_with(class_of, *found))
    assert "Der Code von 4 Personen verhält sich gleich" in shown
    assert "1 weitere Abgabe verhält sich wie keine andere" in shown
    assert "<code>autograder name --list</code> zeigt auch sie" in shown
    assert "behave" not in shown


def test_the_rows_of_a_group_can_be_found(class_of: Class, found: list[Group]) -> None:
    page = page_with(class_of, *found)
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    groups_by = {row["i"]: row.get("z") for row in json.loads(data[1])}
    assert groups_by["student-02"] == groups_by[HOSTILE] == found[0].id
    assert groups_by["student-05"] is None


def test_a_class_without_groups_has_no_section(class_of: Class, found: list[Group]) -> None:
    assert 'id="groups"' not in page_with(class_of)
    assert 'id="groups"' not in page_with(class_of, found[1]), "one alone is no group"
