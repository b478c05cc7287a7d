"""What a file has in place of a lab's name is said with its place, and no false consequence."""

from __future__ import annotations

import msgspec
import pytest

from autograder.judge import messages, own_names
from autograder.judge.diagnosis.diagnosis import Diagnoser
from autograder.judge.judge import Judge
from autograder.judge.objective import Landscape
from autograder.judge.own_names import OwnNames, with_own_names
from autograder.judge.result import CheckResult, Diagnosis, Verdict
from autograder.protocol.array import pack
from autograder.protocol.job import Functions, Module, Role
from autograder.protocol.trace import (
    Failure,
    Loading,
    LossRecord,
    ProbeRecord,
    ScenarioRecord,
    Sighting,
    Trace,
    What,
)
from autograder.words.catalogue import say
from autograder.words.text import verbatim

from . import runs

PLAN = runs.lab_plan()
RIGHT = runs.right_trace(PLAN)
JUDGE = Judge(PLAN, RIGHT, Diagnoser(PLAN, RIGHT, ()))
LAB = Functions()
MODULE = Module(model_class=("LinearRegression",), criterion=("loss_fn",))


def names(*sightings: Sighting, contract: Functions | Module = LAB) -> OwnNames:
    return OwnNames(loading=Loading(sightings=sightings), contract=contract)


def seen(what: What, name: str = "", *, role: Role = "train_model", **more: object) -> Sighting:
    return msgspec.structs.replace(Sighting(what=what, role=role, name=name, line=12), **more)


def with_loading(*sightings: Sighting, failures: tuple[Failure, ...] = ()) -> Loading:
    assert RIGHT.loading is not None
    return msgspec.structs.replace(RIGHT.loading, sightings=sightings, failures=failures)


@pytest.mark.parametrize(
    ("sighting", "message"),
    [
        (seen("function", "descend"), "your file trains in descend (line 12)."),
        (seen("function", "f", role="forward"), "your file predicts in f (line 12)."),
        (seen("function", "mse", role="criterion"), "your file computes a loss in mse (line 12)."),
        (seen("method", "T.fit"), "your file trains in T.fit, inside a class (line 12)."),
        (seen("inner", "main.fit"), "your file trains in fit, inside main (line 12)."),
        (seen("similar", "trian_model"), "your file has trian_model (line 12)."),
        (seen("object", "mse", role="criterion"), "your file computes a loss with mse (line 12)."),
        (seen("loop"), "your file trains in a loop outside any function (line 12)."),
        (seen("rebound", "train_model"), "line 12 assigns something to this name that is not a function."),
        (
            seen("skipped", "train_model", cell=4),
            "code cell 4, line 12 defines it, inside code that was not run.",
        ),
    ],
)  # fmt: skip
def test_what_there_is_in_place_of_a_function_is_said(sighting: Sighting, message: str) -> None:
    found, hint = names(sighting).absence(sighting.role)
    assert say(found) == f"{LAB.names(sighting.role)[0]} is not defined: {message}"
    assert say(hint).endswith((".", "?"))
    assert found != names().absence(sighting.role)[0]


def test_a_model_s_class_of_another_name_is_said() -> None:
    sighting = seen("class", "Net", role="forward")
    found, _ = names(sighting, contract=MODULE).absence("forward")
    assert say(found) == (
        "LinearRegression is not defined: the model in your file is the class Net (line 12)."
    )


def test_a_cell_that_failed_is_the_cause_only_where_it_would_have_defined_the_name() -> None:
    sighting = seen("function", "descend")
    failure = Failure(kind="exception", text="ImportError: no", line=1, binds=("sns",))
    guilty = msgspec.structs.replace(failure, binds=("train_model",))
    for found, part in ((failure, "trains in descend"), (guilty, "line 1: raised ImportError: no")):
        loading = Loading(sightings=(sighting,), failures=(found,))
        assert part in say(OwnNames(loading=loading, contract=LAB).absence("train_model")[0])


@pytest.mark.parametrize(
    ("sighting", "contract", "told"),
    [
        (
            seen("parameter", "w1", instead=("w",)),
            LAB,
            "train_model trains w1 (line 12); the lab's w takes no part.",
        ),
        (
            seen("model", "line", instead=("w", "b")),
            LAB,
            "train_model trains line (line 12); the lab's w and b take no part.",
        ),
        (
            seen("model", "net", instead=("model",)),
            MODULE,
            "train_model trains net (line 12); the lab's model takes no part.",
        ),
    ],
)
def test_what_is_trained_instead_is_said(
    sighting: Sighting, contract: Functions | Module, told: str
) -> None:
    assert say(names(sighting, contract=contract).trained("train_model")) == told
    assert not names(contract=contract).trained("train_model")


