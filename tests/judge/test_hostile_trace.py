"""A forged trace costs the forger points; it never stops the judge."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.exercise.spec import CHECKS
from autograder.judge.judge import Judge
from autograder.judge.result import Verdict
from autograder.protocol.array import Array, pack
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import Budget
from autograder.protocol.trace import CallRecord, Done, LossRecord, ProbeRecord, ScenarioRecord

from . import runs

PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
JUDGE = Judge(PLAN, RIGHT)
SHORT = Array("f8", (7, 1), b"\0" * 8)
IMPOSSIBLE = Array("f8", (0, 2**63), b"")
SCALAR = pack(1.0)
EMPTY = pack(np.zeros((0, 0)))


def judged(frames: dict[str, ProbeRecord | ScenarioRecord]) -> Verdict:
    """Judge what a child leaves that writes some forged frames among the right ones."""
    assert RIGHT.loading is not None
    right = {**RIGHT.probes, **RIGHT.scenarios, **frames}
    sent = [RIGHT.loading, *right.values(), Done()]
    job = PLAN.job("line.py", b"", Budget())
    return JUDGE.judge(assemble(job, b"".join(map(encode_frame, sent)), ending="done"))


def forged_call(**changes: object) -> CallRecord:
    """Return the right call of the hidden own scenario with some fields forged."""
    (call,) = RIGHT.scenarios["own"].calls
    return msgspec.structs.replace(call, **changes)


LOSSES = LossRecord(values=SHORT, kinds="n" * 7)
CALLS = {
    "parameters that do not fill their shape": {"parameters": {"w": SHORT}},
    "parameters of impossible shape": {"parameters": {"w": IMPOSSIBLE}},
    "no parameters": {"parameters": {}},
    "empty parameters": {"parameters": {"w": EMPTY}},
    "parameters of other names": {"parameters": {"v": SCALAR}},
    "too many parameters": {"parameters": {"w": SCALAR, "v": SCALAR}},
    "infinite parameters": {"parameters": {"w": pack(np.inf)}},
    "huge parameters": {"parameters": {"w": pack(1.7e308)}},
    "losses that do not fill their shape": {"losses": LOSSES},
    "losses of impossible shape": {"losses": LossRecord(values=IMPOSSIBLE, kinds="")},
    "losses without shape": {"losses": LossRecord(values=SCALAR, kinds="n")},
    "unknown kinds of losses": {"losses": LossRecord(values=pack(np.ones(7)), kinds="?" * 7)},
    "visits that do not fill their shape": {"visited": SHORT},
    "visits without shape": {"visited": SCALAR},
    "infinite visits": {"visited": pack(np.full((7, 1), np.inf))},
    "huge visits": {"visited": pack(np.geomspace(1.0, 1.7e308, 7)[:, None])},
    "huge visits to and fro": {"visited": pack(1.7e308 * (-1.0) ** np.arange(7)[:, None])},
    "visits that underflow": {"visited": pack(np.geomspace(1.0, 1e-308, 7)[:, None])},
    "gradients that do not fill their shape": {"fresh": {"w": SHORT}},
    "gradients without shape": {"fresh": {"w": SCALAR}},
    "gradients of other names": {"fresh": {"v": pack(np.ones((7, 1)))}, "visited": EMPTY},
    "infinite gradients": {"fresh": {"w": pack(np.full((7, 1), np.inf))}},
    "buffers that do not fill their shape": {"buffers": {"w": SHORT}},
    "buffers without shape": {"buffers": {"w": SCALAR}},
    "parameters at backwards without shape": {"held": SCALAR, "visited": EMPTY},
    "infinite parameters at backwards": {
        "held": pack(np.full((7, 1), np.inf)),
        "visited": EMPTY,
    },
    "negative count": {"steps_seen": -1},
}


@pytest.mark.parametrize("changes", CALLS.values(), ids=CALLS.keys())
@pytest.mark.parametrize("wander", [False, True], ids=["right path", "no linear map"])
def test_a_forged_call_stops_nothing(changes: dict[str, object], wander: bool) -> None:
    """Off the right path the buffers are looked at too."""
    path = {"visited": pack(np.array([[6.53, 5.0, 5.5, 4.0, 4.25, 3.0, 3.5]]).T)} if wander else {}
    record = ScenarioRecord(id="own", calls=(forged_call(**{**path, **changes}),))
    verdict = judged({"own": record})
    assert [check.id for check in verdict.checks] == list(CHECKS)
    assert verdict.status in ("graded", "crashed")


@pytest.mark.parametrize("prefixes", [SHORT, IMPOSSIBLE, SCALAR, EMPTY, pack(np.ones((7, 2)))])
def test_forged_runs_of_growing_length_stop_nothing(prefixes: Array) -> None:
    calls = (forged_call(visited=EMPTY),)
    verdict = judged({"own": ScenarioRecord(id="own", calls=calls, prefixes=prefixes)})
    assert [check.id for check in verdict.checks] == list(CHECKS)


@pytest.mark.parametrize("value", [SHORT, IMPOSSIBLE, SCALAR, EMPTY, pack(np.full((5, 1), np.nan))])
@pytest.mark.parametrize("probe", ["forward-public-5", "criterion-public-5"])
def test_a_forged_value_or_gradient_stops_nothing(probe: str, value: Array) -> None:
    right = RIGHT.probes[probe]
    for forged in (
        msgspec.structs.replace(right, value=value),
        msgspec.structs.replace(right, gradients=dict.fromkeys(right.gradients or {}, value)),
        msgspec.structs.replace(right, gradients={"v": value}),
    ):
        verdict = judged({probe: forged})
        assert verdict.score is not None
        assert verdict.score < 10.0
