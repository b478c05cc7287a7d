"""What a student reads about a wrong or failing function, as texts of the catalogue.

Numbers of public scenarios may be told, those of hidden ones never. Whatever comes from student
code is cleaned before it becomes a value of a text.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from autograder.judge.digits import apart
from autograder.protocol.trace import Cause, Ending, Failure, FailureKind, Loop
from autograder.words.text import NOTHING, Text, Value, text, verbatim

if TYPE_CHECKING:  # records of grades are read without numpy and torch
    from autograder.exercise.plan import PlannedScenario
    from autograder.judge.compare import Mismatch
    from autograder.judge.tree import Difference, What

LONGEST = 400
Told = tuple[Text, Text]
"""What is said, and a hint."""


def clean(text: str) -> str:
    """Return text that came from student code, fit to show: one line, no control characters."""
    shown = "".join(
        " " if character.isspace() else character
        for character in text[: 4 * LONGEST]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def cleaned(values: Mapping[str, str]) -> dict[str, Value]:
    """Return values that came from student code, fit to show."""
    return {name: clean(value) for name, value in values.items()}


def listed(names: Iterable[str]) -> tuple[Text, ...]:
    """Return names, each once, to be joined as the language joins a list."""
    return tuple(verbatim(clean(name)) for name in dict.fromkeys(names))


def nth(count: int) -> Text:
    """Return an ordinal number: second, third, 4th."""
    known = {2: text("second"), 3: text("third")}
    return known.get(count) or text("nth", number=count)


def sentences(*texts: Text) -> Text:
    """Return several sentences as one text; those that are nothing are left out."""
    kept = [one for one in texts if one] or [NOTHING]
    return functools.reduce(lambda one, two: text("one-after-other", first=one, then=two), kept)


def either(*texts: Text) -> Text:
    """Return several sentences as one of which one is true."""
    return functools.reduce(lambda one, two: text("or-else", one=one, two=two), texts or (NOTHING,))


def clauses(*texts: Text) -> Text:
    """Return several parts of a sentence as one; those that are nothing are left out."""
    kept = [one for one in texts if one] or [NOTHING]
    return functools.reduce(lambda one, two: text("clause-and-clause", first=one, then=two), kept)


def spot(cell: int | None, line: int | None) -> Text:
    """Return a place in a file, nothing where none is known."""
    if cell is None:
        return NOTHING if line is None else text("place-line", line=line)
    if line is None:
        return text("place-code-cell" if cell > 0 else "place-text-cell", cell=abs(cell))
    code = "place-code-cell-line" if cell > 0 else "place-text-cell-line"
    return text(code, cell=abs(cell), line=line)


def at(place: Text, said: Text) -> Text:
    """Return what is said of a place, with the place in front if one is known."""
    return text("at-place", place=place, said=said) if place and said else said


def where(failure: Failure) -> Text:
    """Return the place of a failure, or nothing."""
    return spot(failure.cell, failure.line)


def after(failure: Failure) -> Text:
    """Say after what time a failure's limit ended it: the limit, never what was measured."""
    if not failure.seconds:
        return text("after-its-limit")
    return text("after-seconds", seconds=f"{failure.seconds:.3g}")


def variations(planned: PlannedScenario) -> tuple[Text, ...]:
    """Say how a scenario differs from the lab's own, without its numbers."""
    variation = planned.variation
    parts = []
    if variation.isolated:
        parts.append(text("varied-functions"))
    if variation.data:
        parts.append(text("varied-data"))
    if variation.start:
        parts.append(text("varied-start"))
    if variation.learning_rate:
        parts.append(text("varied-rate"))
    if variation.calls and len(variation.calls) > 1:
        parts.append(text("varied-calls"))
    elif variation.calls:
        parts.append(text("varied-iterations"))
    return tuple(parts)


def situation(planned: PlannedScenario) -> Text:
    """Say in what situation something was seen, as the start of a sentence."""
    if planned.public and not planned.variation.isolated:
        return text("on-example-data")
    parts = variations(planned)
    return text("tested-how", how=parts) if parts else text("on-other-data")


