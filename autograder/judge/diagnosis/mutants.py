"""The mutants of one lab, and which of them did what a submission did.

Two traces coincide in one function's probes, or in the way that training goes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from autograder.exercise.measure import Measure
from autograder.exercise.published import KnownMistake, Published, Way
from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.evidence import ScenarioView
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.steps import Steps, end_of, read_steps
from autograder.protocol.array import pack, unpack
from autograder.protocol.job import ROLES, VERSION, ForwardProbe, Role
from autograder.protocol.trace import ProbeRecord, ScenarioRecord, Trace

NEAR = 2e-4  # of the largest value compared: float32 in another order stays below a tenth of it
LEAST = 1e-6
CANCELLED = 0.1  # of the largest gradient: what cancels out to 0 keeps the rounding of its parts
UNSEEN_STEPS, UNSEEN_SHARE = 3, 0.25
Path = Values


def same_probes(
    observed: Mapping[str, ProbeRecord], other: Mapping[str, ProbeRecord], ids: tuple[str, ...]
) -> bool:
    """Return whether a function gave the same values, shapes and gradients in every probe."""
    return bool(ids) and all(
        i in observed and i in other and same_probe(observed[i], other[i]) for i in ids
    )


def same_probe(observed: ProbeRecord, other: ProbeRecord) -> bool:
    """Return whether a function gave the same value, shape and gradients in one probe."""
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
    """Return whether training raised the same error as early in every scenario that both ran.

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
    """Return whether two arrays are the same but for rounding; what is not finite must be alike.

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
    """Return whether training went the same way: the same ends, and the same steps where seen.

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


RECORDING = {
    "loss-not-recorded",
    "loss-recorded-as-tensor",
    "loss-recorded-after-update",
    "loss-recorded-otherwise",
}
MOST_PLACES = 24  # of a published way
FEWEST_PLACES = 4  # of one whose places have many numbers
MOST_NUMBERS = 288  # of a published way, where its places are not too few then


@dataclasses.dataclass(frozen=True, kw_only=True)
class Course:
    """Where a mutant went in one scenario, and whether it left the reference's way.

    ``moves`` is the number of its steps, None where that is not known. ``places`` are those after
    the steps numbered ``at``, of ``count`` that moved something; all where ``at`` is None.
    """

    ends: Path | None
    places: Path | None
    count: int
    moves: int | None = None
    at: tuple[int, ...] | None = None
    differs: bool = True

    def fits(self, observed: Path, steps: Steps | None) -> bool:
        """Return whether another training went the same way, in as many steps."""
        if self.ends is None or (steps and self.moves not in (None, len(steps.moves))):
            return False
        places = places_of(steps) if steps else None
        if self.at is not None and places is not None:
            if len(places) != self.count:
                return False
            places = places[list(self.at)]
        return same_way(observed, self.ends, (places, self.places))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mutant:
    """The reference with one mistake, or a pair within one function, and what it did.

    Of published ones the ``ways`` that training went are known in place of whole records.
    """

    mistakes: tuple[Mistake, ...]
    trace: Trace
    ways: Mapping[str, Way] = dataclasses.field(default_factory=dict)

    @property
    def role(self) -> Role:
        """The function that the mistake is in."""
        return self.mistakes[0].function


