"""What the worker is sent. Nothing here is an expected value, a point or a tolerance."""

from __future__ import annotations

import math
from typing import Literal

import msgspec

from autograder.protocol.array import Array
from autograder.protocol.script import Phase, Script, Sought
from autograder.protocol.value import Made

VERSION = 4

Role = Literal["forward", "criterion", "train_model"]
ROLES: tuple[Role, ...] = ("forward", "criterion", "train_model")


class Validation(msgspec.Struct, frozen=True, kw_only=True):
    """The data that training evaluates on: arrays by name, and what hands them out, if anything."""

    inputs: str = "X_val"
    targets: str = "y_val"
    dataset: tuple[str, ...] = ()
    loader: tuple[str, ...] = ()
    batch_size: int | None = None


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """How a training moves parameters: a class of torch.optim by name, with its settings.

    ``schedule`` is a class of torch.optim.lr_scheduler, which moves on after ``every`` iteration or
    step. ``clip_norm`` bounds the norm of all gradients together.
    """

    optimizer: str = "SGD"
    settings: dict[str, float | bool | tuple[float, ...]] = {}
    schedule: str = ""
    schedule_settings: dict[str, float | tuple[int, ...]] = {}
    every: Literal["iteration", "step"] = "iteration"
    clip_norm: float = 0.0


class Functions(msgspec.Struct, frozen=True, kw_only=True, tag="functions"):
    """How a lab of module-level functions over globals is driven.

    Each field lists names: the canonical one first, then aliases that are tried in order.
    ``outputs`` is the shape of one prediction where it is not that of one target: ``(3,)`` where
    three numbers are given of each sample, and its target is the index of a class. ``validation``
    are the data that training evaluates on, ``records`` the names of further lists that it fills,
    ``rule`` how it moves parameters, where that is not gradient descent alone. ``keeps_best``:
    at the end training goes back to parameters that it had before. ``stops_early``: it may end
    before all iterations have run, and then does so where the reference does. ``numpy``: the page
    uses no torch. Data are arrays or lists as the page has them; a parameter is a number, an array
    or a list, and its name says where it lies: ``w``, ``net.W``, ``layers.0.W``, each part an
    attribute, a key or a place. ``more_inputs`` are arrays that forward takes after ``inputs``.
    """

    forward: tuple[str, ...] = ("forward",)
    criterion: tuple[str, ...] = ("criterion",)
    train_model: tuple[str, ...] = ("train_model",)
    losses: tuple[str, ...] = ("LOSS",)
    learning_rate: tuple[str, ...] = ("lr", "learning_rate")
    inputs: str = "X"
    targets: str = "Y"
    outputs: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    validation: Validation | msgspec.UnsetType = msgspec.UNSET
    records: tuple[tuple[str, ...], ...] | msgspec.UnsetType = msgspec.UNSET
    rule: Rule | msgspec.UnsetType = msgspec.UNSET
    keeps_best: bool | msgspec.UnsetType = msgspec.UNSET
    stops_early: bool | msgspec.UnsetType = msgspec.UNSET
    numpy: bool | msgspec.UnsetType = msgspec.UNSET
    more_inputs: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET

    def names(self, role: Role) -> tuple[str, ...]:
        """Return the names under which ``role`` may be defined."""
        return {
            "forward": self.forward,
            "criterion": self.criterion,
            "train_model": self.train_model,
        }[role]