_FAILURES: dict[FailureKind, tuple[str, str]] = {
    "not_implemented": ("failed-not-written", "advice-not-written"),
    "missing": ("failed-not-defined", "advice-not-defined"),
    "signature": ("failed-signature", "advice-signature"),
    "result": ("returned-unusable", "advice-result"),
    "time": ("failed-time", "advice-time"),
    "wait": ("failed-wait", "advice-wait"),
    "memory": ("failed-memory", "advice-memory"),
    "module": ("failed-module", "advice-module"),
    "exit": ("failed-exit", "advice-exit"),
}
_HIDDEN: dict[FailureKind, tuple[str, str]] = {
    **_FAILURES,
    "result": ("failed-result-elsewhere", "advice-result-elsewhere"),
    "exit": ("failed-exit-elsewhere", "advice-exit"),
    "signature": ("failed-signature-elsewhere", "advice-signature"),
}
_LOOPS: dict[Loop, tuple[str, str]] = {
    "": _FAILURES["time"],
    "for": ("failed-time-loop", "advice-time-loop"),
    "fixed": ("failed-time-fixed", "advice-time-fixed"),
    "while": ("failed-time-while", "advice-time-while"),
}
_RESULTS: dict[Cause, str] = {
    "nothing-returned": "returned-nothing",
    "number-returned": "returned-number",
    "object-returned": "returned-object",
    "too-many-returned": "returned-too-many",
    "parameter-resized": "left-parameter-resized",
    "parameter-replaced": "left-parameter-replaced",
    "not-a-module": "model-no-module",
    "bias-lacking": "model-other-parameters",
    "parameters-differ": "model-other-parameters",
    "value-deep": "returned-deep",
    "value-large": "returned-large",
    "value-foreign": "returned-foreign",
    "value-iterator": "returned-iterator",
    "value-dtype": "returned-dtype",
    "value-device": "returned-on-device",
    "value-key": "returned-key",
    "load-mismatch": "model-other-shapes",
}
_RAISED = ("failed-raised", "advice-raised")


def failure(found: Failure, role: str, *, public: bool, times: int | None = None) -> Told:
    """Return message and hint for something of the student's that did not work.

    ``role`` is what the function is called to students, ``times`` how often its loop always runs.

    Text that student code made in a hidden scenario could carry its numbers: it is left out, but
    for the name of one of Python's own exceptions.
    """
    message, hint = (_FAILURES if public else _HIDDEN).get(found.kind, _RAISED)
    if found.kind == "result" and public:
        return _result(found, role), text(hint, role=role)
    values: dict[str, Value] = {"role": role}
    if found.kind == "time":
        message, hint = _LOOPS[found.loop]
        values["after"] = after(found)
        if found.loop == "fixed" and times is not None:
            message, values["n"] = "failed-time-fixed-times", times
    elif found.kind == "module":
        message = message if found.name else "failed-module-unnamed"
        values["name"] = clean(found.name)
    elif public and found.text:
        values["text"] = clean(found.text)
    else:
        values["text"] = f"{found.raised}." if found.raised else text("an-exception")
    return at(where(found), Text(message, values)), text(hint, role=role)


def _result(found: Failure, role: str) -> Text:
    """Say what is wrong with what a function returned, or left behind."""
    values = dict.fromkeys(("type", "count", "given", "name", "wanted", "most", "dtype"), "?")
    values |= {name: clean(value) for name, value in found.values.items()} | {"role": role}
    kind = found.values.get("type", "")
    what = text("a-type", type=clean(kind)) if kind else text("a-type-of-its-own")
    own = verbatim(values["own"]) if values.get("own") else text("no-parameters")
    return Text(
        _RESULTS.get(found.cause, "returned-unusable"), {**values, "what": what, "own": own}
    )


_CELL_FAILURES: dict[FailureKind, str] = {
    "time": "cell-time",
    "wait": "cell-wait",
    "module": "cell-module",
    "memory": "cell-memory",
    "exit": "cell-exit",
    "syntax": "cell-syntax",
}


