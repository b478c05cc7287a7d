"""Hypothesis strategies for what crosses the wall, and one small job."""

from __future__ import annotations

from hypothesis import strategies as st

from autograder.protocol.array import Array, pack
from autograder.protocol.job import (
    CriterionProbe,
    File,
    ForwardProbe,
    Functions,
    Job,
    Scenario,
    Situation,
)
from autograder.protocol.trace import (
    CallRecord,
    Done,
    Failure,
    FailureKind,
    Loading,
    LossRecord,
    Note,
    ProbeRecord,
    ScenarioRecord,
)

texts = st.text(max_size=20)
arrays = st.lists(st.floats(width=64), max_size=4).map(pack)
named_arrays = st.dictionaries(texts, arrays, max_size=3)
failures = st.builds(
    Failure,
    kind=st.sampled_from(FailureKind.__args__),
    text=texts,
    cell=st.none() | st.integers(1, 99),
    line=st.none() | st.integers(1, 9999),
)
notes = st.builds(
    Note,
    code=texts,
    values=st.dictionaries(texts, texts, max_size=2),
    cell=st.none() | st.integers(1, 99),
    line=st.none() | st.integers(1, 9999),
)
loadings = st.builds(
    Loading,
    unreadable=st.none() | failures,
    failures=st.lists(failures, max_size=2).map(tuple),
    notes=st.lists(notes, max_size=2).map(tuple),
    defined=st.dictionaries(texts, texts, max_size=3),
)
probe_records = st.builds(
    ProbeRecord,
    id=texts,
    value=st.none() | arrays,
    gradients=st.none() | named_arrays,
    failure=st.none() | failures,
)
call_records = st.builds(
    CallRecord,
    parameters=named_arrays,
    losses=st.none() | st.builds(LossRecord, values=arrays, kinds=st.text("ntgx", max_size=4)),
    visited=arrays,
    fresh=named_arrays,
    buffers=named_arrays,
    steps_seen=st.integers(0, 99),
    held=arrays,
)
scenario_records = st.builds(
    ScenarioRecord,
    id=texts,
    calls=st.lists(call_records, max_size=2).map(tuple),
    prefixes=st.none() | arrays,
    notes=st.lists(notes, max_size=2).map(tuple),
    failure=st.none() | failures,
)
frames = loadings | probe_records | scenario_records | st.just(Done())


def column(*values: float) -> Array:
    """Return float32 values as a column, as data and probes have them."""
    return pack([[value] for value in values], dtype="f4")


SITUATION = Situation(
    data={"X": column(1.0, 2.0), "Y": column(2.0, 4.0)},
    start={"w": pack(0.0, dtype="f4")},
    learning_rate=0.1,
)
JOB = Job(
    files=(File(name="lab.py", data=b"x = 1"),),
    contract=Functions(),
    preset=SITUATION,
    inert=(),
    probes=(
        ForwardProbe(
            id="f", parameters=SITUATION.start, x=column(1.0, 2.0), cotangent=column(1.0, 1.0)
        ),
        CriterionProbe(id="c", yhat=column(1.0, 2.0), y=column(1.0, 1.0)),
    ),
    scenarios=(
        Scenario(id="s", kind="own", situation=SITUATION, calls=(2,)),
        Scenario(id="i", kind="isolated", situation=SITUATION, calls=(2, 1)),
    ),
)
"""A job of two probes and two scenarios: five frames and Done."""
