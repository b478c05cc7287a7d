"""Judge stored traces with every sentence of the catalogue exchanged for its code, or as it is.

Run as a program, in a process of its own: ``python -m tests.judge.rewording TRACES [swap]``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from autograder.words import catalogue
from autograder.words.catalogue import say


def without_sentences() -> None:
    """Let every sentence of this process be its code and values."""
    catalogue._catalogues = lambda _: ()  # type: ignore[assignment]  # as a catalogue without entries


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
            found["words"] += [say(check.message) for check in verdict.checks]
            found["words"] += [say(one.message) for one in verdict.diagnosis]
            found["words"] += [say(verdict.departure)]
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
        without_sentences()
    print(json.dumps(decisions(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
