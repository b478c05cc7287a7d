"""Judge stored traces with every sentence of the judge's exchanged for another, or as it is.

Run as a program, in a process of its own: ``python -m tests.judge.rewording TRACES [swap]``.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.util
import json
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

JUDGE = "autograder.judge"
PLANTING = ("functions", "progress", "recording", "updates", "loop", "script", "sound", "row")
"""Modules of mistakes/ whose strings are code."""
PLACE = re.compile(r"(\{[^{}]*\})")


def reworded(text: str) -> str:
    """Return another sentence with the same places for values; a code stays what it is."""
    if " " not in text:
        return text
    parts = PLACE.split(text)
    return "".join(part if number % 2 else _other(part) for number, part in enumerate(parts))


def _other(text: str) -> str:
    return re.sub(r"\w", "z", text)


class _Rewording(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        if isinstance(node.value, str):
            return ast.copy_location(ast.Constant(reworded(node.value)), node)
        return node


class _Loader(SourceFileLoader):
    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:
        tree = ast.fix_missing_locations(_Rewording().visit(ast.parse(data)))
        code: CodeType = compile(tree, path, "exec", dont_inherit=True)
        return code

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(Path(self.path).read_bytes(), self.path)


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(JUDGE) or (
            name.rpartition(".")[2] in PLANTING and "mistakes" in name
        ):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and spec.origin is not None:
            spec.loader = _Loader(name, spec.origin)
        return spec


def decisions(path: Path) -> dict[str, Any]:
    """Return what is decided of every trace, and all that is said."""
    import msgspec

    from autograder.protocol.codec import decode_trace
    from tests.judge.observed import Traces, judge_of

    found: dict[str, Any] = {"words": []}
    for lab, traces in msgspec.msgpack.decode(path.read_bytes(), type=dict[str, Traces]).items():
        judge = judge_of(lab, traces)
        every = {"reference": traces.reference, **traces.wrong}
        every |= {f"{i} {f} {n}": data for n, (i, f, data) in enumerate(traces.mutants)}
        for name, data in every.items():
            verdict = judge.judge(decode_trace(data))
            found["words"] += [check.message for check in verdict.checks]
            found["words"] += [one.message for one in verdict.diagnosis] + [verdict.departure]
            found[f"{lab}: {name}"] = [
                verdict.status,
                verdict.score,
                [
                    (c.id, c.outcome, c.passed, c.points, c.scenarios, c.evidence)
                    for c in verdict.checks
                ],
                [(one.id, one.function, one.remarks) for one in verdict.diagnosis],
                bool(verdict.departure),
                verdict.review,
            ]
    return found


def main() -> None:
    """Print the decisions."""
    if sys.argv[2:]:
        sys.meta_path.insert(0, _Finder())
    print(json.dumps(decisions(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
