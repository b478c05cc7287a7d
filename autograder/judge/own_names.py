"""What is said of names of a file's own: what there is where the lab has a name, and where.

The worker reads them out of the file (``worker/survey.py``); here they are put into words. None
decides a point, and each is said only where what was observed bears it out.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

import msgspec

from autograder.judge import messages
from autograder.judge.result import Diagnosis
from autograder.protocol.job import ROLES, Contract, Functions, Module, Role, shown_name
from autograder.protocol.trace import Failure, Loading, Sighting, What
from autograder.words.text import NOTHING, Text, Value, text

DOES: Mapping[Role, str] = {
    "forward": "does-predict",
    "criterion": "does-compute-loss",
    "train_model": "does-train",
}
ABSENT: Mapping[What, tuple[str, str]] = {
    "function": ("instead-function", "advice-right-name"),
    "similar": ("instead-similar", "advice-spelling"),
    "method": ("instead-method", "advice-top-level-class"),
    "inner": ("instead-inner", "advice-top-level-function"),
    "class": ("instead-class", "advice-right-name"),
    "object": ("instead-object", "advice-right-name"),
    "loop": ("instead-loop", "advice-loop-in-function"),
    "rebound": ("instead-rebound", "advice-other-name"),
    "skipped": ("instead-skipped", "advice-condition"),
}
USED: Mapping[What, str] = {
    "parameter": "uses-parameter",
    "model": "uses-parameter",
    "rate": "uses-rate",
    "number": "uses-number",
    "moved": "uses-moved",
    "list": "uses-list",
    "data": "uses-data",
    "fixed": "always-runs",
}
IDLE: Mapping[What, str] = {
    "dropped": "idle-dropped",
    "compared": "idle-compared",
    "uncalled": "idle-uncalled",
    "commented": "idle-commented",
    "unread": "idle-unread",
    "regraded": "idle-regraded",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class OwnNames:
    """The own names that the worker saw in one file, in words."""

    loading: Loading | None
    contract: Contract

    def absence(self, role: Role) -> messages.Told:
        """Return message and hint for a function that is not defined: what there is instead."""
        wanted = self.contract.names(role)[0]
        reason, hint = self.reason(role)
        if not reason:
            return messages.failure(Failure(kind="missing", text=""), wanted, public=True)
        return text("not-defined-because", wanted=wanted, reason=reason), hint

    def reason(self, role: Role) -> messages.Told:
        """Return why a function is not defined, as a part of a sentence, and a hint."""
        wanted = self.contract.names(role)[0]
        culprit = culprit_of(self.loading, self.contract.names(role))
        if culprit is not None:
            why = text("not-run-because", cause=messages.cell_failure(culprit))
            return why, text("advice-fix-first")
        seen = next((one for one in self._seen(role) if one.what in ABSENT), None)
        if seen is None:
            return NOTHING, NOTHING
        owner, _, own = seen.name.rpartition(".")
        reason, hint = ABSENT[seen.what]
        values: dict[str, Value] = {
            "name": own if seen.what == "inner" else seen.name,
            "owner": owner,
            "does": text(DOES[role]),
            "place": messages.spot(seen.cell, seen.line),
        }
        return Text(reason, values), text(hint, wanted=wanted)

    def no_forward(self) -> Text:
        """Say that a model's class has no forward."""
        return text("class-without-forward", wanted=self.contract.names("forward")[0])

    def lost(self, failure: Failure, role: Role) -> Role:
        """Return what is missing where a role could not be tried: it, or the model it needs."""
        return "forward" if failure.cause == "model-missing" else role

    def trained(self, role: Role) -> Text:
        """Return what is trained, or predicted with, in place of the lab's; else nothing."""
        found = self._used(role, "parameter") or self._used(role, "model")
        if not found:
            return NOTHING
        functions = isinstance(self.contract, Functions)
        lab = messages.listed(found[0].instead if functions else found[0].instead[:1])
        code = "uses-parameter-in-forward" if role == "forward" else ""
        return self._say(found, code, lab=lab, n=len(lab))

    def rate(self) -> Text:
        """Return where the size of steps comes from, if not from the lab's rate; else nothing."""
        found = self._used("train_model", "rate") or self._used("train_model", "number")
        if not found:
            return NOTHING
        lab = self.contract.learning_rate[0]
        functions = isinstance(self.contract, Functions)
        rate = text("lab-sets-rate", lab=lab) if functions else text("optimizer-has-rate")
        own = found[0].inside and found[0].name in self.contract.learning_rate
        return self._say(found, "uses-own-rate" if own else "", rate=rate)

    def losses(self) -> Text:
        """Return to which other list losses are appended; else nothing."""
        found = self._used("train_model", "list")
        if not found:
            return NOTHING
        own = found[0].inside and found[0].name == self.contract.losses[0]
        return self._say(found, "uses-own-list" if own else "", lab=self.contract.losses[0])

    def times(self) -> int | None:
        """Return how often training always runs its loop, None where that is not known."""
        found = self._what("train_model", "fixed")
        return found[0].times if found else None

    def is_fixed(self) -> bool:
        """Return whether training runs its loop equally often, whatever is asked for."""
        return bool(self._what("train_model", "fixed"))

    def fixed(self) -> Text:
        """Return how often training always runs its loop; else nothing."""
        times = self.times()
        return NOTHING if times is None else text(USED["fixed"], n=times)

    def moved(self) -> Text:
        """Return what updates move in place of a parameter of the lab's; else nothing."""
        found = self._used("train_model", "moved")
        return self._say(found, lab=messages.listed(found[0].instead)) if found else NOTHING

    def undone(self) -> Text:
        """Return which update looks like one and does nothing; else nothing."""
        for what, code in IDLE.items():
            for one in self._what("train_model", what):
                if what != "uncalled" or one.name.endswith("step"):
                    return self._placed(code, one)
        return NOTHING

    def is_still(self) -> bool:
        """Return whether nothing in training looks as if it moved a parameter."""
        return bool(self._what("train_model", "still"))

    def uncalled(self, *names: str) -> Text:
        """Return which method of these names is named and not called; else nothing."""
        found = self._what("train_model", "uncalled")
        own = next((one for one in found if one.name.rpartition(".")[2] in names), None)
        return self._placed("idle-uncalled", own) if own else NOTHING

    def copied(self) -> Text:
        """Return which copies are trained; else nothing."""
        functions = isinstance(self.contract, Functions)
        return self._first(
            "train_model", "copied", "trains-copy" if functions else "trains-copy-of-model"
        )

    def remade(self) -> Text:
        """Return which loss is made anew from its number; else nothing."""
        return self._first("train_model", "remade", "loss-remade")

    def returns(self) -> Text:
        """Return what ends the training loop in its first turn; else nothing."""
        found = self._what("train_model", "returns")
        code = "returns-in-loop" if found and found[0].name == "returns" else "breaks-in-loop"
        return self._placed(code, found[0]) if found else NOTHING

    def hidden(self) -> Text:
        """Return which argument hides a function of Python's own; else nothing."""
        return self._first("train_model", "hidden", "argument-hides")

    def numbered(self) -> Text:
        """Return which number of an item is used as the item; else nothing."""
        return self._first("train_model", "numbered", "uses-number-of-item")

    def foreign(self, line: int | None) -> bool:
        """Return whether a line reads the gradient of what is no parameter."""
        return any(one.line == line for one in self._what("train_model", "foreign"))

    def cut(self, role: Role) -> Text:
        """Return what cuts a value off from the graph, if one thing alone does; else nothing."""
        found = self._what(role, "cut")
        names = dict.fromkeys(one.name for one in found)
        if not names or (len(names) > 1 and len({(one.cell, one.line) for one in found}) > 1):
            return NOTHING
        shown = messages.listed(".data" if name == "data" else f"{name}()" for name in names)
        place = messages.spot(found[0].cell, found[0].line)
        return text("cuts-off", n=len(shown), names=shown, place=place)

    def given_data(self, role: Role, line: int | None) -> Text:
        """Return which class of losses is called with data in a line; else nothing."""
        found = [one for one in self._what(role, "given") if one.line == line]
        return self._placed("class-given-data", found[0]) if found else NOTHING

    @property
    def has_model(self) -> bool:
        """Whether predictions are made by calling a model."""
        return isinstance(self.contract, Module)

    def swapped(self) -> bool:
        """Return whether training passes the targets to the loss first."""
        return bool(self._what("train_model", "swapped"))

    def unpredicted(self) -> Text:
        """Return which inputs the loss gets in place of predictions; else nothing."""
        return self._first("train_model", "unpredicted", "loss-of-inputs")

    def random(self) -> Text:
        """Return what training draws by chance; else nothing."""
        return self._first("train_model", "random", "draws-by-chance")

    def early(self, role: Role) -> Text:
        """Return where forward or criterion goes backward itself; else nothing."""
        return NOTHING if role == "train_model" else self._first(role, "early", "backward-inside")

    def anew(self, role: Role) -> Text:
        """Return what a function makes anew at each call; else nothing."""
        code = "trains-new-model" if role == "train_model" else "layer-made-anew"
        return self._first(role, "anew", code)

    def made_at_each_call(self) -> Text:
        """Return which model training makes anew, where it then is the lab's; else nothing."""
        return self._first("train_model", "anew", "makes-new-model")

    def summed(self) -> Text:
        """Return which running sum training goes backward from; else nothing."""
        return self._first("train_model", "summed", "backward-of-sum")

    def reassigns(self) -> bool:
        """Return whether training gives a name what comes of that name's own gradient."""
        return bool(self._what("train_model", "reassigned"))

    def restored(self) -> Text:
        """Return what is set after the loop; else nothing."""
        found = self._what("train_model", "restored")
        state = bool(found) and found[0].name == "load_state_dict"
        return (
            self._placed("state-put-back" if state else "value-put-back", found[0])
            if found
            else NOTHING
        )

    def emptied(self) -> Text:
        """Return which list is replaced by what append() returns; else nothing."""
        return self._first("train_model", "lost", "list-lost")

    def outside(self, role: Role) -> Text:
        """Return what a function reads from outside, and not from its arguments; else nothing."""
        model = role == "forward" and bool(self.not_self())
        return NOTHING if model else self._first(role, "global", "reads-from-outside")

    def not_self(self) -> Text:
        """Return which global model a model's forward reads where it is to use itself."""
        models = self.contract.model if isinstance(self.contract, Module) else ()
        found = [one for one in self._what("forward", "global") if one.name in models]
        return self._placed("reads-global-model", found[0]) if found else NOTHING

    def default(self) -> Text:
        """Return which parameter of the lab is an argument of forward; else nothing."""
        return self._first("forward", "default", "parameter-is-argument")

    def not_an_object(self) -> Text:
        """Return which class the criterion is; else nothing."""
        return self._first("criterion", "uncalled", "class-not-called")

    def _first(self, role: Role, what: What, code: str) -> Text:
        found = self._what(role, what)
        return self._placed(code, found[0]) if found else NOTHING

    def _placed(self, code: str, seen: Sighting) -> Text:
        place, role = messages.spot(seen.cell, seen.line), shown_name(self.contract, seen.role)
        return text(code, place=place, name=seen.name, role=role)

    def data(self) -> Text:
        """Return on which other data training works; else nothing."""
        found = self._used("train_model", "data")
        return self._say(found, lab=messages.listed(found[0].instead)) if found else NOTHING

    def _say(self, found: list[Sighting], code: str = "", **values: Value) -> Text:
        first = found[0]
        role = shown_name(self.contract, first.role)
        place = messages.spot(first.cell, first.line)
        names = messages.listed(one.name for one in found)
        return Text(
            code or USED[first.what], {"role": role, "names": names, "place": place, **values}
        )

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


