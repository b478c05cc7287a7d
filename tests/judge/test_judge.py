"""The judge turns findings into points: statuses, rescue by isolated scenarios, no leak."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import numpy as np
import pytest
import torch

from autograder.errors import CourseError
from autograder.exercise.spec import CHECKS, Tolerance
from autograder.judge import messages
from autograder.judge.checks import PROBE_CHECKS, TRAINING_CHECKS
from autograder.judge.evidence import ScenarioView
from autograder.judge.judge import Judge, require_full_marks, worst
from autograder.judge.result import CheckResult, Finding, Verdict
from autograder.judge.status import status_of
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import ForwardProbe
from autograder.protocol.trace import (
    Ending,
    Failure,
    FailureKind,
    Loading,
    LossRecord,
    Note,
    ProbeRecord,
    ScenarioRecord,
    Sighting,
    Trace,
)
from autograder.words.catalogue import say
from autograder.words.text import verbatim

from . import runs

PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
JUDGE = Judge(PLAN, RIGHT)
OWN = [p.scenario.id for p in PLAN.scenarios if p.scenario.kind == "own"]
ISOLATED = [p.scenario.id for p in PLAN.scenarios if p.scenario.kind == "isolated"]
FORWARD = [p.id for p in PLAN.probes if isinstance(p, ForwardProbe)]
OUTCOMES = ("passed", "failed", "skipped", "absent")


def finding(outcome: str, message: str = "") -> Finding:
    """Return a finding."""
    return Finding(outcome=outcome, message=verbatim(message))  # type: ignore[arg-type]


def check(verdict: Verdict, name: str) -> CheckResult:
    """Return one check of a verdict."""
    (found,) = (check for check in verdict.checks if check.id == name)
    return found


def with_probes(trace: Trace, **records: ProbeRecord) -> Trace:
    """Return the trace with other probe records; underscores stand for hyphens."""
    new = {name.replace("_", "-"): record for name, record in records.items()}
    return msgspec.structs.replace(trace, probes={**trace.probes, **new})


def with_scenario(trace: Trace, record: ScenarioRecord) -> Trace:
    """Return the trace with another record of one scenario."""
    return msgspec.structs.replace(trace, scenarios={**trace.scenarios, record.id: record})


def failed(kind: FailureKind, text: str = "why") -> Failure:
    """Return a failure on line 3."""
    return Failure(kind=kind, text=text, line=3)


def test_right_code_earns_full_marks() -> None:
    verdict = JUDGE.judge(RIGHT)
    assert (verdict.status, verdict.score, verdict.max_score) == ("graded", 10.0, 10.0)
    assert [check.id for check in verdict.checks] == list(CHECKS)
    assert all(check.passed and say(check.message) == "" for check in verdict.checks)


def test_judging_leaves_the_trace_and_the_verdict_the_same_each_time() -> None:
    assert JUDGE.judge(RIGHT) == JUDGE.judge(RIGHT)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ([], "absent"),
        (["passed", "passed"], "passed"),
        (["passed", "failed"], "failed"),
        (["skipped", "failed"], "failed"),
        (["skipped", "passed"], "skipped"),
        (["absent", "skipped"], "skipped"),
        (["absent", "failed"], "failed"),
        (["absent", "passed"], "passed"),
        (["absent", "absent"], "absent"),
    ],
)
def test_the_worst_finding_decides(outcomes: list[str], expected: str) -> None:
    assert worst([finding(o) for o in outcomes]).outcome == expected
    assert worst([finding(o) for o in reversed(outcomes)]).outcome == expected


def test_the_first_failure_speaks() -> None:
    found = [finding("passed"), finding("failed", "first"), finding("failed", "second")]
    assert say(worst(found).message) == "first"


def test_a_pass_with_advice_speaks_before_a_silent_one() -> None:
    assert worst([finding("passed"), finding("passed", "advice")]).message == verbatim("advice")


DECISIONS = {
    # own: outcome for isolated = passed, failed, skipped, absent; where a function is wrong
    "passed": ("passed", "passed", "passed", "passed"),
    "failed": ("passed", "failed", "skipped", "failed"),
    "skipped": ("passed", "failed", "skipped", "skipped"),
    "absent": ("passed", "failed", "skipped", "skipped"),
}
ROWS = [
    (own, isolated, right, own if right and own != "absent" else decided)
    for own, row in DECISIONS.items()
    for isolated, decided in zip(OUTCOMES, row, strict=True)
    for right in (True, False)
    if not (right and own == "absent")
] + [("absent", isolated, True, "skipped") for isolated in OUTCOMES]


@pytest.mark.parametrize("name", list(TRAINING_CHECKS))
@pytest.mark.parametrize(("own", "isolated", "functions_right", "outcome"), ROWS)
def test_isolated_scenarios_rescue_only_where_forward_or_criterion_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    own: str,
    isolated: str,
    functions_right: bool,  # a row of the table
    outcome: str,
) -> None:
    by_kind = {"own": finding(own, "own"), "isolated": finding(isolated, "isolated")}
    role = "passed" if functions_right else "failed"
    monkeypatch.setitem(
        TRAINING_CHECKS, name, lambda view, tolerance: by_kind[view.planned.scenario.kind]
    )
    monkeypatch.setitem(PROBE_CHECKS, "criterion", lambda view, tolerance: finding(role))
    result = check(Judge(PLAN, RIGHT).judge(RIGHT), name)  # one that has not seen the record yet
    assert result.outcome == outcome
    assert result.passed is (outcome == "passed")
    assert result.points == (result.max_points if outcome == "passed" else 0.0)


def test_equal_records_are_looked_at_once_and_others_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever else a trace holds: a finding depends on its record alone."""
    seen: list[str] = []
    real = TRAINING_CHECKS["final_parameters"]

    def noted(view: ScenarioView, tolerance: Tolerance) -> Finding:
        seen.append(view.observed.id)
        return real(view, tolerance)

    monkeypatch.setitem(TRAINING_CHECKS, "final_parameters", noted)
    judge = Judge(PLAN, RIGHT)
    verdict = judge.judge(RIGHT)
    assert sorted(seen) == sorted(OWN)
    assert judge.judge(msgspec.structs.replace(RIGHT, output="printed")) == verdict
    assert len(seen) == len(OWN)
    other = RIGHT.scenarios[OWN[1]]
    (call, *calls) = other.calls
    moved = {name: pack(unpack(array) + 1.0) for name, array in call.parameters.items()}
    call = msgspec.structs.replace(call, parameters=moved)
    record = msgspec.structs.replace(other, calls=(call, *calls))
    assert not check(judge.judge(with_scenario(RIGHT, record)), "final_parameters").passed
    assert seen[len(OWN) :].count(OWN[1]) == 1
    assert not {*OWN[:1], *OWN[2:]} & {*seen[len(OWN) :]}
    assert judge.judge(RIGHT) == verdict


