"""A clock that jumps changes nothing: limits are monotonic, and no file's time decides a grade."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import autograder

ROOT = Path(autograder.__file__).parent
JUMPING = {"time.time", "time.time_ns", "time.localtime", "datetime.now", "datetime.utcnow"}
FILE_TIMES = {"st_mtime", "st_mtime_ns", "st_ctime", "st_ctime_ns", "getmtime"}
# A cache of converted notebooks within one nbgrader process; grades go by content all the same.
# When a grade was recorded, to be shown: which one counts goes by a number.
ALLOWED = {"nbgrader_bridge/sources.py: st_mtime_ns", "gradebook/book.py: datetime.now"}


def uses(tree: ast.AST) -> set[str]:
    """Return the names of clocks and of files' times that a module uses."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            dotted = ast.unparse(node)
            found |= {name for name in JUMPING if dotted == name or dotted.endswith(f".{name}")}
            found |= {node.attr} & FILE_TIMES
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            found |= {f"time.{alias.name}" for alias in node.names} & JUMPING
    return found


def test_nothing_goes_by_the_wall_clock() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in ROOT.rglob("*.py")
        for name in uses(ast.parse(path.read_text("utf-8")))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "line",
    ["time.time()", "from time import time", "datetime.datetime.now()", "path.stat().st_mtime"],
)
def test_a_wall_clock_is_seen(line: str) -> None:
    assert uses(ast.parse(line))
