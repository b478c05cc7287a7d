"""What is wrong with a further list, and with how training evaluates: by values and modes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from autograder.exercise.recorded import Looks
from autograder.exercise.spec import Tolerance
from autograder.judge.checks.recorded import Look, apart, reference_evaluates
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.naming import name_mistake
from autograder.judge.evidence import ScenarioView
from autograder.judge.result import CheckResult, Diagnosis
from autograder.words.text import text

_COSTS: Mapping[str, Looks] = {
    "values-of-training-data": "values",
    "evaluates-in-train-mode": "eval_mode",
    "trains-in-eval-mode": "eval_mode",
    "evaluates-with-graph": "no_grad",
}
"""Which checks a mistake of evaluating always costs, wherever a lab has them."""
SAME = 1e-3  # of the largest entry: how far multiples may be apart


def disproved(checks: Iterable[CheckResult], looks: Mapping[str, Look]) -> set[str]:
    """Return the mistakes that cannot be there, since all checks that they cost passed.

    Training may go the way of one of them by chance: whoever keeps the last epoch ends where the
    best by training data is the last.
    """
    outcomes: dict[Looks, set[bool]] = {}
    for check in checks:
        if check.id in looks:
            outcomes.setdefault(looks[check.id].check.kind, set()).add(check.passed)
    return {mistake for mistake, kind in _COSTS.items() if outcomes.get(kind) == {True}}


def read_recorded(
    looks: Sequence[tuple[Look, Tolerance]], views: Sequence[ScenarioView]
) -> list[Diagnosis]:
    """Return the mistakes that explain what these checks lost, each once."""
    found = [
        name_mistake(id_, "train_model", detail=text("of-the-list", name=look.check.name))
        if look.check.kind == "values"
        else name_mistake(id_, "train_model")
        for look, tolerance in looks
        if (id_ := _mistake(look, tolerance, views))
    ]
    return list(dict.fromkeys(found))


def _mistake(look: Look, tolerance: Tolerance, views: Sequence[ScenarioView]) -> str:
    if look.check.kind != "values":
        return _mode(look, views)
    own = [view for view in views if view.planned.scenario.kind == "own"]
    lists = [record for view in own for record in look.lists(view)]
    if not lists or all(record is None or not record.kinds for record in lists):
        return "values-not-recorded"
    if not all(_is_whole(look, view) for view in own):
        return "values-missing" if _too_few(look, own) else ""
    if look.value is None:
        return ""
    return _otherwise(look, tolerance, own)


def _otherwise(look: Look, tolerance: Tolerance, views: Sequence[ScenarioView]) -> str:
    """Name what entries are that are not the right ones."""
    entries = [_entries(look, view) for view in views]
    moments = {"after": "before", "before": "after"}
    other = moments[look.check.moment]
    ways = (
        ("values-of-training-data", look.check.moment, True),
        ("values-at-other-time", other, False),
        ("values-of-training-data", other, True),
    )
    for name, moment, training in ways:
        points = [look.points(view, moment) for view in views]
        pairs = zip(views, points, entries, strict=True)
        if all(
            p is not None and apart(e, look.at(v, p, on_training_data=training), tolerance) <= 1.0
            for v, p, e in pairs
        ):
            return name
    points = [look.points(view, look.check.moment) for view in views]
    if any(p is None for p in points):
        return ""
    seen = zip(views, points, strict=True)
    right = np.concatenate([look.at(view, p)[0] for view, p in seen if p is not None])
    return "values-scaled" if _is_multiple(np.concatenate(entries), right) else ""


def _is_multiple(observed: Values, right: Values) -> bool:
    if observed.shape != right.shape or not np.isfinite(observed).all() or not right.any():
        return False
    factor = float(observed @ right) / float(right @ right)
    return bool(np.abs(observed - factor * right).max() <= SAME * np.abs(observed).max())


def _entries(look: Look, view: ScenarioView) -> Values:
    pairs = zip(look.lists(view), view.counts, strict=True)
    return np.concatenate([read_claim(one.values)[-n:] for one, n in pairs if one is not None])


def _is_whole(look: Look, view: ScenarioView) -> bool:
    total = 0
    for record, count in zip(look.lists(view), view.counts, strict=True):
        total += count
        if record is None or len(record.kinds) not in (count, total) or "x" in record.kinds:
            return False
    return True


def _too_few(look: Look, views: Sequence[ScenarioView]) -> bool:
    return all(
        record is None or len(record.kinds) < count
        for view in views
        for record, count in zip(look.lists(view), np.cumsum(view.counts), strict=True)
    )


def _mode(look: Look, views: Sequence[ScenarioView]) -> str:
    calls = [(call.evaluated, view) for view in views for call in view.observed.calls]
    seen = [one for one, _ in calls if one is not msgspec.UNSET]
    asked = [one for one, view in calls if one is not msgspec.UNSET and reference_evaluates(view)]
    if not asked or not all(one.calls for one in asked):
        return "evaluation-missing"
    if look.check.kind == "no_grad":
        return "evaluates-with-graph"
    if any(one.training for one in seen):
        return "evaluates-in-train-mode"
    return "trains-in-eval-mode"