def test_several_names_are_said_together() -> None:
    both = [seen("parameter", name, role="forward", instead=("w", "b")) for name in ("p", "q")]
    assert say(names(*both).trained("forward")) == (
        "forward predicts with p and q (line 12); the lab's w and b take no part."
    )


@pytest.mark.parametrize(
    ("sighting", "contract", "told"),
    [
        (
            seen("rate", "alpha", instead=("lr",)),
            LAB,
            "train_model takes its step size from alpha (line 12); the lab sets lr.",
        ),
        (
            seen("rate", "lr", instead=("lr",), inside=True),
            LAB,
            "train_model sets lr itself (line 12), whatever the lab sets.",
        ),
        (
            seen("number", instead=("lr",)),
            MODULE,
            (
                "train_model has a fixed number as its step size (line 12); "
                "the lab sets its rate in the optimizer."
            ),
        ),
    ],
)
def test_where_the_size_of_steps_comes_from_is_said(
    sighting: Sighting, contract: Functions | Module, told: str
) -> None:
    found = names(sighting, contract=contract)
    ignored = Diagnosis(
        id="learning-rate-ignored", function="train_model", message=verbatim("It is.")
    )
    assert say(with_own_names(ignored, found).message) == f"It is. {told}"
    assert with_own_names(ignored, names(contract=contract)) == ignored


def test_a_list_of_another_name_is_said_where_the_lab_s_stays_empty() -> None:
    empty = LossRecord(values=pack([]), kinds="")
    scenarios = {
        name: msgspec.structs.replace(
            record,
            calls=tuple(msgspec.structs.replace(call, losses=empty) for call in record.calls),
        )
        for name, record in RIGHT.scenarios.items()
    }
    other = seen("list", "losses", instead=("LOSS",))
    own = seen("list", "LOSS", instead=("LOSS",), inside=True)
    for sighting, told in (
        (other, "train_model appends to losses (line 12), and LOSS stays empty."),
        (own, "train_model creates its own list LOSS (line 12); the one outside stays empty."),
    ):
        trace = msgspec.structs.replace(RIGHT, scenarios=scenarios, loading=with_loading(sighting))
        verdict = JUDGE.judge(trace)
        assert say(check(verdict, "loss_recorded").message) == told
        (named,) = verdict.diagnosis
        assert (named.id, say(named.message).endswith(told)) == ("loss-not-recorded", True)


def test_a_list_of_another_name_is_not_blamed_where_the_lab_s_is_filled() -> None:
    wrong = LossRecord(values=pack([1.0]), kinds="n")
    scenarios = {
        name: msgspec.structs.replace(
            record,
            calls=tuple(msgspec.structs.replace(call, losses=wrong) for call in record.calls),
        )
        for name, record in RIGHT.scenarios.items()
    }
    sighting = seen("list", "losses", instead=("LOSS",))
    trace = msgspec.structs.replace(RIGHT, scenarios=scenarios, loading=with_loading(sighting))
    assert "losses (line 12)" not in say(check(JUDGE.judge(trace), "loss_recorded").message)


def check(verdict: Verdict, id_: str) -> CheckResult:
    return next(found for found in verdict.checks if found.id == id_)


def missing(role: Role, *sightings: Sighting) -> Trace:
    """Return the right trace without a function."""
    failure = Failure(kind="missing", text=role)
    probes = {
        name: ProbeRecord(id=name, failure=failure) if name.startswith(role) else probe
        for name, probe in RIGHT.probes.items()
    }
    scenarios = dict(RIGHT.scenarios)
    if role == "train_model":
        scenarios = {name: ScenarioRecord(id=name, failure=failure) for name in scenarios}
    loading = with_loading(*sightings)
    return msgspec.structs.replace(RIGHT, probes=probes, scenarios=scenarios, loading=loading)


@pytest.mark.parametrize("role", ["forward", "criterion", "train_model"])
def test_a_check_and_the_diagnosis_say_what_there_is(role: Role) -> None:
    verdict = JUDGE.judge(missing(role, seen("function", "mine", role=role)))
    lost = [found for found in verdict.checks if not found.passed]
    assert {found.function for found in lost} == {role}
    assert all("in mine (line 12)" in say(found.message) for found in lost)
    (named,) = verdict.diagnosis
    assert (named.id, "in mine (line 12)" in say(named.message)) == ("name-missing", True)


def test_data_of_other_names_are_said_where_training_departs() -> None:
    sighting = seen("data", "xs", instead=("X", "Y"))
    told = "train_model works on xs (line 12); the lab's data are in X and Y."
    assert say(names(sighting).data()) == told
    assert not names().data()


