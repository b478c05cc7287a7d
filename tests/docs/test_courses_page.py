"""``docs/courses.md`` counts the lines of the specs that the tests use, and leaves none out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SPECS = ROOT / "tests" / "judge" / "course_specs.py"
ROW = re.compile(r"^\|.*\| `(\w+)` \| yes \| (\d+)(?: \+ (\d+))? \|", re.MULTILINE)


def full(lines: list[str]) -> int:
    return sum(bool(line.strip()) for line in lines)


def counted() -> dict[str, tuple[int, int]]:
    """Return the lines of each spec, and those of the file that it takes, if any."""
    text = SPECS.read_text("utf-8")
    found, file = {}, 0
    for node in ast.parse(text).body:
        match node:
            case ast.Assign(value=ast.Constant(value=str(content))):
                file = full(content.splitlines())
            case ast.FunctionDef(name=name):
                source = ast.get_source_segment(text, node) or ""
                uses = "fixture(" in source
                found[name] = full(source.splitlines()[1:]), file if uses else 0
    return found


def test_the_table_has_every_spec_with_its_lines() -> None:
    page = (ROOT / "docs" / "courses.md").read_text("utf-8")
    shown = {name: (int(own), int(more or 0)) for name, own, more in ROW.findall(page)}
    assert shown == counted()
