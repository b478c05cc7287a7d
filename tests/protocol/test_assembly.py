"""A trace holds what the job asked for, in its order, and nothing that follows a forgery."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from autograder.protocol.array import Array, pack
from autograder.protocol.assembly import assemble
from autograder.protocol.codec import LENGTH, encode_frame
from autograder.protocol.trace import (
    LISTED_CELLS,
    LISTED_CHARACTERS,
    MOST_LANDMARKS,
    CallRecord,
    CodeCell,
    Done,
    Failure,
    Frame,
    Landmark,
    Listing,
    Loading,
    LossRecord,
    Note,
    ProbeRecord,
    ScenarioRecord,
    Sighting,
)

from .frames import JOB

LOADING = Loading(defined={"forward": "forward"})
F, C = ProbeRecord(id="f"), ProbeRecord(id="c")
LATE = Failure(kind="time", text="TimeUp")
S, T = ScenarioRecord(id="s", failure=LATE), ScenarioRecord(id="i", failure=LATE)
WHOLE: list[Frame] = [LOADING, F, C, S, T, Done()]
FORGED = ScenarioRecord(id="i", notes=(Note(code="forged"),), failure=LATE)


def stream(*frames: Frame) -> bytes:
    """Return what the child wrote."""
    return b"".join(map(encode_frame, frames))


def test_the_job_s_own_order_gives_a_whole_trace() -> None:
    trace = assemble(JOB, stream(*WHOLE), ending="done")
    assert (trace.ending, trace.detail) == ("done", "")
    assert trace.loading == LOADING
    assert trace.probes == {"f": F, "c": C}
    assert trace.scenarios == {"s": S, "i": T}


@pytest.mark.parametrize(
    ("frames", "kept"),
    [
        pytest.param([F, LOADING, *WHOLE[2:]], 0, id="loading not first"),
        pytest.param([LOADING, C, F, S, T, Done()], 1, id="probes swapped"),
        pytest.param([LOADING, F, C, T, S, Done()], 3, id="scenarios swapped"),
        pytest.param([LOADING, F, F, C, S, T, Done()], 2, id="probe repeated"),
        pytest.param([LOADING, LOADING, F, C, S, T, Done()], 1, id="loading repeated"),
        pytest.param([LOADING, F, C, S, S, Done()], 4, id="scenario repeated"),
        pytest.param([LOADING, F, ProbeRecord(id="x"), S, T, Done()], 2, id="id never asked for"),
        pytest.param([LOADING, F, C, ScenarioRecord(id="f")], 3, id="probe's id on a scenario"),
        pytest.param([LOADING, F, C, S, Done(), T], 4, id="done too early"),
        pytest.param([*WHOLE, FORGED], 5, id="scenario after done"),
        pytest.param([*WHOLE, Done()], 5, id="done repeated"),
    ],
)
def test_what_follows_the_first_frame_out_of_order_is_dropped(
    frames: list[Frame], kept: int
) -> None:
    trace = assemble(JOB, stream(*frames), ending="done")
    assert trace.ending == "crash"
    assert "out of order" in trace.detail
    found = [trace.loading, *trace.probes.values(), *trace.scenarios.values()]
    assert [frame for frame in found if frame is not None] == frames[:kept]


def test_a_repeated_frame_does_not_replace_the_first() -> None:
    trace = assemble(JOB, stream(LOADING, F, C, S, T, FORGED, Done()), ending="done")
    assert trace.scenarios["i"] == T


def test_a_frame_after_done_does_not_replace_the_first() -> None:
    trace = assemble(JOB, stream(*WHOLE, FORGED), ending="done")
    assert trace.scenarios["i"] == T


@pytest.mark.parametrize("count", range(len(WHOLE)))
def test_a_child_that_ends_without_done_has_crashed(count: int) -> None:
    trace = assemble(JOB, stream(*WHOLE[:count]), ending="done")
    assert trace.ending == "crash"
    assert trace.detail


def test_what_was_proved_before_garbage_stands() -> None:
    trace = assemble(JOB, stream(LOADING, F) + LENGTH.pack(1) + b"\xc1", ending="done")
    assert (trace.ending, trace.probes) == ("crash", {"f": F})


def test_garbage_after_done_makes_a_crash() -> None:
    trace = assemble(JOB, stream(*WHOLE) + LENGTH.pack(1) + b"\xc1", ending="done")
    assert trace.ending == "crash"


def test_an_unreadable_file_needs_no_done() -> None:
    loading = Loading(unreadable=Failure(kind="unreadable", text="empty"))
    trace = assemble(JOB, stream(loading), ending="done")
    assert (trace.ending, trace.loading) == ("done", loading)


def test_nothing_may_follow_an_unreadable_file() -> None:
    loading = Loading(unreadable=Failure(kind="unreadable", text="empty"))
    trace = assemble(JOB, stream(loading, F), ending="done")
    assert (trace.ending, trace.probes) == ("crash", {})


@pytest.mark.parametrize("ending", ["time", "memory", "output", "crash", "sandbox"])
def test_another_ending_than_done_is_kept_with_its_detail(ending) -> None:
    trace = assemble(JOB, stream(LOADING, F), ending=ending, detail="why")
    assert (trace.ending, trace.detail, trace.probes) == (ending, "why", {"f": F})


ROWS = pack(np.zeros((2, 1)))
CALL = CallRecord(
    parameters={"w": pack(1.0)},
    losses=LossRecord(values=pack([2.0, 1.0]), kinds="nn"),
    visited=ROWS,
    fresh={"w": ROWS},
    buffers={"w": ROWS},
    steps_seen=2,
    held=pack(np.zeros((0, 0))),
)


def test_a_record_that_fits_its_job_is_believed() -> None:
    record = ScenarioRecord(id="s", calls=(CALL,), prefixes=ROWS)
    trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
    assert (trace.ending, trace.scenarios["s"]) == ("done", record)


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {}},
        {"parameters": {"v": pack(1.0)}},
        {"parameters": {"w": pack(1.0), "v": pack(1.0)}},
        {"parameters": {"w": pack([1.0, 2.0])}},
        {"parameters": {"w": Array("f8", (), b"")}},
        {"losses": LossRecord(values=pack([1.0]), kinds="nn")},
        {"losses": LossRecord(values=pack(1.0), kinds="n")},
        {"visited": pack(1.0)},
        {"visited": Array("f8", (2, 1), b"")},
        {"fresh": {}},
        {"fresh": {"w": pack(1.0)}},
        {"fresh": {"v": ROWS}},
        {"buffers": {"w": pack([1.0])}},
        {"buffers": {"w": Array("f8", (0, 2**63), b"")}},
    ],
)
def test_a_call_that_does_not_fit_its_job_is_dropped(changes: dict[str, object]) -> None:
    record = ScenarioRecord(id="s", calls=(msgspec.structs.replace(CALL, **changes),))
    trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
    assert (trace.ending, trace.scenarios) == ("crash", {})
    assert trace.probes == {"f": F, "c": C}


@pytest.mark.parametrize("calls", [(), (CALL, CALL)])
def test_another_number_of_calls_than_asked_for_is_dropped(calls: tuple[CallRecord, ...]) -> None:
    record = ScenarioRecord(id="s", calls=calls)
    trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
    assert (trace.ending, trace.scenarios) == ("crash", {})


@pytest.mark.parametrize("prefixes", [pack(1.0), Array("f8", (2, 1), b"")])
def test_runs_of_growing_length_that_are_no_matrix_are_dropped(prefixes: Array) -> None:
    record = ScenarioRecord(id="s", calls=(CALL,), prefixes=prefixes)
    trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
    assert (trace.ending, trace.scenarios) == ("crash", {})


@pytest.mark.parametrize("value", [Array("f4", (3,), b""), Array("f4", (-1,), b"")])
def test_a_probe_s_array_that_is_not_sound_is_dropped(value: Array) -> None:
    record = ProbeRecord(id="f", value=value)
    trace = assemble(JOB, stream(LOADING, record, C, S, T, Done()), ending="done")
    assert (trace.ending, trace.loading, trace.probes) == ("crash", LOADING, {})


def sighting(name: str, *instead: str) -> Sighting:
    return Sighting(what="parameter", role="train_model", name=name, instead=instead)


BOUND = Failure(kind="syntax", text="SyntaxError", binds=("forward", "w"))
SLOW = Failure(kind="time", text="TimeUp", seconds=JOB.budget.cells_seconds)
SLOWER = Failure(kind="time", text="TimeUp", seconds=JOB.budget.cells_seconds / 4)


def test_names_and_limits_of_a_file_s_own_are_believed() -> None:
    loading = Loading(
        failures=(BOUND, SLOW, SLOWER),
        sightings=(sighting("Trainer.fit"), sighting("обучение", "w")),
    )
    trace = assemble(JOB, stream(loading, F, C, S, T, Done()), ending="done")
    assert (trace.ending, trace.loading) == ("done", loading)


@pytest.mark.parametrize(
    "loading",
    [
        Loading(sightings=(sighting("10/10 points"),)),
        Loading(sightings=(sighting("w" * 61),)),
        Loading(sightings=(sighting("w", "<b>"),)),
        Loading(sightings=(sighting("w", "b"),) * 600),
        Loading(failures=(msgspec.structs.replace(BOUND, binds=("a b",)),)),
        Loading(failures=(msgspec.structs.replace(BOUND, binds=("a",) * 41),)),
        Loading(failures=(msgspec.structs.replace(BOUND, raised="Score10"),)),
        Loading(failures=(msgspec.structs.replace(BOUND, name="10/10 points"),)),
        Loading(failures=(msgspec.structs.replace(BOUND, name="w" * 101),)),
        Loading(failures=(msgspec.structs.replace(SLOW, seconds=1.23),)),
        Loading(failures=(msgspec.structs.replace(SLOW, seconds=float("nan")),)),
    ],
)
def test_what_is_no_name_or_none_of_the_job_s_limits_is_dropped(loading: Loading) -> None:
    trace = assemble(JOB, stream(loading, F, C, S, T, Done()), ending="done")
    assert (trace.ending, trace.loading) == ("crash", None)


@pytest.mark.parametrize(
    "failure",
    [
        BOUND,
        msgspec.structs.replace(SLOW, seconds=12345.0),
        Failure(kind="exception", text="", raised="Score12345"),
    ],
    ids=["names", "limit", "exception"],
)
def test_a_scenario_tells_no_names_and_no_number_as_its_limit(failure: Failure) -> None:
    record = ScenarioRecord(id="s", failure=failure)
    trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
    assert (trace.ending, trace.scenarios) == ("crash", {})
    sound = msgspec.structs.replace(SLOW, seconds=JOB.budget.call_seconds)
    record = ScenarioRecord(id="s", failure=sound)
    assert assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done").ending == "done"


LISTED = Listing(file="slope.py", cells=(CodeCell(text="x = 1\ny = 2"),))
MARK = Landmark(role="forward", part="return", first=1, last=2)


def test_a_listing_counts_where_no_code_had_run_when_it_came() -> None:
    trace = assemble(JOB, stream(LISTED, *WHOLE), ending="done")
    assert (trace.listing, trace.ending, trace.loading) == (LISTED, "done", LOADING)
    cut_off = assemble(JOB, stream(LISTED), ending="crash")
    assert (cut_off.listing, cut_off.loading) == (LISTED, None)


def test_a_listing_that_nobody_asked_for_is_none() -> None:
    unlisted = msgspec.structs.replace(JOB, listed=False)
    assert assemble(unlisted, stream(LISTED, *WHOLE), ending="done").listing is None


def test_a_listing_that_student_code_sends_changes_nothing() -> None:
    forged = msgspec.structs.replace(LISTED, file="other.py")
    for frames in ([LISTED, LOADING, forged, *WHOLE[1:]], [LISTED, forged, *WHOLE]):
        trace = assemble(JOB, stream(*frames), ending="done")
        assert (trace.listing, trace.ending) == (LISTED, "done")
    late = assemble(JOB, stream(LOADING, forged, *WHOLE[1:]), ending="done")
    assert (late.listing, late.ending) == (None, "done")


@pytest.mark.parametrize(
    "changes",
    [
        {"file": "x" * 2000},
        {"cells": (CodeCell(text="x" * (2 * LISTED_CHARACTERS)),)},
        {"cells": tuple(CodeCell(number=n, text="x") for n in range(LISTED_CELLS + 1))},
        {"cells": (CodeCell(text="x"), CodeCell(text="y"))},
        {"landmarks": (MARK,) * (MOST_LANDMARKS + 1)},
        {"landmarks": (msgspec.structs.replace(MARK, last=3),)},
        {"landmarks": (msgspec.structs.replace(MARK, first=0),)},
        {"landmarks": (msgspec.structs.replace(MARK, cell=4),)},
        {"bare": ("x = 1", "y = 2")},
        {"bare": ("x" * (LISTED_CHARACTERS + 1),)},
    ],
)
def test_a_listing_that_our_worker_would_not_send_ends_the_trace(
    changes: dict[str, object],
) -> None:
    listing = msgspec.structs.replace(LISTED, **changes)
    trace = assemble(JOB, stream(listing, *WHOLE), ending="done")
    assert (trace.listing, trace.ending) == (None, "crash")


def test_how_far_a_call_came_must_be_of_its_job_and_of_one_that_failed() -> None:
    whole = CALL
    failed = ScenarioRecord(id="s", failure=Failure(kind="exception", text=""), partial=whole)
    other = msgspec.structs.replace(whole, parameters={"x": pack([1.0])})
    for record, ending in (
        (failed, "done"),
        (msgspec.structs.replace(failed, partial=other), "crash"),
        (ScenarioRecord(id="s", calls=(whole,), partial=whole), "crash"),
    ):
        trace = assemble(JOB, stream(LOADING, F, C, record, T, Done()), ending="done")
        assert trace.ending == ending
