"""The parts of a lab besides training: what an author writes, the steps and checks that it makes.

Whatever a part is called, it comes down to scripts (see ``protocol/script.py``) and to checks that
find the records of steps by their labels.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias

import msgspec

from autograder.errors import SpecError
from autograder.exercise.act import Act, Edge, Source
from autograder.exercise.argument import Calls, Due, argument, stand_ins
from autograder.exercise.chance import Claim
from autograder.protocol.script import Effect, Sought, Step
from autograder.protocol.value import Made
from autograder.words.catalogue import say

Looks = Literal[
    "values",
    "leaves_inputs",
    "leaves_parameters",
    "no_graph",
    "no_grad",
    "eval_mode",
    "train_mode",
    "shares_storage",
    "no_loops",
    "forbids",
    "same_seed_same_result",
    "trains_on_train_only",
    "statistics_from_train_only",
]
VALUES: Looks = "values"
EFFECTS: Mapping[Looks, Effect] = {
    "leaves_inputs": "arguments",
    "leaves_parameters": "parameters",
    "no_graph": "graph",
    "no_grad": "modes",
    "eval_mode": "modes",
    "train_mode": "modes",
    "shares_storage": "storage",
    "no_loops": "events",
    "forbids": "calls",
    "trains_on_train_only": "state",
    "statistics_from_train_only": "state",
}
"""What a process check looks at, in the order of checks."""
HELD_OUT: tuple[Looks, ...] = ("trains_on_train_only", "statistics_from_train_only")
"""Those that call again with other held-out data."""
SIZES = (16, 32, 64)
"""Of what is counted where there should be no loops."""
SEPARATOR = "-"
"""Between a part's id and what else names a check of it; no name of Python's has one."""
_NAME = re.compile(r"[A-Za-z_]\w*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")

DTypes = Literal["any", "kind", "exact"]
Kinds = Literal["equal", "exact"]
UpTo = Literal["", "sign", "signs", "order", "columns", "labels", "ties"]
Shapes = Literal["exact", "ones", "size"]


class PartCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check of a part: which steps it looks at, and how their records are compared.

    ``part`` is the part's id, ``shown`` what it is called to students. It looks at the steps with
    one of the ``labels``, at all where there are none. With ``chance`` results are random: they are
    held to what the author claims of them.
    """

    id: str
    part: str
    shown: str
    kind: Looks = "values"
    chance: bool = False
    labels: tuple[str, ...] = ()
    rtol: float
    atol: float
    dtypes: DTypes = "any"
    kinds: Kinds = "equal"
    up_to: UpTo = ""
    shapes: Shapes = "exact"
    nan: bool = False
    derivative_of: str = ""
    derivative_share: float = 0.0


