"""Proofs as JUnit XML, which CI services show.

The format is described at https://github.com/testmoapp/junitxml.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from autograder.verification.item import Item, LabProof

_LINE = re.compile(r"\.py:(\d+)|\b(?:line|Zeile) (\d+)")
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_junit(proofs: Sequence[LabProof]) -> bytes:
    """Return one test suite a lab, one test case an item."""
    root = ET.Element("testsuites", name="autograder verify")
    for proof in proofs:
        suite = ET.SubElement(
            root,
            "testsuite",
            name=proof.lab,
            tests=str(len(proof.items)),
            failures=str(len(proof.refuted)),
            errors="0",
            skipped=str(sum(item.outcome == "equivalent" for item in proof.items)),
            time=f"{proof.seconds}",
        )
        for item in proof.items:
            _add_case(suite, item)
    ET.indent(root)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _add_case(suite: ET.Element, item: Item) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=f"{item.lab}.{item.group}", name=_fit(item.name)
    )
    if item.outcome == "refuted":
        case.set("file", _fit(item.file))
        if line := _LINE.search(item.message):
            case.set("line", line[1] or line[2])
        failure = ET.SubElement(case, "failure", message=_fit(item.message))
        failure.text = _fit(item.message)
    elif item.outcome == "equivalent":
        ET.SubElement(case, "skipped", message=_fit(item.message))
    elif item.message:
        ET.SubElement(case, "system-out").text = _fit(item.message)


def _fit(text: str) -> str:
    """Return text without what XML cannot contain."""
    return _NOT_XML.sub("\ufffd", text)
