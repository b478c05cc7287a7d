"""Records of scripts: only what the job asked for is believed."""

from __future__ import annotations

import msgspec
import pytest

from autograder.protocol.assembly import assemble
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import NO_TRAINING, Job, Situation
from autograder.protocol.script import Script, Sought, Step
from autograder.protocol.trace import Done, Failure, Loading, ScriptRecord, StepRecord, Trace
from autograder.protocol.value import Items, Kept, Nothing, Numbers, Text, Value

SCRIPT = Script(
    id="f/hidden-1",
    part="f",
    phase="hidden",
    steps=(
        Step(do="call", name="f", label="f", arguments=(Nothing(),), keep={"cache": 1}),
        Step(do="call", name="g", label="g", record=False),
        Step(do="call", name="h", label="h", named={"x": Nothing()}, effects=("arguments",)),
    ),
)
JOB = Job(
    files=(),
    contract=NO_TRAINING,
    preset=Situation(data={}, start={}, learning_rate=0.0),
    inert=(),
    probes=(),
    scenarios=(),
    sought=(Sought(names=("f",)),),
    scripts=(SCRIPT,),
)
GIVEN: Value = Items("tuple", (Text("a"), Kept("cache")))
HONEST = ScriptRecord(
    id="f/hidden-1",
    phase="hidden",
    steps=(StepRecord(value=GIVEN), StepRecord(), StepRecord(value=Nothing(), changed=("x",))),
)


def assembled(record: ScriptRecord) -> Trace:
    loading, *rest = map(encode_frame, (Loading(), record, Done()))
    return assemble(JOB, b"".join((loading, *rest)), ends=(len(loading),), ending="done")


def test_what_was_asked_for_is_believed() -> None:
    trace = assembled(HONEST)
    assert (trace.ending, trace.scripts) == ("done", {"f/hidden-1": HONEST})


def changed(at: int, step: StepRecord) -> ScriptRecord:
    steps = [*HONEST.steps]
    steps[at] = step
    return msgspec.structs.replace(HONEST, steps=tuple(steps))


FORGED = {
    "another phase": msgspec.structs.replace(HONEST, phase="public"),
    "another variant": msgspec.structs.replace(HONEST, variant=1),
    "another script": msgspec.structs.replace(HONEST, id="f/hidden-2"),
    "a step less": msgspec.structs.replace(HONEST, steps=HONEST.steps[:2]),
    "a step more": msgspec.structs.replace(HONEST, steps=(*HONEST.steps, StepRecord())),
    "what was not kept": changed(0, StepRecord(value=Kept("expected"))),
    "what is not recorded": changed(1, StepRecord(value=Nothing())),
    "value and failure": changed(
        0, StepRecord(value=GIVEN, failure=Failure(kind="exception", text=""))
    ),
    "an argument that was not given": changed(2, StepRecord(changed=("y",))),
    "effects that nobody looks for": changed(0, StepRecord(changed=("0",))),
    "a gradient of what was not given": changed(2, StepRecord(gradients={"y": Nothing()})),
    "numbers that are not there": changed(
        0, StepRecord(value=Numbers(library="numpy", dtype="f8", shape=(9,), data=b""))
    ),
    "a limit that is none of the job's": changed(
        0, StepRecord(failure=Failure(kind="time", text="", seconds=1.5))
    ),
    "an exception of no class of Python's": changed(
        0, StepRecord(failure=Failure(kind="exception", text="", raised="Secret"))
    ),
}


@pytest.mark.parametrize("name", FORGED)
def test_what_no_worker_of_ours_sends_ends_the_trace(name: str) -> None:
    trace = assembled(FORGED[name])
    assert (trace.ending, trace.scripts) == ("crash", {})
