"""The labs that come with us: a checkout's own, or those that an installed wheel brings.

A wheel has them outside of the packages, below ``share/``: what a student's code can read within
the sandbox are packages, and these are solutions.
"""

from __future__ import annotations

import ast
import importlib.metadata
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import autograder
from autograder.errors import CourseError
from autograder.exercise.fixtures import FOLDERS
from autograder.words.catalogue import say

SHARED = "share/torch-autograder/labs/"
SPEC = "exercise.py"
PLACES = ("", "accepted", "rejected", *FOLDERS)
SUFFIXES = (".py", ".ipynb")


def shipped_labs() -> dict[str, Path]:
    """Return the folder of each lab that comes with us, by name."""
    checkout = Path(autograder.__file__).resolve().parents[1] / "reference"
    specs = sorted(checkout.glob(f"*/{SPEC}")) or sorted(_installed())
    return {spec.parent.name: spec.parent for spec in specs}


def copied_lab(origin: str, name: str, title: str) -> dict[str, bytes]:
    """Return the files of a shipped lab under another name, by path relative to its folder.

    Without a ``title`` the lab keeps its own. Raises CourseError where there is no such lab.
    """
    labs = shipped_labs()
    if origin not in labs:
        raise CourseError(say("lab-not-shipped", name=origin, labs=", ".join(labs)))
    folder = labs[origin]
    tree = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for below in PLACES
        for path in sorted((folder / below).glob("*"))
        if path.is_file() and path.suffix in SUFFIXES
    }
    page = tree.pop(f"{origin}.py")
    spec, old = _renamed(tree[SPEC], {"lab": name} | ({"title": title} if title else {}))
    spec = spec.replace(f"Spec of ``{origin}``".encode(), f"Spec of ``{name}``".encode(), 1)
    if title:
        page = page.replace(f"# # {old['title']}\n".encode(), f"# # {title}\n".encode(), 1)
    return tree | {SPEC: spec, f"{name}.py": page}


def _installed() -> Iterator[Path]:
    try:
        files = importlib.metadata.files("torch-autograder") or ()
    except importlib.metadata.PackageNotFoundError:
        return
    for file in files:
        if SHARED in file.as_posix() and file.name == SPEC:
            yield Path(str(file.locate())).resolve()


def _renamed(spec: bytes, values: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """Return a spec whose Exercise has other texts for some keywords, and what they were."""
    old: dict[str, str] = {}
    lines = spec.splitlines(keepends=True)
    for node in ast.walk(ast.parse(spec)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Exercise":
            for keyword in node.keywords:
                value, key = keyword.value, str(keyword.arg)
                if key in values and isinstance(value, ast.Constant):
                    old[key] = str(value.value)
                    text = json.dumps(values[key], ensure_ascii=False).encode()
                    line, ends = lines[value.lineno - 1], value.end_col_offset
                    lines[value.lineno - 1] = line[: value.col_offset] + text + line[ends:]
    return b"".join(lines), old