def with_own_names(found: Diagnosis, names: OwnNames) -> Diagnosis:
    """Return a diagnosis with the file's own names that it comes of, where it does."""
    model = names.not_self() if found.function == "forward" else NOTHING
    told = {
        "forward-ignores-parameters": names.trained("forward") or model,
        "bias-missing": names.trained("forward") or model,
        "forward-other-formula": model,
        "shadowed-parameter": names.anew("train_model"),
        "parameters-untouched": names.copied() or names.trained("train_model"),
        "parameter-not-updated": names.undone() or names.trained("train_model") or names.moved(),
        "no-update": names.undone() or names.moved(),
        "gradient-not-zeroed": names.uncalled("zero_grad", "zero_"),
        "backward-missing": names.uncalled("backward"),
        "graph-broken": (
            names.unpredicted() or names.remade() if found.function == "train_model" else model
        )
        or next((names.cut(role) for role in ROLES if role == found.function), NOTHING),
        "losses-added-up": names.summed(),
        "last-step-undone": names.restored(),
        "parameter-reset": names.made_at_each_call(),
        "shadowed-name": names.emptied(),
        "list-replaced": names.emptied(),
        "fixed-iterations": names.returns()
        or (NOTHING if "always-runs" in found.remarks else names.fixed()),
        "learning-rate-ignored": names.rate(),
        "not-a-tensor": names.numbered(),
        "loss-not-recorded": names.losses(),
        "hard-coded-answer": names.data(),
    }.get(found.id, NOTHING)
    if not told or told == found.message:
        return found
    whole = found.id in ("bias-missing", "parameters-untouched")  # else it would be false
    return msgspec.structs.replace(
        found, message=told if whole else messages.sentences(found.message, told)
    )
