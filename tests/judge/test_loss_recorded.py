"""loss_recorded: a plain number per iteration, the loss before its update, of one's own path."""

from __future__ import annotations

import dataclasses

import msgspec
import numpy as np
import pytest

from autograder.exercise.spec import DEFAULT_TOLERANCES
from autograder.judge import messages
from autograder.judge.checks.loss_recorded import examine_loss_recorded
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import Finding
from autograder.protocol.array import pack, unpack
from autograder.protocol.trace import LossRecord
from autograder.words.text import NOTHING

from . import runs
from .runs import Rule, view_of

START = {"w": -4.0, "b": 3.0}
TOLERANCE = DEFAULT_TOLERANCES["loss_recorded"]


def examine(view: ScenarioView) -> Finding:
    """Judge with the check's default tolerance."""
    return examine_loss_recorded(view, TOLERANCE)


def with_losses(view: ScenarioView, *lists: LossRecord | None) -> ScenarioView:
    """Return the view with another loss list after each call."""
    calls = zip(view.observed.calls, lists, strict=True)
    return runs.with_calls(view, [msgspec.structs.replace(c, losses=found) for c, found in calls])


def losses_of(view: ScenarioView) -> Values:
    """Return all losses that right code has recorded by the end."""
    record = view.observed.calls[-1].losses
    assert record is not None
    return unpack(record.values)


def changed(values: Values, kinds: str | None = None) -> ScenarioView:
    """Return a right run of four iterations that left these entries."""
    record = LossRecord(values=pack(values), kinds="n" * len(values) if kinds is None else kinds)
    return with_losses(RUN, record)


RUN = view_of(runs.right, start=START, calls=(4,), public=True)
LOSSES = losses_of(RUN)


@pytest.mark.parametrize(
    "rule", [runs.right, runs.accumulated, runs.wrong_sign, runs.momentum, runs.last_only]
)
@pytest.mark.parametrize("calls", [(4,), (2, 3)])
def test_honest_records_of_any_training_pass(rule: Rule, calls: tuple[int, ...]) -> None:
    finding = examine(view_of(rule, start=START, calls=calls))
    assert (finding.outcome, finding.message) == ("passed", NOTHING)
    assert finding.deviation is not None
    assert finding.deviation < 0.1


def test_a_list_emptied_at_each_call_is_as_good() -> None:
    view = view_of(runs.right, start=START, calls=(2, 3))
    emptied = [
        LossRecord(values=pack(part), kinds="n" * len(part))
        for part in np.split(losses_of(view), [2])
    ]
    assert examine(with_losses(view, *emptied)).outcome == "passed"


@pytest.mark.parametrize("values", [LOSSES[:3], [*LOSSES, 1.0], [], [*LOSSES, *LOSSES]])
def test_another_number_of_entries_than_iterations_fails(values: Values) -> None:
    found = examine(changed(np.array(values)))
    assert (found.outcome, found.message) == (
        "failed",
        messages.loss_count(len(values), 4, public=True),
    )


def test_kinds_and_values_must_be_as_many() -> None:
    assert examine(changed(LOSSES, kinds="nnn")).outcome == "failed"
    assert examine(changed(LOSSES[:3], kinds="nnnn")).outcome == "failed"


def test_a_list_that_holds_a_graph_fails() -> None:
    found = examine(changed(LOSSES, kinds="nnng"))
    assert (found.outcome, found.message) == ("failed", messages.LOSS_GRAPH)


def test_a_list_that_holds_something_else_fails() -> None:
    found = examine(changed(LOSSES, kinds="nxnn"))
    assert (found.outcome, found.message) == ("failed", messages.LOSS_KIND)


def test_detached_tensors_pass_with_a_word_of_advice() -> None:
    found = examine(changed(LOSSES, kinds="nnnt"))
    assert (found.outcome, found.message) == ("passed", messages.LOSS_ADVICE)


def test_detached_tensors_with_wrong_values_fail() -> None:
    assert examine(changed(LOSSES + 1.0, kinds="tttt")).outcome == "failed"


def test_losses_after_the_update_fail_with_their_own_words() -> None:
    assert RUN.steps is not None
    late, _ = RUN.landscape.evaluate(RUN.steps.after)
    found = examine(changed(late))
    assert (found.outcome, found.message) == ("failed", messages.LOSS_LATE)


@pytest.mark.parametrize(
    "values",
    [LOSSES * 9, LOSSES + 0.1, LOSSES[::-1], np.zeros(4), np.full(4, np.nan), np.full(4, np.inf)],
)
def test_other_numbers_than_the_path_s_losses_fail(values: Values) -> None:
    found = examine(changed(values))
    assert (found.outcome, found.message) == ("failed", messages.LOSS_OTHER)


def test_one_wrong_entry_fails() -> None:
    values = LOSSES.copy()
    values[2] *= 1.01
    assert examine(changed(values)).outcome == "failed"


def test_losses_of_a_run_that_is_not_finite_fail() -> None:
    (call,) = RUN.observed.calls
    visited = np.full((4, 2), np.nan)
    broken = msgspec.structs.replace(
        call,
        visited=pack(visited),
        losses=LossRecord(values=pack(np.full(4, np.nan)), kinds="nnnn"),
    )
    assert examine(runs.with_calls(RUN, [broken])).outcome == "failed"


def test_no_list_at_all_fails() -> None:
    found = examine(with_losses(RUN, None))
    assert (found.outcome, found.message) == ("failed", messages.NO_LOSSES)


def blind(view: ScenarioView) -> ScenarioView:
    """Return the view without evidence of its steps."""
    calls = [
        msgspec.structs.replace(call, visited=pack(np.zeros((0, 0))))
        for call in view.observed.calls
    ]
    observed = msgspec.structs.replace(view.observed, calls=tuple(calls), prefixes=None)
    return dataclasses.replace(view, observed=observed)


def test_losses_of_unseen_steps_count_where_training_got_on_the_way() -> None:
    finding = examine(blind(RUN))
    assert (finding.outcome, finding.evidence) == ("passed", "ends")


def test_losses_of_unseen_steps_are_no_evidence_at_the_goal() -> None:
    assert examine(blind(view_of(runs.right, start=START, calls=(90,)))).outcome == "absent"


def test_other_losses_of_unseen_steps_are_no_evidence() -> None:
    values = LOSSES + np.array([0.0, 0.1, 0.0, 0.0])
    assert examine(blind(changed(values))).outcome == "absent"


def test_right_losses_are_no_evidence_where_training_went_elsewhere() -> None:
    losses = LossRecord(values=pack(LOSSES), kinds="nnnn")
    view = with_losses(view_of(runs.wrong_rate, start=START, calls=(4,)), losses)
    assert examine(blind(view)).outcome == "absent"


def test_the_form_is_judged_where_steps_are_unseen() -> None:
    assert examine(blind(changed(LOSSES[:3]))).outcome == "failed"
    assert examine(blind(changed(LOSSES, kinds="gggg"))).outcome == "failed"