Names: TypeAlias = str | tuple[str, ...]
Points: TypeAlias = float | Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class Part:
    """What all parts have.

    ``name`` is the student's, or names of which the first is shown. ``points`` are for its values;
    by label they make a check each. ``id`` is what its checks are called, by default its name;
    ``draws`` is how many hidden draws there are. ``equivalent`` are planted mistakes that need not
    be caught, as ``verify`` names them.

    Process checks are points for what a call does besides: it changes the arguments that the
    reference's changes, and no others (``leaves_inputs``); of modules among them the parameters
    and buffers (``leaves_parameters``); its result carries no graph (``no_graph``); modules are
    called where no graph is recorded (``no_grad``), or in one mode and left as they were
    (``eval_mode``, ``train_mode``); it shares memory with
    the same arguments (``shares_storage``); no more lines run as the size of ``sizes(source,
    size)`` doubles (``no_loops``); none of the functions that it ``forbids`` is called; other
    values for what was drawn as ``held_out(…)`` leave what is learnt as it is
    (``trains_on_train_only``, ``statistics_from_train_only``).

    ``accept`` are files in ``alternatives/`` that give other values, which are right as well.

    ``derivative_of`` is a forward function. Where that is wrong, what is the derivative of the
    student's own earns ``derivative_share`` of its points.

    ``calls`` are functions of other parts that it calls. Where one of them is wrong it is tried
    again with something neutral in its place: ``like`` its first argument in shape, a number for
    each of its ``rows``, one ``number``, or a function of the author's.
    """

    name: Names
    _: dataclasses.KW_ONLY
    points: Points
    leaves_inputs: float = 0
    leaves_parameters: float = 0
    no_graph: float = 0
    no_grad: float = 0
    eval_mode: float = 0
    train_mode: float = 0
    shares_storage: float = 0
    no_loops: float = 0
    sizes: Callable[[Source, int], Any] | None = None
    forbids: tuple[str, ...] = ()
    forbids_points: float = 1
    trains_on_train_only: float = 0
    statistics_from_train_only: float = 0
    rtol: float = 1e-4
    atol: float = 1e-5
    dtypes: DTypes = "any"
    kinds: Kinds = "equal"
    up_to: UpTo = ""
    shapes: Shapes = "exact"
    nan: bool = False
    draws: int = 3
    accept: tuple[str, ...] = ()
    calls: Calls = ()
    equivalent: tuple[str, ...] = ()
    derivative_of: str = ""
    derivative_share: float = 0.5
    id: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """The names under which the student may define it, the shown one first."""
        return (self.name,) if isinstance(self.name, str) else tuple(self.name)

    @property
    def key(self) -> str:
        """What its checks are called by."""
        return self.id or self.names[0].replace(".", "_")

    def bound(self) -> dict[str, Made]:
        """Return what stands for the functions that it calls. Raises SpecError."""
        return stand_ins(self.calls, f"parts[{self.key!r}].calls")

    def sought(self) -> Sought:
        """Return the name that the file must have, with its aliases."""
        return Sought(names=tuple(dict.fromkeys(name.partition(".")[0] for name in self.names)))

    def acts(self, source: Source) -> tuple[Act, ...]:
        """Return the steps of one draw."""
        raise NotImplementedError

    def sized_acts(self, source: Source, size: int) -> tuple[Act, ...]:
        """Return the steps of a draw of that size; none where nothing is counted."""
        return self.acts_of(self.sizes(source, size)) if self.no_loops and self.sizes else ()

    def acts_of(self, drawn: Any) -> tuple[Act, ...]:
        """Return what was drawn as steps."""
        return tuple(drawn)

    def cases(self) -> tuple[Edge, ...]:
        """Return the listed cases."""
        return ()

    def case_acts(self, case: Edge) -> tuple[Act, ...]:
        """Return the steps of a listed case."""
        return (Act("call", self.names[0], case.arguments, case.named, label=self.key),)

    def checks(self) -> tuple[PartCheck, ...]:
        """Return the checks of this part."""
        found = [self._check(VALUES, "", ())] if not isinstance(self.points, Mapping) else []
        if isinstance(self.points, Mapping):
            found = [self._check(VALUES, label, (label,)) for label in self.points]
        found += [self._check(kind, kind, ()) for kind in self.process()]
        return tuple(found)

    def process(self) -> dict[Looks, float]:
        """Return the points of each process check that is switched on."""
        found: dict[Looks, float] = {
            kind: getattr(self, kind) for kind in EFFECTS if kind != "forbids"
        }
        found["forbids"] = self.forbids_points if self.forbids else 0
        return {kind: points for kind, points in found.items() if points}

    def worths(self) -> dict[str, float]:
        """Return the points of each check."""
        if isinstance(self.points, Mapping):
            found = {f"{self.key}{SEPARATOR}{label}": w for label, w in self.points.items()}
        else:
            found = {self.key: self.points}
        return found | {f"{self.key}{SEPARATOR}{kind}": w for kind, w in self.process().items()}

    def _check(self, kind: Looks, suffix: str, labels: tuple[str, ...]) -> PartCheck:
        derived = kind == VALUES and labels != (self.derivative_of,)
        return PartCheck(
            id=f"{self.key}{SEPARATOR}{suffix}" if suffix else self.key,
            part=self.key,
            shown=self.names[0],
            kind=kind,
            labels=labels,
            rtol=self.rtol,
            atol=self.atol,
            dtypes=self.dtypes,
            kinds=self.kinds,
            up_to=self.up_to,
            shapes=self.shapes,
            nan=self.nan,
            derivative_of=self.derivative_of if derived else "",
            derivative_share=self.derivative_share if derived and self.derivative_of else 0.0,
            chance=isinstance(self, Random) and kind == VALUES,
        )

    def steps(self, acts: Sequence[Act], key: str, dues: dict[str, Due]) -> tuple[Step, ...]:
        """Return an author's steps as they are sent; ``dues`` takes up what is not known yet.

        Raises SpecError.
        """
        return tuple(
            self._step(act, say("spec-at-step", key=key, at=at), dues)
            for at, act in enumerate(acts, start=1)
        )

    def _step(self, act: Act, key: str, dues: dict[str, Due]) -> Step:
        if not isinstance(act, Act):
            raise SpecError(key, say("spec-step"))
        name = act.name or (self.names[0] if act.do == "construct" else "")
        looks = act.do in ("call", "construct")
        seen = (kind for kind in self.process() if kind in EFFECTS and kind != "no_loops")
        effects = dict.fromkeys(EFFECTS[kind] for kind in seen)
        return Step(
            do=act.do,
            name=name,
            label=act.label or act.name or act.do,
            on=act.on,
            arguments=tuple(argument(value, key, dues) for value in act.arguments),
            named={name: argument(value, key, dues) for name, value in act.named.items()},
            keep=dict(act.keep),
            record=act.record,
            first=act.first,
            project=act.project,
            wrt=act.wrt,
            effects=tuple(effects) if looks else (),
            forbids=self.forbids if looks else (),
        )


