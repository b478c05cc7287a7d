"""Draw the scripts of a lab's parts, public and hidden, and the cases that its author lists."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from autograder.errors import SpecError
from autograder.exercise.act import Act, Source, source_of
from autograder.exercise.argument import (
    LARGEST_SEED,
    Due,
    argument,
    exchanged,
    held_in,
    with_values,
)
from autograder.exercise.part import HELD_OUT, SIZES, Part, Random, Variable
from autograder.exercise.slopes import slopes_of
from autograder.protocol.script import Kind, Phase, Script, Sought, Step
from autograder.protocol.value import Made, Value, nodes_of
from autograder.words.catalogue import say

Drawn = TypeVar("Drawn")


class PlannedScript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A script, and what only the judge may know of it.

    ``raises`` is the exception that its last step is expected to raise, ``name`` what the author
    calls the case: students may be told it. ``dues`` are arguments that the reference has still to
    give; a script with any is not ready to be sent. ``size`` is what was asked of the draw where
    lines are counted, ``again`` the script that this one repeats, ``other`` the one whose held-out
    data it has others for, ``beside`` the one beside whose arguments it calls a forward function.
    """

    script: Script
    raises: str = ""
    name: str = ""
    dues: tuple[Due, ...] = ()
    size: int = 0
    again: str = ""
    other: str = ""
    beside: str = ""

    @property
    def public(self) -> bool:
        """Whether students may see its numbers."""
        return self.script.phase == "public"

    def of_variant(self, variant: int) -> PlannedScript:
        """Return it as one of a variant's hidden ones; what is public is every variant's."""
        if self.public:
            return self
        return msgspec.structs.replace(
            self, script=msgspec.structs.replace(self.script, variant=variant)
        )

    def given(self, values: Mapping[str, Value]) -> PlannedScript:
        """Return it with values that the reference gave in place of what stood for them."""
        steps = tuple(with_values(step, values) for step in self.script.steps)
        return msgspec.structs.replace(
            self,
            script=msgspec.structs.replace(self.script, steps=steps),
            dues=tuple(due.given(values) for due in self.dues if due.name not in values),
        )


def plan_scripts(
    parts: Sequence[Part], public_seeds: Sequence[int], hidden_seed: int
) -> tuple[PlannedScript, ...]:
    """Return the scripts of all parts, in the order in which they are done. Raises SpecError.

    Public ones come first, so that an endless loop is met where its numbers may be shown, and those
    with stand-ins last.
    """
    found = [one for part in parts for one in _scripts(part, public_seeds, hidden_seed)]
    for part in parts:
        own = [one.script for one in found if one.script.part == part.key]
        _require_labels(part, own)
    return tuple(sorted(found, key=lambda one: (not one.public, one.script.kind != "own")))


def _scripts(part: Part, public_seeds: Sequence[int], hidden_seed: int) -> Iterator[PlannedScript]:
    yield from _of_kind(part, "own", list(public_seeds), hidden_seed)
    yield from _sized(part, public_seeds, hidden_seed)
    if part.calls:
        key = f"{part.key}/isolated"
        apart = [_seed(seed, key, index) for index, seed in enumerate(public_seeds, start=1)]
        yield from _of_kind(part, "isolated", apart, _seed(hidden_seed, key, 0))


def _sized(part: Part, public_seeds: Sequence[int], hidden_seed: int) -> Iterator[PlannedScript]:
    """Yield the scripts in which lines are counted: draws of doubled sizes, public and hidden."""
    phases: tuple[tuple[Phase, int], ...] = (("public", public_seeds[0]), ("hidden", hidden_seed))
    for phase, seed in phases:
        for size in SIZES:
            source = source_of(_seed(seed, f"{part.key}/size", size))
            acts = _raising(part, lambda: part.sized_acts(source, size))  # noqa: B023  # at once
            if not acts:
                return
            key, label = f"parts[{part.key!r}].sizes", f"{phase}-size-{size}"
            found = _planned(part, "own", acts, phase=phase, label=label, key=key)
            steps = tuple(
                msgspec.structs.replace(step, effects=(*step.effects, "events"))
                for step in found.script.steps
            )
            script = msgspec.structs.replace(found.script, steps=steps)
            yield msgspec.structs.replace(found, script=script, size=size)


def _of_kind(
    part: Part, kind: Kind, public_seeds: Sequence[int], hidden_seed: int
) -> Iterator[PlannedScript]:
    """Yield the scripts of one kind: of each draw, and of each listed case."""
    draws: list[tuple[Phase, int, int]] = [
        ("public", index, seed) for index, seed in enumerate(public_seeds, start=1)
    ]
    draws += [
        ("hidden", index, _seed(hidden_seed, part.key, index)) for index in range(1, part.draws + 1)
    ]
    for phase, index, seed in draws:
        acts = _drawn(part, source_of(seed))
        if acts:
            key = f"parts[{part.key!r}]"
            found = _planned(part, kind, acts, phase=phase, label=f"{phase}-{index}", key=key)
            if isinstance(part, Variable) and phase == "hidden":
                found = _with_given(part, found, source_of(seed))
            yield from _seeded(part, found, seed) if isinstance(part, Random) else (found,)
            if index == 1 and kind == "own" and not set(HELD_OUT).isdisjoint(part.process()):
                yield _other(part, found, acts, seed)
            if part.derivative_of and kind == "own":
                yield from _beside(part, found, seed)
    for number, case in enumerate(part.cases(), start=1):
        key = say("spec-at-case", key=f"parts[{part.key!r}]", case=case.name or number)
        phase = "public" if case.public else "hidden"
        acts = part.case_acts(case)
        found = _planned(part, kind, acts, phase=phase, label=f"case-{number}", key=key)
        yield msgspec.structs.replace(found, raises=case.raises, name=case.name)


