"""Draw the scripts of a lab's parts, public and hidden, and the cases that its author lists."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from autograder.errors import SpecError
from autograder.exercise.part import Act, Edge, Part, Source, source_of
from autograder.protocol.script import Phase, Script, Sought
from autograder.words.catalogue import say


class PlannedScript(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A script, and what only the judge may know of it.

    ``raises`` is the exception that its last step is expected to raise, ``name`` what the author
    calls the case: students may be told it.
    """

    script: Script
    raises: str = ""
    name: str = ""

    @property
    def public(self) -> bool:
        """Whether students may see its numbers."""
        return self.script.phase == "public"


def plan_scripts(
    parts: Sequence[Part], public_seeds: Sequence[int], hidden_seed: int
) -> tuple[PlannedScript, ...]:
    """Return the scripts of all parts, in the order in which they are done. Raises SpecError.

    Public ones come first, so that an endless loop is met where its numbers may be shown.
    """
    found = [one for part in parts for one in _scripts(part, public_seeds, hidden_seed)]
    for part in parts:
        own = [one.script for one in found if one.script.part == part.key]
        _require_labels(part, own)
    return tuple(sorted(found, key=lambda one: not one.public))


def _scripts(part: Part, public_seeds: Sequence[int], hidden_seed: int) -> Iterator[PlannedScript]:
    draws: list[tuple[Phase, int, int]] = [
        ("public", index, seed) for index, seed in enumerate(public_seeds, start=1)
    ]
    draws += [
        ("hidden", index, _seed(hidden_seed, part.key, index)) for index in range(1, part.draws + 1)
    ]
    for phase, index, seed in draws:
        acts = _drawn(part, source_of(seed))
        if acts:
            steps = part.steps(acts, f"parts[{part.key!r}]")
            name = f"{part.key}/{phase}-{index}"
            script = Script(id=name, part=part.key, phase=phase, steps=steps)
            yield PlannedScript(script=script)
    for number, case in enumerate(part.cases(), start=1):
        yield _case(part, case, number)


def _drawn(part: Part, source: Source) -> tuple[Act, ...]:
    """Return the steps of one draw; none where only cases are listed."""
    drawn = getattr(part, "draw", None) or getattr(part, "script", None)
    if drawn is None and part.cases():
        return ()
    try:
        return part.acts(source)
    except Exception as error:  # the spec's code, not ours
        key = f"parts[{part.key!r}]"
        problem = say("spec-draw-raised", name=type(error).__name__, error=error)
        raise SpecError(key, problem) from error


def _case(part: Part, case: Edge, number: int) -> PlannedScript:
    key = say("spec-at-case", key=f"parts[{part.key!r}]", case=case.name or number)
    phase: Phase = "public" if case.public else "hidden"
    script = Script(
        id=f"{part.key}/case-{number}",
        part=part.key,
        phase=phase,
        steps=part.steps(part.case_acts(case), key),
    )
    return PlannedScript(script=script, raises=case.raises, name=case.name)


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


def sought_by(parts: Iterable[Part], scripts: Iterable[PlannedScript]) -> tuple[Sought, ...]:
    """Return the names that a file must have: of the parts, and what their steps use besides."""
    found = {one.names[0]: one for one in (part.sought() for part in parts)}
    for planned in scripts:
        for step in planned.script.steps:
            name = step.name.partition(".")[0]
            if not step.on and name and name not in found:
                found[name] = Sought(names=(name,))
    return tuple(found.values())
