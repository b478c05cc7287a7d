"""Mistakes that show in what happened rather than in numbers: errors, limits, missing names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograder.exercise.measure import Measure
from autograder.judge import messages
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.order import Order
from autograder.judge.evidence import ScenarioView
from autograder.judge.mistakes.failure_messages import (
    CELL,
    END,
    HAPPENED,
    IN_A_FUNCTION,
    NAMED,
    START,
    Told,
)
from autograder.judge.own_names import OwnNames, culprit_of
from autograder.protocol.job import Contract, ForwardProbe, Module, Role, shown_name
from autograder.protocol.script import PHASES
from autograder.protocol.trace import (
    Cause,
    Ending,
    Failure,
    FailureKind,
    Landmark,
    ScenarioRecord,
    Trace,
)
from autograder.words.text import NOTHING, Text, Value, text

ROUNDING = 1e-6  # what a call works out anew is not the same to the last digit
_KINDS: Mapping[FailureKind, str] = {
    "not_implemented": "not-implemented",
    "signature": "wrong-signature",
    "wait": "waits-forever",
    "memory": "memory-exhausted",
    "module": "import-error",
    "exit": "program-ended",
}
_CAUSES: Mapping[Cause, str] = {
    "cut-off": "graph-broken",
    "nothing-returned": "returns-nothing",
    "number-returned": "graph-broken",
    "number-backward": "graph-broken",
    "leaf-in-place": "leaf-changed-in-place",
    "second-backward": "prediction-outside-loop",
    "import": "import-error",
    "syntax": "syntax-error",
    "unknown-name": "unknown-name",
    "unbound-name": "shadowed-name",
    "caret": "caret-power",
    "whole-numbers": "wrong-dtype",
    "mixed-fractions": "mixed-dtype",
    "bias-lacking": "bias-missing",
    "shapes-apart": "shapes-apart",
    "no-dimensions": "dimensions-missing",
    "no-tensor": "not-a-tensor",
    "not-called": "function-not-called",
    "gradient-assigned": "gradient-not-a-tensor",
    "one-only": "not-iterable",
    "not-a-module": "not-a-module",
    "parameters-differ": "other-parameters",
    "parts-differ": "wrong-unpacking",
    "parts-used": "not-a-number",
    "no-parts": "not-indexable",
    "no-place": "index-out-of-range",
    "numpy-of-graph": "numpy-of-graph",
    "backward-of-many": "backward-of-many",
    "number-of-many": "number-of-many",
    "other-arguments": "wrong-arguments",
    "not-callable": "not-a-function",
    "no-probabilities": "not-probabilities",
    "targets-beyond": "targets-beyond",
    "nothing-to-optimize": "nothing-to-optimize",
    "no-super": "super-not-called",
    "list-lost": "list-replaced",
    "result-none": "result-is-none",
    "no-attribute": "unknown-attribute",
}
FAINT = frozenset(
    {
        "shapes-apart",
        "dimensions-missing",
        "not-a-tensor",
        "function-not-called",
        "not-iterable",
        "wrong-unpacking",
        "not-a-number",
        "not-indexable",
        "index-out-of-range",
        "numpy-of-graph",
        "backward-of-many",
        "number-of-many",
        "wrong-arguments",
        "not-a-function",
        "not-probabilities",
        "targets-beyond",
        "result-is-none",
        "unknown-attribute",
    }
)
"""What says less than anything else that is known of the same error."""
_ENDINGS: Mapping[Ending, str] = {
    "time": "too-slow",
    "memory": "memory-exhausted",
    "output": "output-flood",
}
_NONE: Mapping[Cause, tuple[bool, ...]] = {
    "none-read": (False,),
    "none-emptied": (True,),
    "none-used": (False, True),  # .grad.data.zero_()
}
"""Whether a missing gradient was to be emptied, or to be read, or perhaps either."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Happening:
    """What happened: the mistake's id, the failure that shows it, and whose words tell it.

    ``missing`` is a name that is not defined for it, and ``said`` a sentence that says it all.
    """

    id: str
    failure: Failure | None = None
    told: Told = IN_A_FUNCTION
    missing: str = ""
    said: Text = NOTHING

    def message(self, contract: Contract, role: Role) -> Text:
        """Return what a student reads, the place first; nothing where the registry has words."""
        if self.said or self.id not in (*self.told[1], *HAPPENED):
            return self.said
        prefix = self.told[0] if self.id in self.told[1] else IN_A_FUNCTION[0]
        wanted, name = contract.names(role)[0], shown_name(contract, role)
        place, after = NOTHING, NOTHING
        if self.failure is not None:
            place, after = messages.where(self.failure), messages.after(self.failure)
        values: dict[str, Value] = {"name": name, "wanted": wanted, "after": after}
        values["missing"] = messages.clean(self.missing) or wanted
        code = f"{prefix}-{self.id}"
        if prefix == IN_A_FUNCTION[0] and self.id in NAMED and self.failure is not None:
            values["own"] = messages.clean(self.failure.name)
            inside = role == "forward" and isinstance(contract, Module)
            code += _ending(self.failure, self.id, inside=inside) if values["own"] else ""
        found = messages.at(place, Text(code, values))
        used = self.missing and self.missing not in contract.names(role)
        return messages.sentences(found, text("uses-it", name=name) if used else NOTHING)