class Mutants:
    """All mutants of a lab that do anything else than its reference."""

    def __init__(self, plan: Measure, reference: Trace, mutants: Sequence[Mutant]) -> None:
        self.probes: Mapping[Role, tuple[str, ...]] = {
            "forward": tuple(p.id for p in plan.probes if isinstance(p, ForwardProbe)),
            "criterion": tuple(p.id for p in plan.probes if not isinstance(p, ForwardProbe)),
        }
        self._reference = reference
        self._ways: dict[int, Course] = {}  # by the records of mutants, which live as long
        self._of = {role: [m for m in mutants if self._counts(m, role)] for role in ROLES}

    def _counts(self, mutant: Mutant, role: Role) -> bool:
        """Return whether a mutant is of a function, and of use: else it names nothing."""
        if mutant.role != role or role == "train_model":
            return mutant.role == role
        ids = self.probes[role]
        return not same_probes(mutant.trace.probes, self._reference.probes, ids)

    def _those(self, role: Role, *, pairs: bool) -> list[Mutant]:
        """Return a function's mutants of one mistake, or those of two."""
        return [mutant for mutant in self._of[role] if (len(mutant.mistakes) > 1) is pairs]

    def with_values(self, trace: Trace, role: Role, *, pairs: bool = False) -> list[Mutant]:
        """Return the mutants whose forward or criterion gave the same in every probe."""
        ids = self.probes[role]
        mutants = self._those(role, pairs=pairs)
        return [m for m in mutants if same_probes(trace.probes, m.trace.probes, ids)]

    def with_way(self, views: Sequence[ScenarioView], *, pairs: bool = False) -> list[Mutant]:
        """Return the mutants that trained the same way in all scenarios."""
        return [m for m in self._those("train_model", pairs=pairs) if self._fits(m, views)]

    def with_error(self, records: Sequence[ScenarioRecord]) -> list[Mutant]:
        """Return the mutants that end in the same error in all scenarios."""
        mutants = self._those("train_model", pairs=False)
        return [m for m in mutants if fails_alike(records, m.trace.scenarios)]

    def _fits(self, mutant: Mutant, views: Sequence[ScenarioView]) -> bool:
        """Return whether training follows the mutant in all scenarios, not the reference."""
        if mutant.mistakes[0].id in RECORDING:
            return False
        compared = different = 0
        for view in views:
            name = view.observed.id
            known = mutant.trace.scenarios.get(name) or mutant.ways.get(name)
            if known is None:  # nobody knows how the mutant goes there
                return False
            observed = path_of(view.observed, view.landscape.start, view.step_counts)
            course = self._course_of(known, view)
            if observed is None or not course.fits(observed, view.steps):
                return False
            compared += 1
            different += course.differs
        return compared >= 1 and different >= 1

    def _course_of(self, known: ScenarioRecord | Way, view: ScenarioView) -> Course:
        """Return where a mutant went, and whether it leaves the reference's way; read once."""
        if id(known) not in self._ways:
            start, counts = view.landscape.start, view.step_counts
            if isinstance(known, Way):
                course = _published(known)
            else:
                steps = view.steps_of(known)
                places = None if steps is None else places_of(steps)
                course = Course(
                    ends=path_of(known, start, counts),
                    places=places,
                    count=0 if places is None else len(places),
                    moves=None if steps is None else len(steps.moves),
                )
            expected = path_of(view.expected, start, counts)
            differs = False
            if course.ends is not None and expected is not None:
                differs = not same_way(course.ends, expected, (None, None))
            self._ways[id(known)] = dataclasses.replace(course, differs=differs)
        return self._ways[id(known)]


def _published(way: Way) -> Course:
    places = None if way.places is None else unpack(way.places)
    at = None if places is None else way.at
    return Course(ends=unpack(way.ends), places=places, count=way.count, at=at)


def way_to_publish(
    record: ScenarioRecord, start: Values, step_counts: tuple[int, ...], *, keeps_best: bool
) -> Way | None:
    """Return what is published of a mutant's training; None where it did not run to its end."""
    ends = path_of(record, start, step_counts)
    if ends is None:
        return None
    steps = read_steps(record, start, step_counts, keeps_best=keeps_best)
    places = None if steps is None else places_of(steps)
    if places is None or not len(places):
        return Way(ends=pack(ends, dtype="f4"))
    count = int(np.clip(MOST_NUMBERS // places.shape[1], FEWEST_PLACES, MOST_PLACES))
    at = tuple(dict.fromkeys(round(n) for n in np.geomspace(1, len(places), count) - 1))
    return Way(
        ends=pack(ends, dtype="f4"),
        count=len(places),
        at=at,
        places=pack(places[list(at)], dtype="f4"),
    )


def mutants_of(published: Published) -> tuple[Mutant, ...]:
    """Return the mutants that a lab publishes, as far as this version knows their mistakes."""
    known = {(mistake.id, mistake.function): mistake for mistake in MISTAKES}
    return tuple(
        Mutant(mistakes=(known[one.id, one.function],), trace=_trace_of(one), ways=one.ways)
        for one in published.mistakes
        if (one.id, one.function) in known
    )


def _trace_of(one: KnownMistake) -> Trace:
    return Trace(
        version=VERSION, loading=None, probes=one.probes, scenarios=one.failed, ending="done"
    )