def cell_failure(found: Failure) -> Text:
    """Return the note for a cell that did not run through."""
    code = _CELL_FAILURES.get(found.kind, "cell-raised")
    if found.kind == "time" and found.loop == "while":
        code = "cell-still-looping"
    values: dict[str, Value] = {"text": clean(found.text), "name": clean(found.name)}
    return at(where(found), Text(code, {**values, "after": after(found)}))


_ENDINGS: dict[Ending, tuple[str, str]] = {
    "time": ("unobserved-time", "advice-unobserved-time"),
    "memory": ("unobserved-memory", "advice-unobserved-memory"),
    "output": ("unobserved-output", "advice-unobserved-output"),
    "crash": ("unobserved-crash", "advice-unobserved-crash"),
}


def not_observed(ending: Ending) -> Told:
    """Return message and hint for what was never reached."""
    if ending not in _ENDINGS:
        return text("unobserved"), NOTHING
    message, hint = _ENDINGS[ending]
    return text(message), text(hint)


STATUS_MESSAGES: dict[str, Text] = {
    "time_limit": text("status-time-limit"),
    "memory_limit": text("status-memory-limit"),
    "output_limit": text("status-output-limit"),
    "crashed": text("status-crashed"),
    "sandbox_error": text("status-sandbox-error"),
}
TOO_LONG = text("status-too-long")
NOTHING_DEFINED = text("nothing-defined")


def wrong_value(role: str, found: Mismatch, *, public: bool) -> Text:
    """Say that a function's value is not the expected one; of hidden inputs no number is shown."""
    if found.is_shape and not public:
        return text("wrong-shape-elsewhere", role=role)
    if found.is_shape:
        shapes = {"observed": str(found.observed), "expected": str(found.expected)}
        return text("wrong-shape", role=role, **shapes)
    if not public:
        return text("wrong-value-elsewhere", role=role)
    counts: dict[str, Value] = {"role": role}
    if found.total > 1:
        counts |= {"n": found.count, "total": found.total}
    got, want = apart(float(found.observed), float(found.expected))  # type: ignore[arg-type]
    code = "wrong-values" if found.total > 1 else "wrong-value"
    return Text(code, {**counts, "observed": got, "expected": want})


LONGEST_CALL = 80
MEND_FIRST = text("advice-fix-first")
_DIFFERS: dict[What, str] = {
    "kind": "wrong-kind",
    "length": "wrong-length",
    "keys": "wrong-keys",
    "shape": "wrong-shape",
    "dtype": "wrong-dtype",
    "values": "wrong-content",
    "content": "wrong-content",
}
_DIFFERS_HIDDEN: dict[What, str] = {
    "kind": "wrong-kind",
    "length": "wrong-length-elsewhere",
    "keys": "wrong-keys-elsewhere",
    "shape": "wrong-shape-elsewhere",
    "dtype": "wrong-dtype",
    "values": "wrong-content-elsewhere",
    "content": "wrong-content-elsewhere",
}
_READ: dict[str, str] = {
    "wrong-kind": "is-wrong-kind",
    "wrong-length": "is-wrong-length",
    "wrong-keys": "is-wrong-keys",
    "wrong-shape": "is-wrong-shape",
    "wrong-dtype": "is-wrong-dtype",
    "wrong-content": "is-wrong-content",
    "wrong-length-elsewhere": "is-wrong-length-elsewhere",
    "wrong-keys-elsewhere": "is-wrong-keys-elsewhere",
    "wrong-shape-elsewhere": "is-wrong-shape-elsewhere",
    "wrong-content-elsewhere": "is-wrong-content-elsewhere",
}
"""The same of a variable or an attribute, which is read and not called."""
_DIFFERS_HINTS: dict[What, str] = {
    "kind": "advice-wrong-kind",
    "shape": "advice-wrong-shape",
    "dtype": "advice-wrong-dtype",
    "values": "advice-wrong-content",
}