class Module(msgspec.Struct, frozen=True, kw_only=True, tag="module"):
    """How a lab of an ``nn.Module``, a criterion and an optimizer is driven.

    Names: the canonical one first, then aliases. ``arguments`` are those of the class's
    constructor. With ``dataset`` and ``loader`` the training function draws batches of
    ``batch_size`` in order; the arrays ``inputs`` and ``targets`` are the dataset's attributes.
    Without them it works on the global tensors of these names, all at once. ``outputs``,
    ``validation``, ``records``, ``rule``, ``keeps_best``, ``stops_early`` and ``more_inputs`` are
    as in :class:`Functions`.
    ``without_dropout``: dropout keeps every value, so that training can be computed again.
    """

    model_class: tuple[str, ...]
    arguments: tuple[int | float | str, ...] = ()
    criterion: tuple[str, ...] = ("criterion",)
    train_model: tuple[str, ...] = ("train_model",)
    model: tuple[str, ...] = ("model", "net")
    optimizer: tuple[str, ...] = ("optimizer", "opt")
    dataset: tuple[str, ...] = ()
    loader: tuple[str, ...] = ()
    batch_size: int | None = None
    losses: tuple[str, ...] = ("LOSS",)
    learning_rate: tuple[str, ...] = ("lr", "learning_rate")
    inputs: str = "X"
    targets: str = "Y"
    outputs: tuple[int, ...] | msgspec.UnsetType = msgspec.UNSET
    validation: Validation | msgspec.UnsetType = msgspec.UNSET
    records: tuple[tuple[str, ...], ...] | msgspec.UnsetType = msgspec.UNSET
    rule: Rule | msgspec.UnsetType = msgspec.UNSET
    keeps_best: bool | msgspec.UnsetType = msgspec.UNSET
    stops_early: bool | msgspec.UnsetType = msgspec.UNSET
    without_dropout: bool | msgspec.UnsetType = msgspec.UNSET
    more_inputs: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET

    def names(self, role: Role) -> tuple[str, ...]:
        """Return the names under which ``role`` may be defined; forward is the model's."""
        return {
            "forward": (*self.model_class, *self.model),
            "criterion": self.criterion,
            "train_model": self.train_model,
        }[role]


Contract = Functions | Module
NO_TRAINING = Functions(
    forward=(),
    criterion=(),
    train_model=(),
    losses=(),
    learning_rate=(),
    inputs="",
    targets="",
)
"""The contract of a lab that trains nothing: none of the roles has a name."""


def outputs_of(contract: Contract) -> tuple[int, ...] | None:
    """Return the shape of one prediction, None where it is that of one target."""
    return None if contract.outputs is msgspec.UNSET else contract.outputs


def records_of(contract: Contract) -> tuple[tuple[str, ...], ...]:
    """Return the names of each further list that training fills, the canonical one first."""
    return () if contract.records is msgspec.UNSET else contract.records


def rule_of(contract: Contract) -> Rule | None:
    """Return how training moves parameters, None where it is plain gradient descent."""
    return None if contract.rule is msgspec.UNSET else contract.rule


def inputs_of(contract: Contract) -> tuple[str, ...]:
    """Return the arrays that forward takes, in order."""
    more = () if contract.more_inputs is msgspec.UNSET else contract.more_inputs
    return (contract.inputs, *more)


def is_numpy(contract: Contract | None) -> bool:
    """Say whether a lab's page uses no torch: its gradients are written by hand."""
    return isinstance(contract, Functions) and contract.numpy is True


def validation_of(contract: Contract) -> Validation | None:
    """Return the data that training evaluates on, None where a lab has none."""
    return None if contract.validation is msgspec.UNSET else contract.validation


