"""What is decided of stored traces, and all that is said of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from autograder.protocol.codec import decode_trace
from autograder.words.catalogue import say
from tests.judge.observed import Traces, judge_of


def decisions(labs: Mapping[str, Traces]) -> dict[str, Any]:
    """Judge all traces of these labs anew, with the catalogue as it is at present."""
    found: dict[str, Any] = {"words": []}
    for lab, traces in labs.items():
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
    whole: dict[str, Any] = json.loads(json.dumps(found))
    return whole