def _ending(failure: Failure, mistake: str, *, inside: bool) -> str:
    """Return how the code of a sentence that names something ends; ``inside`` of a model."""
    if inside and mistake == "unknown-name":
        return "-in-model"
    made = failure.name == "__init__" and mistake == "wrong-arguments"
    return "-of-class" if made else "-named"


def of_failure(failure: Failure, own: OwnNames, role: Role) -> Happening | None:
    """Return what a failure shows by itself, None where it shows nothing known."""
    if failure.kind == "missing":
        return _of_missing(own, own.lost(failure, role))
    if failure.cause == "no-forward" and not (role == "forward" and failure.line):
        return Happening(id="name-missing", said=own.no_forward())
    kind = _slow(failure, role) if failure.kind == "time" else _KINDS.get(failure.kind)
    if kind is not None:
        return Happening(id=kind, failure=failure)
    if failure.cause == "unknown-name":
        culprit = culprit_of(own.loading, (failure.name,))
        if culprit is not None:
            return _in_a_cell(culprit, failure.name)
    if failure.cause == "number-of-many" and (said := own.given_data(role, failure.line)):
        return Happening(id="not-called", said=said)
    found = _CAUSES.get(failure.cause)
    return None if found is None else _of_cause(found, failure)


def _of_cause(found: str, failure: Failure) -> Happening:
    """Return what a known cause shows, with the failure where that has a place or a name."""
    if found == "other-parameters" and not failure.values.get("own", "-"):
        return Happening(id=found, said=text("model-without-parameters"))
    if found == "bias-missing":
        return Happening(id=found, said=text("bias-not-a-parameter"))
    return Happening(id=found, failure=failure)


def _of_missing(own: OwnNames, role: Role) -> Happening:
    """Return why a name is missing: what its cell did, or what there is instead.

    A stub that is a cell by itself does not tell what it is for; it is told where nothing else is.
    """
    wanted = own.contract.names(role)
    culprit = culprit_of(own.loading, wanted)
    if culprit is None and not own.reason(role)[0]:
        failures = own.loading.failures if own.loading is not None else ()
        stubs = (one for one in failures if one.kind == "not_implemented" and not one.binds)
        culprit = next(stubs, None)
    if culprit is not None:
        return _in_a_cell(culprit, wanted[0])
    return Happening(id="name-missing", said=own.absence(role)[0])


def _in_a_cell(culprit: Failure, missing: str) -> Happening:
    """Return what became of the cell that would have defined a name."""
    found = _KINDS.get(culprit.kind, "name-missing")
    if culprit.kind == "time":
        found = "infinite-loop" if culprit.loop == "while" else "too-slow"
    elif culprit.kind == "syntax":
        found = "syntax-error"
    elif culprit.cause == "import":
        found = "import-error"
    return Happening(id=found, failure=culprit, told=CELL, missing=missing)


def _slow(failure: Failure, role: Role) -> str:
    """Return why a call took too long: that it was still looping, if it was in a loop."""
    if failure.loop == "while":
        return "infinite-loop"
    return "fixed-iterations" if failure.loop == "fixed" and role == "train_model" else "too-slow"


