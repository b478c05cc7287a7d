"""JUnit XML holds every claim, and what does not hold as a failure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from autograder.verification.item import Item, LabProof
from autograder.verification.junit import as_junit

ITEMS = (
    Item(lab="slope", group="accepted", name="a.py"),
    Item(lab="slope", group="rejected", name="b.py", outcome="refuted", message="<b> & \x00more"),
    Item(lab="slope", group="mutant", name="m-1", outcome="equivalent", message="same"),
    Item(lab="slope", group="planted", name="a.py/m-1", outcome="unnamed", message="not named"),
)


def test_every_claim_is_a_case() -> None:
    data = as_junit([LabProof(lab="slope", items=ITEMS, margins=(), seconds=1.5)])
    (suite,) = ET.fromstring(data)
    assert suite.attrib == {
        "name": "slope",
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
        "time": "1.5",
    }
    cases = {case.attrib["name"]: case for case in suite}
    assert list(cases) == ["a.py", "b.py", "m-1", "a.py/m-1"]
    assert len(cases["a.py"]) == 0
    failure = cases["b.py"].find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "<b> & \ufffdmore"
    assert cases["m-1"].find("skipped") is not None
    assert cases["a.py/m-1"].findtext("system-out") == "not named"


def test_a_failure_names_its_file_and_the_line_that_the_message_names() -> None:
    wrong = Item(
        lab="slope",
        group="accepted",
        name="a.py",
        outcome="refuted",
        message="criterion: criterion does not work (line 12): NameError.",
    )
    data = as_junit([LabProof(lab="slope", items=(wrong, ITEMS[1]), margins=(), seconds=1.5)])
    first, second = ET.fromstring(data).iter("testcase")
    assert (first.get("file"), first.get("line")) == ("reference/slope/accepted/a.py", "12")
    assert (second.get("file"), second.get("line")) == ("reference/slope/rejected/b.py", None)
