"""What is said of names of a file's own: what there is where the lab has a name, and where.

The worker reads them out of the file (``worker/survey.py``); here they are put into words. None
decides a point, and each is said only where what was observed bears it out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from autograder.judge import messages
from autograder.protocol.job import Contract, Functions, Role, shown_name
from autograder.protocol.trace import Failure, Loading, Sighting, What

DOES: Mapping[Role, str] = {
    "forward": "predicts",
    "criterion": "computes a loss",
    "train_model": "trains",
}
ABSENT: Mapping[What, tuple[str, str]] = {
    "function": (
        "your file {does} in {name} ({place})",
        "{wanted} is the name under which the lab looks for it.",
    ),
    "similar": (
        "your file has {name} ({place})",
        "Is the name spelled exactly as the lab has it?",
    ),
    "method": (
        "your file {does} in {name}, inside of a class ({place})",
        "The lab looks for {wanted} at the top level of your file, outside of classes.",
    ),
    "inner": (
        "your file {does} in {name}, inside of {owner} ({place})",
        "The lab looks for {wanted} at the top level of your file, outside of other functions.",
    ),
    "class": (
        "the model of your file is the class {name} ({place})",
        "{wanted} is the name under which the lab looks for it.",
    ),
    "object": (
        "your file {does} with {name} ({place})",
        "{wanted} is the name under which the lab looks for it.",
    ),
    "loop": (
        "your file trains in a loop outside of any function ({place})",
        "The lab calls a function {wanted} and says how often the loop runs.",
    ),
    "rebound": (
        "{place} gives this name to something that is no function",
        "Under which other name could that be kept?",
    ),
    "skipped": (
        "{place} defines it, inside of something that was not run",
        "On what does it depend whether that line is run?",
    ),
}
NOT_DEFINED = "{wanted} is not defined: {reason}."
NOT_RUN = ("what should define it did not run ({cause})", "Mend that first.")
USED: Mapping[What, str] = {
    "parameter": "{role} {works} {names} ({place}); {lab} {stay}.",
    "model": "{role} trains {names} ({place}); {lab} {stay}.",
    "rate": "{role} takes the size of its steps from {names} ({place}); {rate}.",
    "number": "{role} has the size of its steps written down ({place}); {rate}.",
    "moved": "{role} moves {names} ({place}), and not the lab's {lab}.",
    "fixed": "It always runs {times} times.",
    "list": "{role} fills {names} ({place}), and {lab} stays empty.",
    "data": "{role} works on {names} ({place}); the lab puts its data into {lab}.",
}
IDLE: Mapping[What, str] = {
    "dropped": "The update ({place}) is computed, and its result is stored nowhere.",
    "compared": "With == ({place}) two values are compared, and none is assigned.",
    "uncalled": "{name} ({place}) is named and not called: its parentheses are missing.",
    "commented": "The update ({place}) is in a comment, which Python skips.",
    "unread": "The result of the update goes into {name} ({place}), and nothing uses it.",
}
COPIED = "{role} trains {name} ({place}), which is a copy; the lab's own {stay} as before."
REMADE = "{name} is made anew from its number ({place}), and backward() stops there."
RETURNS = "A {name} ({place}) ends the loop in its first turn."
HIDDEN = "Inside {role}, {name} is an argument; Python's own function {name} ({place}) is hidden."
GLOBAL = "{role} reads {name} from outside ({place}) and not from its argument."
DEFAULT = (
    "{name} is an argument of {role} ({place}): its default value is used, and not the lab's {name}"
    " as it is now."
)
CLASS_NOT_CALLED = "{name} is a class ({place}): its parentheses are missing, which make an object."
OWN_RATE = "{role} sets {names} itself ({place}), whatever the lab sets."
OWN_LIST = "{role} makes a list {names} of its own ({place}); the one outside stays empty."
NO_FORWARD = "{wanted} has no method forward: nothing is indented into the class under that name."
THE_RATE = "the lab sets {lab}"
OPTIMIZER_RATE = "the lab gives its rate to the optimizer"


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnNames:
    """The own names that the worker saw in one file, in words."""

    loading: Loading | None
    contract: Contract

    def absence(self, role: Role) -> tuple[str, str]:
        """Return message and hint for a function that is not defined: what there is instead."""
        wanted = self.contract.names(role)[0]
        reason, hint = self.reason(role)
        if not reason:
            return messages.failure(Failure(kind="missing", text=""), wanted, public=True)
        return NOT_DEFINED.format(wanted=wanted, reason=reason), hint

    def reason(self, role: Role) -> tuple[str, str]:
        """Return why a function is not defined, as a part of a sentence, and a hint."""
        wanted = self.contract.names(role)[0]
        culprit = culprit_of(self.loading, self.contract.names(role))
        if culprit is not None:
            return NOT_RUN[0].format(cause=messages.cell_failure(culprit)), NOT_RUN[1]
        seen = next((one for one in self._seen(role) if one.what in ABSENT), None)
        if seen is None:
            return "", ""
        owner, _, own = seen.name.rpartition(".")
        reason, hint = ABSENT[seen.what]
        values = {
            "wanted": wanted,
            "name": own if seen.what == "inner" else seen.name,
            "owner": owner,
            "does": DOES[role],
            "place": messages.spot(seen.cell, seen.line),
        }
        return reason.format(**values), hint.format(**values)

    def no_forward(self) -> str:
        """Say that a model's class has no forward."""
        return NO_FORWARD.format(wanted=self.contract.names("forward")[0])

    def lost(self, failure: Failure, role: Role) -> Role:
        """Return what is missing where a role could not be tried: it, or the model it needs."""
        return "forward" if failure.cause == "model-missing" else role

    def trained(self, role: Role) -> str:
        """Return what is trained, or predicted with, in place of the lab's; else nothing."""
        found = self._used(role, "parameter") or self._used(role, "model")
        if not found:
            return ""
        works = "predicts with" if role == "forward" else "trains"
        if isinstance(self.contract, Functions):
            lab, several = _listed(found[0].instead), len(found[0].instead) > 1
            stay = "take no part" if several else "takes no part"
            return self._say(found, works=works, lab=f"the lab's {lab}", stay=stay)
        lab = f"the lab's {found[0].instead[0]}"
        return self._say(found, works=works, lab=lab, stay="takes no part")

    def rate(self) -> str:
        """Return where the size of steps comes from, if not from the lab's rate; else nothing."""
        found = self._used("train_model", "rate") or self._used("train_model", "number")
        if not found:
            return ""
        functions = isinstance(self.contract, Functions)
        lab = self.contract.learning_rate[0]
        rate = THE_RATE.format(lab=lab) if functions else OPTIMIZER_RATE
        own = found[0].inside and found[0].name in self.contract.learning_rate
        return self._say(found, OWN_RATE if own else "", rate=rate)

    def losses(self) -> str:
        """Return to which other list losses are appended; else nothing."""
        found = self._used("train_model", "list")
        if not found:
            return ""
        own = found[0].inside and found[0].name == self.contract.losses[0]
        return self._say(found, OWN_LIST if own else "", lab=self.contract.losses[0])

    def times(self) -> int | None:
        """Return how often training always runs its loop, None where that is not known."""
        found = self._what("train_model", "fixed")
        return found[0].times if found else None

    def is_fixed(self) -> bool:
        """Say whether training runs its loop equally often, whatever is asked for."""
        return bool(self._what("train_model", "fixed"))

    def fixed(self) -> str:
        """Return how often training always runs its loop; else nothing."""
        times = self.times()
        return "" if times is None else USED["fixed"].format(times=times)

    def moved(self) -> str:
        """Return what updates move in place of a parameter of the lab's; else nothing."""
        found = self._used("train_model", "moved")
        return self._say(found, lab=_listed(found[0].instead)) if found else ""

    def undone(self) -> str:
        """Return which update looks like one and does nothing; else nothing."""
        for what in IDLE:
            for one in self._what("train_model", what):
                if what != "uncalled" or one.name.endswith("step"):
                    return self._placed(IDLE[what], one)
        return ""

    def is_still(self) -> bool:
        """Say whether nothing in training looks as if it moved a parameter."""
        return bool(self._what("train_model", "still"))

    def uncalled(self, *names: str) -> str:
        """Return which method of these names is named and not called; else nothing."""
        found = self._what("train_model", "uncalled")
        own = next((one for one in found if one.name.rpartition(".")[2] in names), None)
        return self._placed(IDLE["uncalled"], own) if own else ""

    def copied(self) -> str:
        """Return which copies are trained; else nothing."""
        found = self._what("train_model", "copied")
        stay = "parameters stay" if isinstance(self.contract, Functions) else "model stays"
        return self._placed(COPIED, found[0], stay=stay) if found else ""

    def remade(self) -> str:
        """Return which loss is made anew from its number; else nothing."""
        return self._first("train_model", "remade", REMADE)

    def returns(self) -> str:
        """Return what ends the training loop in its first turn; else nothing."""
        found = self._what("train_model", "returns")
        words_ = {"returns": "return", "breaks": "break"}
        return self._placed(RETURNS, found[0], name=words_[found[0].name]) if found else ""

    def hidden(self) -> str:
        """Return which argument hides a function of Python's own; else nothing."""
        return self._first("train_model", "hidden", HIDDEN)

    def outside(self, role: Role) -> str:
        """Return which data a function reads from outside; else nothing."""
        return self._first(role, "global", GLOBAL)

    def default(self) -> str:
        """Return which parameter of the lab is an argument of forward; else nothing."""
        return self._first("forward", "default", DEFAULT)

    def not_an_object(self) -> str:
        """Return which class the criterion is; else nothing."""
        return self._first("criterion", "uncalled", CLASS_NOT_CALLED)

    def _first(self, role: Role, what: What, text: str) -> str:
        found = self._what(role, what)
        return self._placed(text, found[0]) if found else ""

    def _placed(self, text: str, seen: Sighting, **values: str) -> str:
        place, role = messages.spot(seen.cell, seen.line), shown_name(self.contract, seen.role)
        return text.format(**{"place": place, "name": seen.name, "role": role, **values})

    def data(self) -> str:
        """Return on which other data training works; else nothing."""
        found = self._used("train_model", "data")
        return self._say(found, lab=_listed(found[0].instead)) if found else ""

    def _say(self, found: list[Sighting], text: str = "", **values: str) -> str:
        first = found[0]
        names = _listed(dict.fromkeys(one.name for one in found))
        role = shown_name(self.contract, first.role)
        place = messages.spot(first.cell, first.line)
        return (text or USED[first.what]).format(role=role, names=names, place=place, **values)

    def _seen(self, role: Role) -> list[Sighting]:
        seen = self.loading.sightings if self.loading is not None else ()
        return [one for one in seen if one.role == role]

    def _what(self, role: Role, what: What) -> list[Sighting]:
        return [one for one in self._seen(role) if one.what == what]

    def _used(self, role: Role, what: What) -> list[Sighting]:
        return [one for one in self._what(role, what) if one.instead]


def culprit_of(loading: Loading | None, names: Iterable[str]) -> Failure | None:
    """Return the first failure of a cell without which one of the names would be there.

    Where that lacked a name itself, it is the failure without which that one would be there.
    """
    failures = loading.failures if loading is not None else ()
    found, wanted = None, set(names)
    left = list(failures)
    while guilty := next((one for one in left if wanted.intersection(one.binds)), None):
        left.remove(guilty)
        found = guilty
        wanted = {guilty.name} if guilty.cause == "unknown-name" else set()
    return found


def _listed(names: Iterable[str]) -> str:
    listed = list(names)
    return " and ".join(filter(None, (", ".join(listed[:-1]), listed[-1])))