@dataclasses.dataclass(frozen=True)
class Function(Part):
    """A function of the file. ``draw`` returns its arguments: a tuple, or the only one.

    Where a list of steps is wanted, such as a second call that uses what the first one kept, it
    returns ``(call("forward", x).keeping(cache=1), call("backward", d, kept("cache")))``.
    """

    draw: Callable[[Source], Any] | None = None
    edges: tuple[Edge, ...] = ()

    def acts(self, source: Source) -> tuple[Act, ...]:
        """Return one call with drawn arguments, or the steps that were drawn."""
        return self.acts_of(self.draw(source) if self.draw is not None else ())

    def acts_of(self, drawn: Any) -> tuple[Act, ...]:
        """Return one call with what was drawn, or the steps that were."""
        given = drawn if isinstance(drawn, tuple) else (drawn,)
        if given and all(isinstance(one, Act) for one in given):
            return tuple(dataclasses.replace(one, on="") for one in given)
        return (Act("call", self.names[0], given, label=self.key),)

    def cases(self) -> tuple[Edge, ...]:
        """Return the listed cases."""
        return self.edges


@dataclasses.dataclass(frozen=True)
class Object(Part):
    """A class with state. ``script`` returns ``construct(…)`` and further steps for one draw.

    Of an ``nn.Module``, ``load(…)`` sets the parameters and ``call("forward", x)`` the output.
    """

    script: Callable[[Source], Sequence[Act]] | None = None

    def acts(self, source: Source) -> tuple[Act, ...]:
        """Return the drawn steps."""
        return tuple(self.script(source)) if self.script is not None else ()


@dataclasses.dataclass(frozen=True)
class Variable(Part):
    """A value that the cells leave behind.

    ``given`` draws values for names of the page's, by name: the cells are run once more with each
    hidden draw. Without it the value is the same for everybody, so anybody can write it down:
    ``fixed`` says that the author knows, and ``verify`` shows what such values are worth.
    """

    first: int = 0
    fixed: bool = False
    given: Callable[[Source], Mapping[str, Any]] | None = None

    def sought(self) -> Sought:
        """Return the name, which may be of anything."""
        return Sought(names=self.names, code=False)

    def acts(self, source: Source) -> tuple[Act, ...]:  # noqa: ARG002  # nothing is drawn
        """Return the one step."""
        return (Act("read", self.names[0], label=self.key, first=self.first),)


