"""No two modules import each other, not even by way of others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import autograder

ROOT = Path(autograder.__file__).parent
FACE = "autograder"  # loads check() and grade() when they are asked for


def module_of(path: Path) -> str:
    """Return a file's dotted name."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST, modules: set[str]) -> Iterator[str]:
    """Yield the modules that code imports, wherever the statement stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & modules
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names} & modules
            yield from inner or {node.module} & modules


def require_no_circle(sources: dict[str, str]) -> None:
    """Raise CycleError where there is one."""
    graph = {
        name: set(imports(ast.parse(source), set(sources))) - {FACE, name}
        for name, source in sources.items()
    }
    TopologicalSorter(graph).prepare()


def test_there_is_no_circle() -> None:
    require_no_circle({module_of(path): path.read_text("utf-8") for path in ROOT.rglob("*.py")})


def test_a_circle_is_seen() -> None:
    sources = {"a.b": "import a.c", "a.c": "def f():\n    from a.d import x", "a.d": "import a.b"}
    with pytest.raises(CycleError):
        require_no_circle(sources)
