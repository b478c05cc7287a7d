"""What is said of a submission leads to the lines that it is about, and to no others."""

from __future__ import annotations

import msgspec
import pytest

from autograder.judge import messages
from autograder.judge.result import CheckResult, Diagnosis
from autograder.judge.spots import Remark, Spot, remarks_of
from autograder.protocol.trace import (
    CodeCell,
    Failure,
    Landmark,
    Listing,
    Note,
    Part,
    ProbeRecord,
    ScenarioRecord,
    Sighting,
    Trace,
)
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, text, verbatim

from . import runs

PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
TRAINING: tuple[Part, ...] = (
    "definition",
    "loop",
    "prediction",
    "loss",
    "record",
    "backward",
    "update",
    "zeroing",
)
LISTING = Listing(
    file="slope.py",
    cells=(CodeCell(text="\n" * 29),),
    landmarks=(
        Landmark(role="forward", part="definition", first=2, last=3),
        Landmark(role="forward", part="return", first=3, last=3),
        Landmark(role="criterion", part="definition", first=5, last=6),
        *(
            Landmark(role="train_model", part=part, first=10 + n, last=20 if n == 0 else 10 + n)
            for n, part in enumerate(TRAINING)
        ),
    ),
)


def trace_of(listing: Listing | None = LISTING, **changes: object) -> Trace:
    return msgspec.structs.replace(RIGHT, listing=listing, **changes)


def loading(**changes: object) -> dict[str, object]:
    return {"loading": msgspec.structs.replace(RIGHT.loading, **changes)}


def named(mistake: str, function: str = "train_model") -> Diagnosis:
    return Diagnosis(id=mistake, function=function, message=verbatim(f"{mistake}."))


def check(name: str, function: str, message: str) -> CheckResult:
    return CheckResult(
        id=name,
        function=function,
        outcome="failed",
        passed=False,
        points=0.0,
        max_points=1.0,
        message=verbatim(message),
        hint=verbatim(""),
    )


def lines(found: tuple[Remark, ...]) -> list[int]:
    return [line for one in found for s in one.spots for line in range(s.first, s.last + 1)]


@pytest.mark.parametrize(
    ("diagnosis", "wanted"),
    [
        (named("gradient-not-zeroed"), [15, 17]),
        (named("wrong-update-sign"), [16]),
        (named("step-before-backward"), [15, 16]),
        (named("extra-iteration"), [11]),
        (named("loss-recorded-after-update"), [14]),
        (named("backward-missing"), [13]),
        (named("wrong-signature"), [10]),
        (named("a-mistake-of-tomorrow"), [11]),
        (named("bias-missing", "forward"), [3]),
        (named("loss-sum-not-mean", "criterion"), [5]),
    ],
)
def test_a_mistake_marks_the_lines_that_do_this_part(
    diagnosis: Diagnosis, wanted: list[int]
) -> None:
    assert lines(remarks_of(trace_of(), (), (diagnosis,), "")) == wanted


def test_a_name_of_the_file_s_own_marks_where_it_stands() -> None:
    seen = Sighting(what="rate", role="train_model", name="alpha", instead=("lr",), line=8)
    trace = trace_of(**loading(sightings=(seen,)))
    assert lines(remarks_of(trace, (), (named("learning-rate-ignored"),), "")) == [8]
    assert lines(remarks_of(trace, (), (named("wrong-update-sign"),), "")) == [16]


def test_a_line_that_the_sentence_names_is_marked_in_place_of_the_usual_ones() -> None:
    uncalled = text("idle-uncalled", place=messages.spot(None, 17), name="w.grad.zero_")
    found = Diagnosis(id="gradient-not-zeroed", function="train_model", message=uncalled)
    assert lines(remarks_of(trace_of(), (), (found,), NOTHING)) == [17]
    cells = (CodeCell(text="\n" * 3, number=2), CodeCell(text="\n" * 3, number=-2))
    for cell in (2, -2):
        listing = msgspec.structs.replace(LISTING, cells=cells)
        said = text("at-place", place=messages.spot(cell, 3), said=verbatim("Here."))
        (one,) = remarks_of(
            trace_of(listing), (), (msgspec.structs.replace(found, message=said),), NOTHING
        )
        assert one.spots == (Spot(cell=cell, first=3, last=3),)


def test_a_failure_marks_where_it_was_raised() -> None:
    raised = ScenarioRecord(id="own", failure=Failure(kind="exception", text="", line=12))
    trace = trace_of(scenarios={"own": raised})
    (one,) = remarks_of(trace, (), (named("graph-broken"),), "")
    assert (say(one.text), one.spots) == ("graph-broken.", (Spot(cell=None, first=12, last=12),))
    failed = check("final_parameters", "train_model", "line 12: it raised.")
    assert remarks_of(trace, (failed,), (), "") == (
        Remark(kind="failure", text=verbatim("line 12: it raised."), spots=one.spots),
    )


def test_a_function_that_gives_what_is_wrong_marks_what_it_gives() -> None:
    wrong = (check("forward", "forward", "forward gives 2."), check("criterion", "criterion", "6."))
    assert lines(remarks_of(trace_of(), wrong, (), "")) == [3, 5]
    probe = ProbeRecord(id="forward-x", failure=Failure(kind="exception", text="", line=2))
    assert lines(remarks_of(trace_of(probes={"forward-x": probe}), wrong, (), "")) == [2, 5]


def test_an_end_that_is_wrong_marks_nothing_and_the_first_departing_step_the_update() -> None:
    wrong = check("final_parameters", "train_model", "w ends at 3.")
    assert remarks_of(trace_of(), (wrong,), (), "") == ()
    (one,) = remarks_of(trace_of(), (wrong,), (), "In step 2, w goes 3 times as far.")
    assert (one.kind, lines((one,))) == ("mistake", [16])


def test_cells_that_broke_and_notes_mark_their_places() -> None:
    broken = Failure(kind="exception", text="NameError: x", line=1)
    note = Note(code="nobody-answers", line=4)
    found = remarks_of(trace_of(**loading(failures=(broken,), notes=(note,))), (), (), "")
    assert [(one.kind, lines((one,))) for one in found] == [("failure", [1]), ("note", [4])]


def test_places_that_are_not_in_the_code_are_left_out() -> None:
    forged = tuple(
        Failure(kind="exception", text=str(line), cell=cell, line=line)
        for cell, line in ((7, 1), (None, 31), (None, 0), (None, -3))
    )
    assert remarks_of(trace_of(**loading(failures=forged)), (), (), "") == ()


def test_what_is_said_twice_is_one_remark_with_all_places() -> None:
    twice = (
        check("forward", "forward", "It raised."),
        check("criterion", "criterion", "It raised."),
    )
    (one,) = remarks_of(trace_of(), twice, (), "")
    assert lines((one,)) == [3, 5]


def test_without_a_listing_nothing_is_marked() -> None:
    assert remarks_of(trace_of(None), (), (named("wrong-update-sign"),), "") == ()
