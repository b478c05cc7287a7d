"""Loops of a file's own code are counted, in each Python that is there; those of others are not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from autograder.worker import lines

LOOPS = {
    "for": "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total",
    "while": "def f(xs):\n    n = 0\n    while n < len(xs): n += 1\n    return n",
    "comprehension": "def f(xs):\n    return [x + 1 for x in xs]",
    "a dict's": "def f(xs):\n    return {x: x for x in xs}",
    "generator": "def f(xs):\n    return sum(x + 1 for x in xs)",
    "map": "def f(xs):\n    return list(map(lambda x: x + 1, xs))",
    "recursion": "def f(xs):\n    return xs[0] + f(xs[1:]) if len(xs) else 0",
    "nested": "def f(xs):\n    def g(x):\n        return x\n    return sorted(xs, key=g)",
}
NONE = {
    "sum": "def f(xs):\n    return sum(xs)",
    "slices": "def f(xs):\n    return xs[1:] + xs[:-1]",
    "a library's": "def f(xs):\n    return other(xs)",
    "a fixed number": "def f(xs):\n    return [xs[n] for n in range(3)]",
}
OTHER = "def other(xs):\n    return [x for x in xs]"
PROGRAM = """
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("lines", sys.argv[1])
lines = importlib.util.module_from_spec(spec); spec.loader.exec_module(lines)
elsewhere = {}
exec(sys.argv[3], elsewhere)
found = {}
for name, code in json.loads(sys.argv[2]).items():
    found[name] = []
    for size in (16, 64):
        namespace = {"other": elsewhere["other"]}
        exec(code, namespace)
        count = lines.LineCount(namespace)
        with count.counting():
            namespace["f"](list(range(size)))
        namespace["f"](list(range(size)))
        found[name].append(count.events)
print(json.dumps(found))
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("version", ["", "3.12", "3.13"])
def test_as_sizes_grow_loops_count_more_and_nothing_else_does(version: str) -> None:
    python = (shutil.which(f"python{version}") or "") if version else sys.executable
    if not python or run(python, "-c", "pass").returncode:
        pytest.skip(f"no Python {version} here")
    codes = json.dumps({**LOOPS, **NONE})
    told = run(python, "-I", "-c", PROGRAM, str(lines.__file__), codes, OTHER)
    assert not told.stderr
    found = json.loads(told.stdout)
    grown = {name for name, (few, many) in found.items() if many - few >= 40}
    assert grown == set(LOOPS)
    assert all(few == many > 0 for name, (few, many) in found.items() if name in NONE)