def _seeded(part: Random, planned: PlannedScript, seed: int) -> Iterator[PlannedScript]:
    """Yield a script with a seed of its own, and again where that should give the same."""
    replace = msgspec.structs.replace
    script = replace(planned.script, seed=1 + seed % LARGEST_SEED)
    yield replace(planned, script=script)
    if part.same_seed_same_result and script.kind == "own":
        twin = replace(script, id=f"{script.id}-again")
        yield replace(planned, script=twin, again=script.id)


def _with_given(part: Variable, planned: PlannedScript, source: Source) -> PlannedScript:
    """Return a script before which the cells are run with what was drawn. Raises SpecError."""
    if part.given is None:
        return planned
    draw, key = part.given, f"parts[{part.key!r}].given"
    values = _raising(part, lambda: draw(source))
    named = isinstance(values, Mapping) and bool(values)
    if not named or not all(isinstance(n, str) and n.isidentifier() for n in values):
        raise SpecError(key, say("spec-given"))
    if not {*part.names}.isdisjoint(values):
        raise SpecError(key, say("spec-given-itself", name=part.names[0]))
    dues: dict[str, Due] = {}
    given = {name: argument(value, f"{key}[{name!r}]", dues) for name, value in values.items()}
    if dues:
        raise SpecError(key, say("spec-given-result"))
    script = msgspec.structs.replace(planned.script, given=given)
    return msgspec.structs.replace(planned, script=script)


def _beside(part: Part, planned: PlannedScript, seed: int) -> Iterator[PlannedScript]:
    """Yield the script that calls a forward function beside what it is called with."""
    own_seed = _seed(seed, f"{part.key}/slopes", 0)
    script = slopes_of(planned.script, part.derivative_of, own_seed)
    if script is not None:
        yield msgspec.structs.replace(planned, script=script, beside=planned.script.id)


def _other(part: Part, planned: PlannedScript, acts: Sequence[Act], seed: int) -> PlannedScript:
    """Return a script with another draw's held-out data. Raises SpecError where there is none."""
    key = f"parts[{part.key!r}]"
    others = held_in(_drawn(part, source_of(_seed(seed, f"{part.key}/other", 0))))
    count = len(held_in(tuple(acts)))
    if not others or len(others) != count:
        raise SpecError(key, say("spec-part-held-out"))
    left = iter(others)
    phase, label = planned.script.phase, planned.script.id.rpartition("/")[2]
    changed = exchanged(tuple(acts), lambda _: next(left).value)
    found = _planned(part, "own", changed, phase=phase, label=f"{label}-other", key=key)
    return msgspec.structs.replace(found, other=planned.script.id)


def _planned(
    part: Part, kind: Kind, acts: Sequence[Act], *, phase: Phase, label: str, key: str
) -> PlannedScript:
    dues: dict[str, Due] = {}
    isolated = kind == "isolated"
    script = Script(
        id=f"{part.key}/{'isolated-' if isolated else ''}{label}",
        part=part.key,
        phase=phase,
        kind=kind,
        bound=part.bound() if isolated else {},
        steps=part.steps(acts, key, dues),
    )
    return PlannedScript(script=script, dues=tuple(dues.values()))


def _drawn(part: Part, source: Source) -> tuple[Act, ...]:
    """Return the steps of one draw; none where only cases are listed."""
    drawn = getattr(part, "draw", None) or getattr(part, "script", None)
    if drawn is None and part.cases():
        return ()
    return _raising(part, lambda: part.acts(source))


def _raising(part: Part, draw: Callable[[], Drawn]) -> Drawn:
    """Return what the spec's code draws. Raises SpecError where it raises."""
    try:
        return draw()
    except SpecError:
        raise
    except Exception as error:  # the spec's code, not ours
        key = f"parts[{part.key!r}]"
        problem = say("spec-draw-raised", name=type(error).__name__, error=error)
        raise SpecError(key, problem) from error


def _seed(seed: int, part: str, index: int) -> int:
    digest = hashlib.sha256(f"{part}/{index}/{seed}".encode()).digest()
    return int.from_bytes(digest[:7], "little")


def _require_labels(part: Part, scripts: Iterable[Script]) -> None:
    """Raise SpecError where points are given for a label that no step has."""
    labels = {step.label for script in scripts for step in script.steps}
    for check in part.checks():
        unknown = sorted(set(check.labels) - labels)
        if unknown:
            listed = ", ".join(sorted(labels))
            problem = say("spec-no-label", label=unknown[0], listed=listed)
            raise SpecError(f"parts[{part.key!r}].points", problem)


def asked_by(step: Step) -> list[Made]:
    """Return what a step is handed that a file of the author's makes, or a function of ours."""
    nodes = (node for value in (*step.arguments, *step.named.values()) for node in nodes_of(value))
    return [node for node in nodes if isinstance(node, Made)]


def asked_of(script: Script) -> list[Made]:
    """Return all that a script is handed of that sort."""
    given = (node for value in script.given.values() for node in nodes_of(value))
    found = [*script.bound.values(), *(node for node in given if isinstance(node, Made))]
    return [*found, *(made for step in script.steps for made in asked_by(step))]


def sought_by(parts: Iterable[Part], scripts: Iterable[PlannedScript]) -> tuple[Sought, ...]:
    """Return the names that a file must have: of the parts, and what their steps use besides."""
    found = {one.names[0]: one for one in (part.sought() for part in parts)}
    for planned in scripts:
        for step in planned.script.steps:
            name = step.name.partition(".")[0]
            if not step.on and name and name not in found:
                found[name] = Sought(names=(name,))
    return tuple(found.values())
