"""What is wrong, by cause: each fact once, and beside it the checks that it costs.

Feedback pages, comments, the card and exports all show these groups; here nothing is decided.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import msgspec

from autograder.judge.mistakes.failure_messages import IN_A_CELL
from autograder.judge.result import CheckResult, Diagnosis
from autograder.words.catalogue import say
from autograder.words.text import NOTHING, Text, Value

TRAINING = "train_model"
MARKS = {"passed": "✔", "failed": "✘", "skipped": "?", "error": "!"}
_RECORDING = frozenset(
    {
        "loss-not-recorded",
        "loss-recorded-as-object",
        "loss-recorded-as-tensor",
        "loss-recorded-after-update",
        "loss-recorded-otherwise",
        "loss-recorded-twice",
        "losses-missing",
    }
)
"""Mistakes that do not change the way of the parameters."""
_OF_THE_WAY = frozenset(
    {
        "steps-accumulate",
        "steps-lag",
        "steps-of-lag",
        "steps-not-fresh",
        "loss-not-lower",
        "too-few-moves",
    }
)
"""What only says, of the way, that something is wrong with it."""
_RESTATES: Mapping[str, frozenset[str]] = {
    "not-run-because": frozenset(IN_A_CELL),  # a note says what happened in the cell
    "failed-not-written": frozenset({"not-implemented"}),
    "failed-not-defined": frozenset({"name-missing"}),
    "failed-time": frozenset({"too-slow"}),
    "failed-time-loop": frozenset({"too-slow"}),
    "failed-time-while": frozenset({"infinite-loop"}),
    "failed-wait": frozenset({"waits-forever"}),
    "failed-memory": frozenset({"memory-exhausted"}),
    "failed-exit-elsewhere": frozenset({"program-ended"}),
    "returned-nothing": frozenset({"returns-nothing"}),
    "value-cut-off": frozenset({"graph-broken"}),
    "value-cut-off-partly": frozenset({"graph-broken"}),
    "losses-with-graph": frozenset({"loss-recorded-as-tensor"}),
    "losses-after-update": frozenset({"loss-recorded-after-update"}),
    "losses-no-number": frozenset({"loss-recorded-as-object"}),
}
"""Codes of messages that say nothing new beside a mistake of these ids."""


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """Checks that were lost, and what is said of them alone: nothing, where the cause says all."""

    checks: tuple[CheckResult, ...]
    message: Text = NOTHING
    hint: Text = NOTHING


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """What explains that checks were lost, in which functions, and what it costs.

    ``causes`` are several where more than one mistake was named. There are none where nothing is
    known but what the check itself says.
    """

    functions: tuple[str, ...]
    causes: tuple[Text, ...]
    hints: tuple[Text, ...]
    costs: tuple[Cost, ...]

    @property
    def checks(self) -> tuple[CheckResult, ...]:
        """The checks that were lost."""
        return tuple(check for cost in self.costs for check in cost.checks)

    def head(self, cause: Text) -> str:
        """Return what stands in front of a cause: its functions, if it does not name them."""
        said = say(cause)
        return ", ".join(name for name in self.functions if name not in said)


def grouped(
    checks: Iterable[CheckResult], diagnosis: Sequence[Diagnosis], departure: Text = NOTHING
) -> tuple[Group, ...]:
    """Return what is wrong by cause, in the order of the checks; a departure is of training."""
    causes: dict[str, list[Diagnosis]] = {}
    for one in diagnosis:
        causes.setdefault(one.function, []).append(one)
    if departure:
        found = Diagnosis(id="", function=TRAINING, message=departure)
        causes.setdefault(TRAINING, []).append(found)
    gathered: dict[tuple[Text, ...], list[CheckResult]] = {}
    known: dict[tuple[Text, ...], list[Diagnosis]] = {}
    for check in checks:
        if check.passed:
            continue
        named = causes.get(check.function, [])
        key = tuple(dict.fromkeys(one.message for one in named)) or (check.message,)
        if not named:  # said of another function already, it is the same fact
            key = next((texts for texts in gathered if check.message in texts), key)
        gathered.setdefault(key, []).append(check)
        known.setdefault(key, []).extend(named)
    return tuple(_group(lost, known[key]) for key, lost in gathered.items())


def _group(lost: Sequence[CheckResult], named: Sequence[Diagnosis]) -> Group:
    causes = tuple(dict.fromkeys(one.message for one in named))
    hints = dict.fromkeys(one.hint for one in named if one.hint)
    hinted = bool(hints)
    costs: dict[tuple[Text, Text], list[CheckResult]] = {}
    for check in lost:
        new = check.message not in causes and not _is_restated(check.message, named)
        if not new and not hinted and check.hint:
            hints[check.hint] = None
        hint = check.hint if new and not hinted else NOTHING
        costs.setdefault((check.message if new else NOTHING, hint), []).append(check)
    return Group(
        functions=tuple(dict.fromkeys(check.function for check in lost)),
        causes=causes,
        hints=tuple(hints),
        costs=tuple(_costs(costs)),
    )


def _costs(costs: Mapping[tuple[Text, Text], Sequence[CheckResult]]) -> Iterator[Cost]:
    """Yield costs; a hint that was given before is not given again."""
    given: set[Text] = set()
    for (message, hint), checks in costs.items():
        new = NOTHING if hint in given else hint
        given.add(hint)
        yield Cost(checks=tuple(checks), message=message, hint=new)


def _is_restated(message: Text, named: Sequence[Diagnosis]) -> bool:
    """Return whether a message says nothing that the mistakes named do not say."""
    codes, ids = message.codes(), {one.id for one in named}
    if codes & _OF_THE_WAY and ids - _RECORDING:
        return True
    return any(ids & _RESTATES.get(code, frozenset()) for code in codes)


def further(notes: Iterable[Text], groups: Iterable[Group]) -> tuple[Text, ...]:
    """Return those notes that say more than the groups do: an error is shown once."""
    told = [fact for group in groups for fact in (*group.causes, *(c.message for c in group.costs))]
    raised = {key for fact in told if (key := _raised(fact, "failed-raised"))}
    stubs = {fact.values.get("place") for fact in told if _STUBS & fact.codes()}
    kept = []
    for note in notes:
        key = _raised(note, "cell-raised")
        stub = key and key[0] in stubs and str(key[1]).startswith("NotImplementedError")
        if key is None or not (key in raised or stub):
            kept.append(note)
    return tuple(kept)


_STUBS = frozenset({"happened-not-implemented", "cell-not-implemented"})


def _raised(fact: Text, code: str) -> tuple[Value, Value] | None:
    """Return the place and the words of an error that is shown with this code."""
    said, place = fact.values.get("said"), fact.values.get("place")
    if not isinstance(said, Text) or said.code != code or place is None:
        return None
    return place, said.values.get("text", "")


def heads(checks: Iterable[CheckResult]) -> str:
    """Return checks with their marks and points, on a line."""
    return ", ".join(
        f"{MARKS[check.outcome]} {check.id} {check.points:g}/{check.max_points:g}"
        for check in checks
    )


def paragraphs(group: Group, within: Collection[str] | None = None) -> Iterator[str]:
    """Yield a group in words: the cause, the hint, then the checks that it costs.

    ``within`` are the checks of one place of several, such as a cell. What stands in another place
    is not said again: there it is called by its first check.
    """
    checks = group.checks if within is None else [c for c in group.checks if c.id in within]
    if not checks:
        return
    first = group.checks[0]
    if first in checks:
        yield from map(say, group.causes)
        yield from (say("hint", hint=hint) for hint in group.hints)
    for cost in group.costs:
        own = [check for check in cost.checks if check in checks]
        if not own:
            continue
        elsewhere = cost.checks[0] if cost.message else first
        if elsewhere not in checks:
            yield say("see-check", checks=heads(own), other=elsewhere.id)
            continue
        said = [say(cost.message)] if cost.message else []
        said += [say("hint", hint=cost.hint)] if cost.hint else []
        yield say("costs", checks=heads(own), why=" ".join(said)) if said else heads(own)