@pytest.mark.parametrize("name", OWN)
def test_one_own_scenario_that_fails_costs_the_training_checks(name: str) -> None:
    trace = with_scenario(RIGHT, ScenarioRecord(id=name, failure=failed("exception")))
    verdict = JUDGE.judge(trace)
    assert (verdict.score, verdict.status) == (4.0, "graded")
    assert "line 3: train_model raised" in say(check(verdict, "final_parameters").message)


@pytest.mark.parametrize("name", ISOLATED)
def test_isolated_scenarios_never_punish(name: str) -> None:
    trace = with_scenario(RIGHT, ScenarioRecord(id=name, failure=failed("exception")))
    assert JUDGE.judge(trace).score == 10.0


@pytest.mark.parametrize("probe", FORWARD)
def test_every_probe_counts(probe: str) -> None:
    trace = with_probes(RIGHT, **{probe: ProbeRecord(id=probe, failure=failed("exception"))})
    verdict = JUDGE.judge(trace)
    assert (verdict.score, check(verdict, "forward").passed) == (8.0, False)


def test_a_record_with_fewer_calls_than_asked_for_fails() -> None:
    verdict = JUDGE.judge(with_scenario(RIGHT, ScenarioRecord(id="own")))
    assert verdict.score == 4.0


@pytest.mark.parametrize(
    ("ending", "status"),
    [
        ("done", "graded"),
        ("time", "time_limit"),
        ("memory", "memory_limit"),
        ("output", "output_limit"),
        ("crash", "crashed"),
        ("sandbox", "sandbox_error"),
    ],
)
def test_the_status_follows_from_the_ending(ending: Ending, status: str) -> None:
    assert status_of(msgspec.structs.replace(RIGHT, ending=ending)) == status


STATUSES = {
    "time": "time_limit",
    "wait": "time_limit",
    "memory": "memory_limit",
    "output": "output_limit",
}


@pytest.mark.parametrize("place", ["loading", "probe", "scenario"])
@pytest.mark.parametrize("kind", FailureKind.__args__)
def test_only_limits_met_on_the_way_change_the_status(kind: FailureKind, place: str) -> None:
    failure = failed(kind)
    if place == "loading":
        loading = Loading(failures=(failure,), defined={"forward": "forward"})
        trace = msgspec.structs.replace(RIGHT, loading=loading)
    elif place == "probe":
        probe = FORWARD[-1]
        trace = with_probes(RIGHT, **{probe: ProbeRecord(id=probe, failure=failure)})
    else:
        trace = with_scenario(RIGHT, ScenarioRecord(id="own", failure=failure))
    assert status_of(trace) == STATUSES.get(kind, "graded")


