"""Of what answers to hidden data no text is kept, and no place that was not named before."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from autograder.protocol.assembly import assemble, usage_of
from autograder.protocol.codec import encode_frame
from autograder.protocol.job import Job
from autograder.protocol.trace import (
    Done,
    Failure,
    Loading,
    Note,
    ProbeRecord,
    ScenarioRecord,
    Sighting,
    Spent,
    Trace,
)

from .frames import JOB

TELLING = Failure(
    kind="exception",
    text="ValueError: 0.123",
    cause="unknown-name",
    raised="ValueError",
    name="k123",
    cell=3,
    line=123,
    code="syntax-other",
    values={"name": "k123"},
)
LOADING = Loading(
    failures=(Failure(kind="exception", text="", name="numpi", cell=1, line=7),),
    notes=(Note(code="write-elsewhere", cell=2, line=9),),
    sightings=(Sighting(what="rate", role="train_model", cell=4, line=11),),
    missing=("seaborn",),
)


def hidden(job: Job) -> Job:
    """Return the job with its criterion probe and its second scenario hidden."""
    f, c = job.probes
    own, isolated = job.scenarios
    return replace(
        job,
        probes=(f, replace(c, phase="hidden")),
        scenarios=(own, replace(isolated, phase="hidden")),
    )


SEALED = hidden(JOB)
F = ProbeRecord(id="f", failure=replace(TELLING, name="nonpublic", cell=5, line=2))
C = ProbeRecord(id="c", failure=TELLING)
OWN = ScenarioRecord(id="s", failure=Failure(kind="exception", text="why"))
ISOLATED = ScenarioRecord(
    id="i", failure=TELLING, notes=(Note(code="write-elsewhere", line=1),), backwards=1234
)
WHOLE = ((LOADING, F, OWN), (C,), (ISOLATED, Spent(seconds=1.0), Done()))


def assembled(*parts: tuple[msgspec.Struct, ...]) -> Trace:
    encoded = [b"".join(map(encode_frame, part)) for part in parts]
    ends = [sum(map(len, encoded[:count])) for count in range(1, len(encoded))]
    return assemble(SEALED, b"".join(encoded), ends=ends, ending="done")


def test_what_is_public_keeps_its_words() -> None:
    trace = assembled(*WHOLE)
    assert (trace.ending, trace.loading, trace.probes["f"]) == ("done", LOADING, F)


def test_a_hidden_probe_keeps_codes_alone() -> None:
    kept = Failure(kind="exception", text="", cause="unknown-name", raised="ValueError")
    assert assembled(*WHOLE).probes["c"].failure == kept


def test_a_hidden_scenario_keeps_neither_notes_nor_counts() -> None:
    found = assembled(*WHOLE).scenarios["i"]
    assert (found.notes, found.partial, found.backwards) == ((), None, 2)


@pytest.mark.parametrize(("cell", "line"), [(1, 7), (2, 9), (4, 11)])
def test_a_place_that_was_named_before_is_kept(cell: int, line: int) -> None:
    again = replace(C, failure=replace(TELLING, cell=cell, line=line))
    failure = assembled(WHOLE[0], (again,), WHOLE[2]).probes["c"].failure
    assert failure is not None
    assert (failure.cell, failure.line) == (cell, line)


@pytest.mark.parametrize(("cell", "line"), [(1, 9), (2, 7), (1, None), (None, 7), (5, 1)])
def test_any_other_place_is_not(cell: int | None, line: int | None) -> None:
    again = replace(C, failure=replace(TELLING, cell=cell, line=line))
    failure = assembled(WHOLE[0], (again,), WHOLE[2]).probes["c"].failure
    assert failure is not None
    assert (failure.cell, failure.line) == (None, None)


@pytest.mark.parametrize("name", ["numpi", "seaborn"])
def test_a_name_that_was_named_before_is_kept(name: str) -> None:
    again = replace(C, failure=replace(TELLING, name=name))
    failure = assembled(WHOLE[0], (again,), WHOLE[2]).probes["c"].failure
    assert failure is not None
    assert failure.name == name


def test_a_public_frame_that_comes_late_does_not_count() -> None:
    trace = assembled((LOADING, F), (OWN, C), WHOLE[2])
    assert (trace.ending, set(trace.probes), trace.scenarios) == ("crash", {"f"}, {})


def test_an_answer_before_its_question_does_not_count() -> None:
    trace = assembled((LOADING, F, OWN, C), (), WHOLE[2])
    assert (trace.ending, set(trace.probes)) == ("crash", {"f"})


def test_an_answer_after_the_next_question_does_not_count() -> None:
    trace = assembled(WHOLE[0], (), (C, *WHOLE[2]))
    assert (trace.ending, set(trace.probes)) == ("crash", {"f"})


def test_a_frame_that_is_cut_in_two_by_a_question_does_not_count() -> None:
    encoded = [b"".join(map(encode_frame, part)) for part in WHOLE]
    first = len(encoded[0]) - 3
    ends = [first, len(encoded[0]) + len(encoded[1])]
    trace = assemble(SEALED, b"".join(encoded), ends=ends, ending="done")
    assert (trace.ending, set(trace.probes), trace.scenarios) == ("crash", {"f"}, {})


def test_a_cell_that_is_named_late_is_not_the_slowest() -> None:
    first, late = (encode_frame(Spent(cell=cell, seconds=0.0)) for cell in (1, 77))
    assert usage_of(first + late, 9.0, [len(first)]).slowest_cell == 1