def test_no_sentence_is_about_what_the_worker_did_not_see() -> None:
    nothing = names()
    told = (nothing.rate(), nothing.losses(), nothing.moved(), nothing.fixed())
    assert not any(told)
    assert (nothing.times(), nothing.is_fixed()) == (None, False)
    assert OwnNames(loading=None, contract=LAB).absence("forward") == messages.failure(
        Failure(kind="missing", text=""), "forward", public=True
    )


def test_every_kind_of_sighting_has_words() -> None:
    told = {*own_names.ABSENT, *own_names.USED, *own_names.IDLE}
    alone = {"still", "copied", "remade", "returns", "hidden", "global", "default", "numbered"}
    alone |= {"foreign", "cut", "early", "summed", "restored", "lost", "swapped", "random", "anew"}
    alone |= {"reassigned", "given", "unpredicted"}
    assert told | alone == set(What.__args__)


# Time


def timed(name: str, loop: str) -> ScenarioRecord:
    failure = Failure(kind="time", text="TimeUp", line=9, loop=loop, seconds=2.0)  # type: ignore[arg-type]
    return ScenarioRecord(id=name, failure=failure)


def out_of_time(loop: str, *sightings: Sighting) -> Verdict:
    scenarios = {name: timed(name, loop) for name in RIGHT.scenarios}
    loading = with_loading(*sightings)
    return JUDGE.judge(msgspec.structs.replace(RIGHT, scenarios=scenarios, loading=loading))


@pytest.mark.parametrize(
    ("loop", "mistake", "part"),
    [
        ("while", "infinite-loop", "was still in this loop when it was stopped after 2 s"),
        ("for", "too-slow", "this loop was still running"),
        ("", "too-slow", "took too long: it was stopped after 2 s of computing"),
        ("fixed", "fixed-iterations", "this loop always runs the same number of times"),
    ],
)
def test_a_call_that_took_too_long_is_told_by_its_loop(loop: str, mistake: str, part: str) -> None:
    verdict = out_of_time(loop)
    assert [found.id for found in verdict.diagnosis] == [mistake]
    assert part in say(check(verdict, "final_parameters").message)


def test_how_often_a_loop_always_runs_is_told() -> None:
    verdict = out_of_time("fixed", seen("fixed", times=1000))
    assert "always runs 1000 times" in say(check(verdict, "final_parameters").message)
    (named,) = verdict.diagnosis
    assert say(named.message).endswith("It always runs 1000 times.")


def ended(kept: int, *sightings: Sighting) -> Verdict:
    """Judge a trace whose process was ended for its time, after so many scenarios."""
    scenarios = dict(list(RIGHT.scenarios.items())[:kept])
    loading = with_loading(*sightings)
    return JUDGE.judge(
        msgspec.structs.replace(RIGHT, scenarios=scenarios, loading=loading, ending="time")
    )


@pytest.mark.parametrize("kept", [0, 1])
def test_a_process_that_took_too_long_as_a_whole_is_no_endless_loop(kept: int) -> None:
    verdict = ended(kept)
    (named,) = verdict.diagnosis
    assert (named.id, named.function) == ("too-slow", "train_model")
    assert say(named.message).startswith("Your file as a whole took too long")
    assert verdict.message == messages.TOO_LONG
    assert "as a whole took too long" in say(check(verdict, "final_parameters").message)


def test_a_process_that_took_too_long_for_a_loop_of_its_own_number_is_told_so() -> None:
    (named,) = ended(0, seen("fixed", times=20_000)).diagnosis
    assert named.id == "fixed-iterations"
    assert "as a whole took too long" in say(named.message)
    assert say(named.message).endswith("It always runs 20000 times.")


def test_what_was_seen_before_the_end_is_named_too() -> None:
    scenarios = {}
    for planned in PLAN.scenarios[:4]:
        run = runs.descend(
            planned.scenario, Landscape(runs.objective, planned.scenario), runs.wrong_sign
        )
        scenarios[planned.scenario.id] = run.record(id=planned.scenario.id)
    trace = msgspec.structs.replace(RIGHT, scenarios=scenarios, ending="time")
    assert [found.id for found in JUDGE.judge(trace).diagnosis] == ["wrong-update-sign", "too-slow"]


def test_waiting_is_named_as_that() -> None:
    failure = Failure(kind="wait", text="WaitUp", line=9)
    scenarios = {n: ScenarioRecord(id=n, failure=failure) for n in RIGHT.scenarios}
    verdict = JUDGE.judge(msgspec.structs.replace(RIGHT, scenarios=scenarios))
    assert verdict.status == "time_limit"
    assert [found.id for found in verdict.diagnosis] == ["waits-forever"]
    assert "waited for something that never arrived" in say(
        check(verdict, "final_parameters").message
    )