def test_the_first_limit_met_names_the_status() -> None:
    trace = with_scenario(RIGHT, ScenarioRecord(id="own", failure=failed("memory")))
    probe = FORWARD[0]
    trace = with_probes(trace, **{probe: ProbeRecord(id=probe, failure=failed("time"))})
    assert status_of(trace) == "time_limit"


@pytest.mark.parametrize(
    ("loading", "status"),
    [
        (Loading(unreadable=failed("unreadable")), "not_gradable"),
        (Loading(unreadable=failed("memory")), "memory_limit"),
        (Loading(defined={}), "not_gradable"),
        (Loading(defined={"criterion": "criterion"}), "graded"),
        (None, "not_gradable"),
    ],
)
def test_the_status_follows_from_the_loading(loading: Loading | None, status: str) -> None:
    assert status_of(msgspec.structs.replace(RIGHT, loading=loading)) == status


def test_our_own_fault_has_no_score_and_no_checks() -> None:
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, ending="sandbox", detail="mount"))
    assert (verdict.score, verdict.checks, verdict.max_score) == (None, (), 10.0)


def test_a_file_that_cannot_be_graded_has_zero_points_and_says_why() -> None:
    loading = Loading(unreadable=Failure(kind="unreadable", text="the file\x1b is empty"))
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, loading=loading))
    assert (verdict.score, verdict.checks, say(verdict.message)) == (0.0, (), "the file is empty")


def test_nothing_defined_is_said_with_the_first_broken_cell() -> None:
    failure = Failure(kind="syntax", text="SyntaxError: ?", cell=2, line=4, binds=("forward",))
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, loading=Loading(failures=(failure,))))
    assert verdict.status == "not_gradable"
    assert verdict.message.code == "nothing-defined-because"
    assert "cell 2, line 4: syntax error" in say(verdict.message)


def test_nothing_defined_blames_no_cell_that_would_have_defined_nothing() -> None:
    failure = Failure(kind="exception", text="ModuleNotFoundError: No module named 'seaborn'")
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, loading=Loading(failures=(failure,))))
    assert verdict.message == messages.NOTHING_DEFINED
    seen = Sighting(what="loop", role="train_model", line=8)
    loading = Loading(failures=(failure,), sightings=(seen,))
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, loading=loading))
    assert say(verdict.message).endswith(
        "your file trains in a loop outside any function (line 8)."
    )


@pytest.mark.parametrize("ending", ["time", "memory", "output", "crash"])
def test_what_was_proved_before_a_limit_counts(ending: Ending) -> None:
    """The probes were observed, one training scenario was not."""
    kept = {name: RIGHT.scenarios[name] for name in OWN[:-1]}
    trace = msgspec.structs.replace(RIGHT, scenarios=kept, ending=ending)
    verdict = JUDGE.judge(trace)
    assert (verdict.score, len(verdict.checks)) == (4.0, 6)
    assert check(verdict, "final_parameters").message == messages.not_observed(ending)[0]


@pytest.mark.parametrize("name", ["gradient_zeroing", "loss_recorded"])
def test_evidence_of_the_public_scenario_alone_earns_nothing(name: str) -> None:
    """Its numbers are known beforehand; the hidden one's steps are not seen, its end is wrong."""
    verdict = JUDGE.judge(hidden_call(visited=pack(np.zeros((0, 0))), parameters={"w": pack(1.5)}))
    assert not check(verdict, name).passed


def test_a_reference_that_loses_points_is_refused_by_name() -> None:
    probe = FORWARD[0]
    trace = with_probes(RIGHT, **{probe: ProbeRecord(id=probe, failure=failed("exception"))})
    require_full_marks(JUDGE.judge(RIGHT), "line.py")
    with pytest.raises(CourseError, match=r"line\.py: the reference .* forward: "):
        require_full_marks(JUDGE.judge(trace), "line.py")


def test_messages_and_notes_hold_no_control_characters() -> None:
    hostile = failed("exception", "E\x1b[2J\n\u202e")
    note = Note(code="not-run", values={"what": "\x1b[2J\n"})
    loading = Loading(failures=(hostile,), notes=(note,), defined={"forward": "forward"})
    trace = msgspec.structs.replace(RIGHT, loading=loading)
    trace = with_scenario(trace, ScenarioRecord(id="own", failure=hostile))
    verdict = JUDGE.judge(trace)
    shown = [
        say(verdict.message),
        *map(say, verdict.notes),
        *(say(check.message) for check in verdict.checks),
    ]
    assert not [text for text in shown if not text.isprintable()]


def own_record() -> ScenarioRecord:
    """Return the right record of the hidden own scenario, which has one call."""
    return RIGHT.scenarios["own"]