def of_ending(trace: Trace, plan: Measure) -> tuple[Role | None, Happening] | None:
    """Return what ended the process, and the function that was being tried, None if it was none.

    What is sent first and was not observed is what it ended in.
    """
    kind = _ENDINGS.get(trace.ending)
    if kind is None:
        return None
    if trace.loading is None:
        return None, Happening(id=kind, told=START)
    for phase in PHASES:
        for probe in plan.probes:
            if probe.phase == phase and probe.id not in trace.probes:
                role: Role = "forward" if isinstance(probe, ForwardProbe) else "criterion"
                return role, Happening(id=kind, told=END)
        scenarios = [one.scenario for one in plan.scenarios]
        if any(one.phase == phase and one.id not in trace.scenarios for one in scenarios):
            break
    return "train_model", Happening(id=kind, told=END)


def of_training(
    record: ScenarioRecord,
    parameters: Iterable[str],
    own: OwnNames,
    marks: Sequence[Landmark] = (),
) -> tuple[Happening, ...]:
    """Return what an error inside the training function shows of how parameters were treated.

    Several where the error fits more than one, and ``marks`` do not say what its line is for.
    """
    failure = record.failure
    if failure is None or failure.kind != "exception":
        return ()
    shadowed = own.loading.shadowed if own.loading is not None else ()
    known = _by_cause(record, failure, own, {*parameters, *shadowed}, marks)
    if known is not None:
        return (known,)
    found = [
        _of_no_gradient(record, own, Order.of(marks), emptying=emptying)
        for emptying in _emptying(failure, marks)
    ]
    if found and record.backwards and own.foreign(failure.line):
        return (Happening(id="gradient-of-other", failure=failure),)
    if found and shadowed:
        found = ["shadowed-parameter"]
    elif found and own.trained("train_model"):
        found = ["parameters-untouched"]
    return tuple(Happening(id=one, failure=failure) for one in dict.fromkeys(found))


def _by_cause(
    record: ScenarioRecord,
    failure: Failure,
    own: OwnNames,
    parameters: Iterable[str],
    marks: Sequence[Landmark],
) -> Happening | None:
    """Return what an error's cause shows of how parameters were treated, None where nothing."""
    found = None
    if failure.cause == "unbound-name" and failure.name in parameters:
        found = Happening(id="shadowed-parameter", failure=failure)
    elif failure.cause == "second-backward" and own.summed():
        found = Happening(id="losses-added-up")
    elif failure.cause == "targets-beyond" and own.swapped():
        found = Happening(id="loss-arguments-swapped")
    elif failure.cause == "cut-off" and (record.backwards or record.holding == "frozen"):
        found = _of_later_cut(record, failure, own)
    elif failure.cause == "cut-off" and marks and not _predicts(marks):
        code = "no-line-predicts-model" if own.has_model else "no-line-predicts"
        found = Happening(id="graph-broken", said=text(code))
    elif own.default():
        found = Happening(id="parameter-default", said=own.default())
    elif own.hidden() and failure.cause == "not-callable":
        found = Happening(id="name-hidden", said=own.hidden())
    return found


def _predicts(marks: Sequence[Landmark]) -> bool:
    """Return whether the training function has a line that calls forward, or the model."""
    return any(mark.role == "train_model" and mark.part == "prediction" for mark in marks)


def _emptying(failure: Failure, marks: Sequence[Landmark]) -> tuple[bool, ...]:
    """Return whether a missing gradient was to be emptied: by its error, else by its line."""
    either = _NONE.get(failure.cause, ())
    line = failure.line or 0
    parts = {m.part for m in marks if m.cell == failure.cell and m.first <= line <= m.last}
    if len(either) > 1 and len(parts & {"zeroing", "update"}) == 1:
        return ("zeroing" in parts,)
    return either


def _of_later_cut(record: ScenarioRecord, failure: Failure, own: OwnNames) -> Happening | None:
    """Return why a loss is cut off, mostly one that was not so at first, by the parameters now."""
    if record.holding != "frozen" and (record.holding == "other" or own.reassigns()):
        return Happening(id="parameter-reassigned", failure=failure)
    if record.holding == "frozen":
        said = messages.at(messages.where(failure), text("gradients-switched-off"))
        return Happening(id="graph-broken", said=said)
    return None


