"""Whether two traces coincide: in one function's probes, or in the way that training goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.steps import Steps, end_of
from autograder.protocol.trace import ProbeRecord, ScenarioRecord

NEAR = 2e-4  # of the largest value compared: float32 in another order stays below a tenth of it
LEAST = 1e-6
CANCELLED = 0.1  # of the largest gradient: what cancels out to 0 keeps the rounding of its parts
UNSEEN_STEPS, UNSEEN_SHARE = 3, 0.25
Path = Values


def same_probes(
    observed: Mapping[str, ProbeRecord], other: Mapping[str, ProbeRecord], ids: tuple[str, ...]
) -> bool:
    """Say whether a function gave the same values, shapes and gradients in every probe."""
    return bool(ids) and all(
        i in observed and i in other and _same_probe(observed[i], other[i]) for i in ids
    )


def _same_probe(observed: ProbeRecord, other: ProbeRecord) -> bool:
    if (observed.value is None) or (other.value is None):
        return observed.value is other.value is None and _kind(observed) == _kind(other)
    got, want = read_claim(observed.value), read_claim(other.value)
    if got.shape != want.shape and not got.size == want.size == 1:
        return False
    if not near(got.reshape(-1), want.reshape(-1)):
        return False
    ours, theirs = observed.gradients, other.gradients
    if ours is None or theirs is None:
        return _cut(ours) and _cut(theirs)
    if list(ours) != list(theirs):
        return False
    flat = {name: read_claim(array).reshape(-1) for name, array in theirs.items()}
    largest = max((float(np.abs(rows).max(initial=0.0)) for rows in flat.values()), default=0.0)
    least = CANCELLED * largest if np.isfinite(largest) else LEAST
    return all(near(read_claim(ours[n]).reshape(-1), flat[n], least=least) for n in ours)


def _cut(gradients: Mapping[str, object] | None) -> bool:
    return gradients is None


def _kind(record: ProbeRecord) -> tuple[object, ...]:
    failure = record.failure
    if failure is None:
        return ()
    return failure.kind, failure.cause, failure.text, failure.values, failure.name


def fails_alike(observed: Sequence[ScenarioRecord], others: Mapping[str, ScenarioRecord]) -> bool:
    """Say whether training raised the same error as early in every scenario that both ran.

    A name that is missing says nothing of why.
    """
    pairs = [(record, others[record.id]) for record in observed if record.id in others]
    return bool(pairs) and all(
        ours.failure is not None
        and theirs.failure is not None
        and ours.failure.kind == theirs.failure.kind == "exception"
        and ours.failure.text == theirs.failure.text
        and ours.failure.raised not in ("NameError", "UnboundLocalError")
        and ours.backwards == theirs.backwards
        for ours, theirs in pairs
    )


def near(observed: Values, other: Values, *, least: float = LEAST) -> bool:
    """Say whether two arrays are the same but for rounding; what is not finite must be alike.

    Values below ``least`` are compared as if they were as large.
    """
    if observed.shape != other.shape:
        return False
    finite = np.isfinite(observed)
    if not np.array_equal(finite, np.isfinite(other)):
        return False
    if not finite.any():
        return True
    scale = max(float(np.abs(other[finite]).max()), least, LEAST)
    return float(np.abs(observed[finite] - other[finite]).max()) <= NEAR * scale


def path_of(record: ScenarioRecord, start: Values, step_counts: tuple[int, ...]) -> Path | None:
    """Return the parameters after each step ``[N, P]``; only the ends where steps are unseen."""
    if record.failure is not None or len(record.calls) != len(step_counts):
        return None
    ends = [end_of(call) for call in record.calls]
    if any(end.shape != start.shape for end in ends):
        return None
    return np.vstack(ends)


def places_of(steps: Steps) -> Path:
    """Return the parameters after each step that moved them, ``[N, P]``.

    At which turn of the loop nothing moved is not always seen: calls of forward for other ends,
    and other evidence, show it elsewhere.
    """
    path = np.vstack([steps.before[:1], steps.after])
    moved = (path[1:] != path[:-1]).any(axis=1)
    places: Path = steps.after[moved]
    return places


def same_way(observed: Path, other: Path, moves: tuple[Path | None, Path | None]) -> bool:
    """Say whether training went the same way: the same ends, and the same steps where seen.

    Rows are compared up to the first that is not finite, which must be the same one.
    """
    if not near(*_finite(observed, other)):
        return False
    ours, theirs = moves
    if ours is None or theirs is None:
        return True
    if len(ours) != len(theirs):  # the last ones may not be seen, but not a good part of them
        apart, most = abs(len(ours) - len(theirs)), max(len(ours), len(theirs))
        return apart <= max(UNSEEN_STEPS, UNSEEN_SHARE * most)
    return near(*_finite(ours, theirs))


def _finite(observed: Path, other: Path) -> tuple[Values, Values]:
    cut = min(_first_broken(observed), _first_broken(other))
    if _first_broken(observed) != _first_broken(other):
        return np.zeros(1), np.ones(2)  # of different shapes: not the same
    scale = np.maximum.accumulate(np.abs(other[:cut]), axis=0).max(axis=1, keepdims=True)
    scale = np.maximum(scale, 1e-6)
    return (observed[:cut] / scale).reshape(-1), (other[:cut] / scale).reshape(-1)


def _first_broken(path: Path) -> int:
    broken = ~np.isfinite(path).all(axis=1)
    return int(np.argmax(broken)) if broken.any() else len(path)