@dataclasses.dataclass(frozen=True)
class Random(Part):
    """A function whose results are random: it is called ``repeats`` times with what was drawn.

    Where steps are drawn, such as ``(construct(0.5), call("forward", x))`` of a class, they are all
    done so often, and the last of them gives the result.

    ``claims`` are shares, distributions and relations; ``alpha`` is how likely right results may
    break any of them. ``same_seed_same_result`` are points for results that hang on nothing but
    the seeds of Python's, NumPy's and torch's own generators.
    """

    draw: Callable[[Source], Any] | None = None
    claims: tuple[Claim, ...] = ()
    repeats: int = 20
    alpha: float = 1e-6
    same_seed_same_result: float = 0

    def acts(self, source: Source) -> tuple[Act, ...]:
        """Return equal calls, or equal rounds of steps."""
        drawn = self.draw(source) if self.draw is not None else ()
        given = drawn if isinstance(drawn, tuple) else (drawn,)
        steps = bool(given) and all(isinstance(one, Act) for one in given)
        *before, last = given if steps else (Act("call", self.names[0], given),)
        quiet = (dataclasses.replace(one, record=False) for one in before)
        return self.repeats * (*quiet, last.labelled(self.key))

    def first_round(self, steps: Sequence[Step]) -> Sequence[Step]:
        """Return the steps that lead to the first result."""
        return steps[: len(steps) // self.repeats]

    def process(self) -> dict[Looks, float]:
        """Return the points of each process check that is switched on."""
        seeded: dict[Looks, float] = {"same_seed_same_result": self.same_seed_same_result}
        return super().process() | ({} if not self.same_seed_same_result else seeded)


def check_parts(parts: object, reserved: Sequence[str]) -> None:
    """Check that parts are parts, with names of their own. Raises SpecError."""
    if not isinstance(parts, tuple) or not all(isinstance(part, Part) for part in parts):
        raise SpecError("parts", say("spec-parts"))
    known: set[str] = set(reserved)
    for part in parts:
        key = f"parts[{part.key!r}]"
        named = bool(part.names) and all(_DOTTED.fullmatch(str(name)) for name in part.names)
        _require(named, key, "spec-part-name")
        _require(bool(_NAME.fullmatch(part.key)), key, "spec-part-id")
        _require(part.key not in known, key, "spec-part-taken")
        known.add(part.key)
        _check_points(part, key)
        for name, bound in (("rtol", part.rtol), ("atol", part.atol)):
            sound = isinstance(bound, (int, float)) and 0 <= bound < float("inf")
            _require(sound, f"{key}.{name}", "spec-not-negative")
        _require(type(part.draws) is int and part.draws >= 1, f"{key}.draws", "spec-whole")
        source = getattr(part, "draw", None) or getattr(part, "script", None)
        listed = bool(part.cases()) or isinstance(part, Variable)
        _require(callable(source) or listed, key, "spec-part-draw")
        if isinstance(part, Variable):
            known_draw = part.given is None or callable(part.given)
            _require(known_draw, f"{key}.given", "spec-given")
            _require(part.given is None or not part.fixed, f"{key}.fixed", "spec-given-fixed")
        _check_looks(part, key)
        check_calls(part.bound(), [one for one in parts if one is not part], f"{key}.calls")


def check_calls(bound: Iterable[str], others: Iterable[Part], key: str) -> None:
    """Check that what is called is a function of another part. Raises SpecError."""
    known = {one.names[0] for one in others if "." not in one.names[0]}
    for name in bound:
        _require(name in known, key, "spec-calls", name=name, parts=", ".join(sorted(known)))


def _check_looks(part: Part, key: str) -> None:
    """Check what random results and process checks need. Raises SpecError."""
    if isinstance(part, Random):
        claimed = bool(part.claims) and all(isinstance(one, Claim) for one in part.claims)
        _require(claimed, f"{key}.claims", "spec-part-claims")
        sound = isinstance(part.alpha, float) and 0 < part.alpha < 1
        _require(sound, f"{key}.alpha", "spec-part-alpha")
        several = type(part.repeats) is int and part.repeats > 1
        _require(several, f"{key}.repeats", "spec-part-repeats")
    sound = isinstance(part.derivative_share, (int, float)) and 0 <= part.derivative_share <= 1
    _require(sound, f"{key}.derivative_share", "spec-part-share")
    _require(not part.no_loops or callable(part.sizes), f"{key}.sizes", "spec-part-sizes")
    listed_names = isinstance(part.forbids, tuple) and all(
        isinstance(name, str) and name for name in part.forbids
    )
    _require(listed_names, f"{key}.forbids", "spec-part-forbids")


def _check_points(part: Part, key: str) -> None:
    for name, points in part.worths().items():
        sound = isinstance(points, (int, float)) and 0 < points < float("inf")
        _require(sound, f"{key}.points[{name!r}]", "spec-positive", value=repr(points))
    _require(bool(part.worths()), f"{key}.points", "spec-no-points")


def _require(sound: bool, key: str, code: str, **values: object) -> None:  # noqa: FBT001  # a claim
    if not sound:
        raise SpecError(key, say(code, **values))