def names_by_role(
    contract: Contract, sought: tuple[Sought, ...] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the names under which each role, and each code of a part, may be defined."""
    roles: dict[str, tuple[str, ...]] = {role: contract.names(role) for role in ROLES}
    return {role: names for role, names in roles.items() if names} | {
        one.names[0]: one.names for one in sought if one.code
    }


def shown_name(contract: Contract, role: Role) -> str:
    """Return what a role is called to students: the lab's own name; a model's forward is that."""
    if role == "forward" and isinstance(contract, Module):
        return role
    return contract.names(role)[0]


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """Values of the lab's globals: data arrays by name, start values and the learning rate.

    With the Module contract, ``start`` goes by the names of the model's ``named_parameters()``.
    """

    data: dict[str, Array]
    start: dict[str, Array]
    learning_rate: float


def steps_per_iteration(contract: Contract, situation: Situation) -> int:
    """Return how many steps one iteration takes: one, or one a batch."""
    size = contract.batch_size if isinstance(contract, Module) else None
    return math.ceil(situation.data[contract.inputs].shape[0] / size) if size else 1


MOST_PARAMETERS = 10_000  # of which each step's are recorded
KEPT_BYTES = 700_000  # of one matrix: four of them, and all calls, stay below a frame's limit


def rows_kept(situation: Situation, calls: tuple[int, ...]) -> int:
    """Return of how many steps of each call the parameters can be recorded."""
    values = sum(math.prod(array.shape) for array in situation.start.values())
    return min(Budget().recorded_steps, KEPT_BYTES // (8 * values * len(calls)))


class ForwardProbe(msgspec.Struct, frozen=True, kw_only=True, tag="forward", omit_defaults=True):
    """Call forward(x) with the parameters set; the gradient is that of sum(cotangent * yhat).

    ``more`` are further inputs, where forward takes several.
    """

    id: str
    parameters: dict[str, Array]
    x: Array
    cotangent: Array
    phase: Phase = "public"
    more: tuple[Array, ...] = ()


class CriterionProbe(
    msgspec.Struct, frozen=True, kw_only=True, tag="criterion", omit_defaults=True
):
    """Call criterion(yhat, y); the gradient is that of the loss with respect to yhat."""

    id: str
    yhat: Array
    y: Array
    phase: Phase = "public"


Probe = ForwardProbe | CriterionProbe


class Scenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One situation in which the training function is run.

    ``calls`` are the iteration counts of successive calls: ``(3, 2)`` trains three iterations,
    then continues for two. ``isolated`` scenarios replace forward and criterion by stand-ins, and
    by what is ``bound`` the functions of other parts that training calls.
    """

    id: str
    kind: Literal["own", "isolated"]
    situation: Situation
    calls: tuple[int, ...]
    phase: Phase = "public"
    bound: dict[str, Made] = {}


class Budget(msgspec.Struct, frozen=True, kw_only=True):
    """Soft limits that the worker keeps by itself; the sandbox's hard limits stand behind them.

    Seconds are of processor time: of one cell, of one call of a function, and of all together.
    """

    cells_seconds: float = 5.0
    call_seconds: float = 2.0
    total_seconds: float = 20.0
    output_bytes: int = 1_000_000
    source_bytes: int = 10_000_000
    cells: int = 2_000
    recorded_steps: int = 4_096
    prefix_runs: int = 12


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was submitted, as it came: nothing of it was read.

    ``name`` is its way below the student's folder, such as ``slope/slope.ipynb``. ``submitted`` is
    when it was submitted, in seconds, where files of one attempt differ in that.
    """

    name: str
    data: bytes
    submitted: float | None = None


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """All that a worker needs to observe one submission.

    It never travels as a whole: what is hidden is sent later, piece by piece (``steps.py``).

    ``labs`` are those of the course, so that a file of another one can be told. ``page`` has a
    digest of each text of the released page, so that none of them is taken for a student's.
    ``plots``: whether matplotlib is a do-nothing object, or the real one that draws on nothing.
    ``choice`` counts the files that could be meant from 0, the likeliest first: which one is run.
    ``sought`` are the names that the parts need, ``scripts`` what is done with them, ``fixtures``
    the author's files that these need, by name. ``variant`` is whose hidden data these are, counted
    from 0; it is sent with them, never before. ``listed``: whether the code is listed for people.
    """

    version: int = VERSION
    files: tuple[File, ...]
    lab: str = ""
    labs: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    contract: Contract
    preset: Situation
    inert: tuple[str, ...]
    probes: tuple[Probe, ...]
    scenarios: tuple[Scenario, ...]
    sought: tuple[Sought, ...] = ()
    scripts: tuple[Script, ...] = ()
    fixtures: dict[str, str] = {}
    budget: Budget = Budget()
    plots: Literal["inert", "real"] = "inert"
    choice: int = 0
    variant: int = 0
    listed: bool = True