def hidden_call(**changes: object) -> Trace:
    """Return a trace that is wrong in the hidden own scenario alone."""
    (call,) = own_record().calls
    calls = (msgspec.structs.replace(call, **changes),)
    return with_scenario(RIGHT, msgspec.structs.replace(own_record(), calls=calls))


def hidden_failure(kind: FailureKind, text: str) -> Trace:
    """Return a trace in which training fails in the hidden own scenario alone."""
    return with_scenario(RIGHT, ScenarioRecord(id="own", failure=Failure(kind=kind, text=text)))


def hidden_probes(change: Callable[[ProbeRecord], ProbeRecord]) -> Trace:
    """Return a trace in which all hidden probes are wrong, and no public one."""
    hidden = [record for record in RIGHT.probes.values() if record.id not in PLAN.public_probes]
    return with_probes(RIGHT, **{record.id: change(record) for record in hidden})


def shifted(record: ProbeRecord) -> ProbeRecord:
    """Return the record with another value."""
    assert record.value is not None
    return msgspec.structs.replace(record, value=pack(unpack(record.value) + 6.53))


def telling(kind: FailureKind, text: str) -> Callable[[ProbeRecord], ProbeRecord]:
    """Return a change that makes a probe fail with that text."""
    failure = Failure(kind=kind, text=text)
    return lambda record: ProbeRecord(id=record.id, failure=failure)


SEVEN = runs.descend(
    PLAN.scenarios[1].scenario, JUDGE._surfaces._landscapes["own"], runs.accumulated
)
HIDDEN_MISTAKES = {
    "forward and criterion": hidden_probes(shifted),
    "end": hidden_call(parameters={"w": pack(6.53)}),
    "one loss too few": hidden_call(losses=LossRecord(values=pack(np.ones(6)), kinds="n" * 6)),
    "other losses": hidden_call(losses=LossRecord(values=pack(np.ones(7)), kinds="n" * 7)),
    "no losses": hidden_call(losses=None),
    "shape": hidden_call(parameters={"w": pack([6.53, 7.0])}),
    "not zeroed": with_scenario(RIGHT, SEVEN.record(id="own")),
    "training raises": hidden_failure("exception", "ValueError: 6.53"),
    "training names a type": hidden_failure("exception", "E6p53: w"),
    "training exits": hidden_failure("exit", "SystemExit: 6.53"),
    "training returns": hidden_failure("result", "w is no number any more: 6.53"),
    "probes raise": hidden_probes(telling("exception", "ValueError: 6.53")),
    "probes return": hidden_probes(telling("result", "forward returns a T653, not a tensor")),
}


@pytest.mark.parametrize("trace", HIDDEN_MISTAKES.values(), ids=HIDDEN_MISTAKES.keys())
def test_no_hidden_number_is_told(trace: Trace) -> None:
    """How many values of a probe differ may be told, and from which step on."""
    verdict = JUDGE.judge(trace)
    assert verdict.score is not None
    assert verdict.score < 10.0
    shown = " ".join(
        (say(verdict.message), *map(say, verdict.notes), *(say(c.message) for c in verdict.checks))
    )
    told = re.sub(r"\(\d+ of \d+ differs?\)|From step 2 on|shape to .*?\)", "", shown)
    assert not re.search(r"\d", told), told
    texts = (verdict.message, *verdict.notes, *(check.message for check in verdict.checks))
    stored = msgspec.json.encode(texts).decode()
    assert not re.search(r"6[.p]?53", stored), stored


def test_a_public_number_is_told() -> None:
    (call,) = RIGHT.scenarios["public-1"].calls
    calls = (msgspec.structs.replace(call, parameters={"w": pack(6.53)}),)
    record = msgspec.structs.replace(RIGHT.scenarios["public-1"], calls=calls)
    verdict = JUDGE.judge(with_scenario(RIGHT, record))
    assert "w ends at 6.53;" in say(check(verdict, "final_parameters").message)


def test_public_text_of_an_exception_is_told() -> None:
    record = ScenarioRecord(id="public-1", failure=failed("exception", "ValueError: 6.53"))
    verdict = JUDGE.judge(with_scenario(RIGHT, record))
    assert "ValueError: 6.53" in say(check(verdict, "final_parameters").message)


def test_everything_is_judged_on_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two threads that share thirty rows mostly wait for each other."""
    before, seen = torch.get_num_threads(), []

    def look(*_: object) -> Finding:
        seen.append(torch.get_num_threads())
        return Finding(outcome="passed")

    monkeypatch.setitem(PROBE_CHECKS, "forward", look)
    torch.set_num_threads(2)
    try:
        Judge(PLAN, RIGHT).judge(RIGHT)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert {*seen} == {1}
