"""Mistakes that show in what happened rather than in numbers: errors, limits, missing names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from autograder.judge.result import Diagnosis
from autograder.judge.view import ScenarioView
from autograder.protocol.array import unpack
from autograder.protocol.trace import Failure, Loading, ScenarioRecord, Trace

_KINDS: Mapping[str, str] = {
    "not_implemented": "not-implemented",
    "signature": "wrong-signature",
    "time": "infinite-loop",
}
_TEXTS: tuple[tuple[str, str], ...] = (
    (r"does not require grad and does not have a grad_fn", "graph-broken"),
    (r"returns nothing", "returns-nothing"),
    (r"leaf Variable that requires grad is being used in an in-place", "leaf-changed-in-place"),
    (r"backward through the graph a second time", "prediction-outside-loop"),
    (r"^(ModuleNotFoundError|ImportError)\b", "import-error"),
    (r"^(SyntaxError|IndentationError|TabError)\b", "syntax-error"),
    (r"one of the variables needed for gradient computation has been modified", "graph-broken"),
    (r"(Long|Int)(Tensor)?\b.*(Float|mean)|result type Float can't be cast", "wrong-dtype"),
    (r"mean\(\): could not infer output dtype", "wrong-dtype"),
    (r"must have the same dtype|expected (scalar type|m1 and m2)", "wrong-dtype"),
)
RESTING = {"no-update", "gradient-zeroed-before-update", "backward-missing"}
_UNBOUND = re.compile(r"^UnboundLocalError: .*?'(\w+)'")
_NO_GRADIENT = re.compile(r"NoneType")


def of_failure(failure: Failure, loading: Loading | None) -> str | None:
    """Return the id that a failure shows by itself, None where it shows none."""
    if failure.kind == "missing":
        return _of_missing(loading)
    if failure.kind in _KINDS:
        return _KINDS[failure.kind]
    for pattern, found in _TEXTS:
        if re.search(pattern, failure.text):
            return found
    return None


def _of_missing(loading: Loading | None) -> str:
    """Return why a name may be missing: its cell did not run, or it was never defined."""
    failures = loading.failures if loading else ()
    for kind, found in (("syntax", "syntax-error"), ("not_implemented", "not-implemented")):
        if any(failure.kind == kind for failure in failures):
            return found
    if any(f.text.startswith(("ModuleNotFoundError", "ImportError")) for f in failures):
        return "import-error"
    return "name-missing"


def of_training(record: ScenarioRecord, parameters: Iterable[str]) -> str | None:
    """Return what an error inside the training function shows of how parameters were treated."""
    failure = record.failure
    if failure is None:
        return None
    unbound = _UNBOUND.match(failure.text)
    if unbound and unbound[1] in parameters:
        return "shadowed-parameter"
    if _NO_GRADIENT.search(failure.text) and failure.kind == "exception":
        return _of_no_gradient(failure, record.backwards)
    return None


def _of_no_gradient(failure: Failure, backwards: int) -> str:
    """Return why a ``.grad`` is None: how many gradients had been computed tells."""
    if backwards == 0:
        early = "zero_" in failure.text or "fill_" in failure.text
        return "zeroed-before-first-backward" if early else "backward-missing"
    return "gradient-zeroed-before-update" if backwards == 1 else "parameter-reassigned"


def of_losses(views: Sequence[ScenarioView]) -> str | None:
    """Return what is wrong with the recording, by the lists and the way that training went."""
    records = [call.losses for view in views for call in view.observed.calls]
    if any(record is None or not record.kinds for record in records):
        return "loss-not-recorded"
    if all(record is not None and "g" in record.kinds for record in records):
        return "loss-recorded-as-tensor"
    for view in views:
        steps = view.steps
        if steps is None or len(steps.after) != sum(view.counts):
            return None
        late, _ = view.landscape.evaluate(steps.after)
        entries = [
            unpack(call.losses.values)[-count:]
            for call, count in zip(view.observed.calls, view.counts, strict=True)
            if call.losses is not None
        ]
        losses = np.concatenate(entries)
        if losses.shape != late.shape or not np.allclose(losses, late, rtol=1e-3, atol=1e-4):
            return None
    return "loss-recorded-after-update"


def narrowed(
    found: list[Diagnosis], trace: Trace, views: Sequence[ScenarioView]
) -> list[Diagnosis]:
    """Leave those of several coinciding mistakes that the side evidence speaks for."""
    ids = {diagnosis.id for diagnosis in found}
    if not ids & RESTING:
        return found
    shadowed = trace.loading.shadowed if trace.loading else ()
    if shadowed:
        return [d for d in found if d.id == "shadowed-parameter"] or found
    backwards = any(
        len(unpack(array))
        for view in views
        for call in view.observed.calls
        for array in call.fresh.values()
    )
    if not backwards:
        return [d for d in found if d.id == "backward-missing"] or found
    rest = [d for d in found if d.id != "backward-missing"]
    return rest or found