def _of_no_gradient(record: ScenarioRecord, own: OwnNames, order: Order, *, emptying: bool) -> str:
    """Return why a ``.grad`` is None: what was computed before, and where the lines stand, tell.

    An update that finds none may come after the emptying; an emptying that finds none comes after
    the name was bound to something else. Where neither is so, no gradient reached that tensor.
    """
    line = record.failure.line if record.failure else None
    if record.backwards == 0:
        if order.has_before("backward", line):
            return "gradient-is-none"
        return "zeroed-before-first-backward" if emptying else "backward-missing"
    if record.holding == "other" or own.reassigns():
        return "parameter-reassigned"
    if not emptying and record.backwards == 1 and order.zeroes_before(line) is not False:
        return "gradient-zeroed-before-update"
    return "gradient-is-none"


def adds_losses_up(views: Sequence[ScenarioView]) -> bool:
    """Return whether every new gradient was itself the sum of all so far, as that of a sum is."""
    for view in views:
        steps = view.steps
        if steps is None:
            return False
        for index, call in enumerate(view.observed.calls):
            own = view.gradients[steps.call_of == index]
            columns = [read_claim(rows) for rows in call.fresh.values()]
            if not own.size or any(len(column) != len(own) for column in columns):
                return False
            fresh, batches = np.concatenate(columns, axis=1), view.landscape.batches
            periods = {len(own), batches if batches > 1 else len(own)}
            if not any(_are_sums(fresh, own, period) for period in periods):
                return False
    return any(sum(view.step_counts) > 1 for view in views)


def _are_sums(fresh: Values, own: Values, period: int) -> bool:
    """Return whether gradients are sums of all since the call, or the epoch, began."""
    parts = [np.cumsum(own[first : first + period], axis=0) for first in range(0, len(own), period)]
    sums = np.vstack(parts)
    return bool(np.allclose(fresh, sums, rtol=1e-3, atol=1e-4 * np.abs(sums).max()))


def of_reading(own: OwnNames, role: Role) -> Happening | None:
    """Return what the text of forward or criterion shows, None where nothing known."""
    if role == "criterion" and own.not_an_object():
        return Happening(id="not-called", said=own.not_an_object())
    told = own.outside(role)
    return Happening(id="data-from-outside", said=told) if told else None


def of_broken_graph(own: OwnNames, role: Role) -> Happening | None:
    """Return what the text shows of a result that is cut off from what it is made of."""
    if own.early(role):
        return Happening(id="backward-inside", said=own.early(role))
    if own.anew(role):
        return Happening(id="made-anew", said=own.anew(role))
    return None


def starts_anew(views: Sequence[ScenarioView]) -> tuple[str, ...]:
    """Return the parameters that the training function sets before its first prediction.

    Nothing can have moved them by a gradient there. They are back at the start when training goes
    on, or at the same numbers, or at new ones, at each call. Empty where that is not so.
    """
    rows = [row for view in views if (found := _firsts(view)) is not None for row in found]
    if not views or len(rows) < sum(len(view.counts) for view in views):
        return ()
    first, due, start = (np.array(column) for column in zip(*rows, strict=True))
    later = np.concatenate([np.arange(len(view.counts)) > 0 for view in views])
    astray = ~np.isclose(first, due, rtol=ROUNDING, atol=ROUNDING)
    columns = np.flatnonzero(astray.any(axis=0))
    if not astray[later].any():
        return ()
    back, same = (first == start).all(axis=0), np.ptp(first, axis=0) == 0.0
    for kind in (back | same, astray.all(axis=0)):
        if kind[columns].all():
            names = views[0].coordinates
            return tuple(dict.fromkeys(names[column] for column in columns))
    return ()


def _firsts(view: ScenarioView) -> list[tuple[Values, Values, Values]] | None:
    """Return for each call the parameters at its first prediction, those due, and the start's."""
    start, found = view.landscape.start, []
    for call, due in zip(view.observed.calls, [start, *view.ends], strict=False):
        rows = read_claim(call.visited)
        if len(rows) == 0 or rows[0].shape != start.shape or not np.isfinite(rows[0]).all():
            return None
        found.append((rows[0], due, start))
    return found