def differs(role: str, found: Difference, *, public: bool, read: bool) -> Text:
    """Say how a value differs from the expected one; of a hidden case no number is shown."""
    values: dict[str, Value] = {"role": role}
    if public or found.what in ("kind", "dtype"):
        values |= {"observed": _shown(found.observed), "expected": _shown(found.expected)}
    if found.at and public:
        place = clean(found.at)
        if found.what == "length":
            values["role"] = text("role-at", role=role, at=place)
        else:
            values["observed"] = text("value-at", value=values["observed"], at=place)
    code = (_DIFFERS if public else _DIFFERS_HIDDEN)[found.what]
    told = Text(_READ[code] if read else code, values)
    if found.total > 1 and public:
        return text("with-count", said=told, n=found.count, total=found.total)
    return told


def _shown(value: Text | str) -> Value:
    return value if isinstance(value, Text) else clean(value)


def differs_hint(found: Difference, role: str) -> Text:
    """Return a question that helps where a value differs."""
    code = _DIFFERS_HINTS.get(found.what)
    return text(code, role=role) if code else NOTHING


FORWARD_HINT = text("advice-forward")
CRITERION_HINT = text("advice-criterion")
CUT_HINT = text("advice-cut-off")
NO_LOSSES = text("losses-no-list")
LOSSES_HINT = text("advice-losses")
LOSS_GRAPH = text("losses-with-graph")
LOSS_GRAPH_HINT = text("advice-plain-number")
LOSS_KIND = text("losses-no-number")
LOSS_LATE = text("losses-after-update")
LOSS_OTHER = text("losses-other")
LOSS_ARRAYS = text("losses-are-arrays")
LOSS_ADVICE = text("losses-are-tensors")
BROKEN = text("check-broke")
BROKEN_HINT = text("advice-check-broke")
FEW_STEPS = text("too-few-moves")
FEW_STEPS_HINT = text("advice-too-few-moves")
UNSEEN = text("steps-unseen")
FURTHER = text("advice-graded-further")
UNTOLD = text("not-here")
UNTOLD_HINT = text("advice-not-here")
BLIND = text("steps-blind")
NOT_LOWER_HINT = text("advice-not-lower")
NOT_FRESH = text("steps-not-fresh")
LAGS = text("steps-lag")
LAGS_HINT = text("advice-order")
SOURCE_HINT = text("advice-source")
SUMMED_HINT = text("advice-summed")
ZEROING_HINT = text("advice-zeroing")
COUNT_HINT = text("advice-count")
END_HINT = text("advice-end")


def cut_off(role: str) -> Text:
    """Say that a right value is cut off from the graph."""
    return text("value-cut-off", role=role)


def wrong_gradient(role: str) -> Text:
    """Say that a right value has a wrong gradient."""
    return text("gradient-wrong", role=role)


def not_lower(planned: PlannedScenario) -> Text:
    """Say that the loss does not go down as it should."""
    return text("loss-not-lower", situation=situation(planned))


def accumulates(names: Iterable[str]) -> Text:
    """Say that parameters move by sums of gradients."""
    named = listed(names)
    return text("steps-accumulate", n=len(named), names=named)


def lags(names: Iterable[str]) -> Text:
    """Say that some parameters alone move by the gradient before."""
    return text("steps-of-lag", names=listed(names))


def loss_count(observed: int, expected: int, *, public: bool) -> Text:
    """Say that the loss list has another length than iterations were run."""
    if not public:
        return text("losses-too-many" if observed > expected else "losses-too-few")
    entries = text("entries", n=observed)
    return text("losses-counted", n=expected, entries=entries)


def wrong_end(
    planned: PlannedScenario, name: str, observed: float, expected: float, *, public: bool
) -> Text:
    """Say that training ended somewhere else than the reference's.

    Numbers are told only of the lab's own situation: no other can be run by a student.
    """
    if public and not planned.variation.isolated:
        got, want = apart(observed, expected)
        return text("wrong-end", name=name, observed=got, expected=want)
    return text("wrong-end-elsewhere", situation=situation(planned), name=name)
