"""What the worker recorded. A trace is a claim: the judge believes none of it unexamined.

Traces hold no times, addresses or identities, so the same submission leaves the same bytes.
"""

from __future__ import annotations

import builtins
from typing import Literal

import msgspec

from autograder.protocol.array import Array
from autograder.protocol.job import Role
from autograder.protocol.script import Mode, Moved, Phase
from autograder.protocol.value import Numbers, Value

KEPT_BINDS = 40
LONGEST_NAME = 60
SHORTER = 0.25
"""The share of its time that a cell gets after each cell before it that used all of its own."""

FailureKind = Literal[
    "exception",  # student code raised
    "not_implemented",  # the stub is still there
    "missing",  # a name is not defined, or is not what it must be
    "signature",  # the function cannot be called as the lab calls it
    "result",  # the function returned something that cannot be used
    "syntax",  # a cell does not parse
    "time",  # a soft limit of processor time ended it
    "wait",  # it waited, using no processor time, until it was ended
    "memory",  # memory ran out
    "module",  # a value was asked of a module that is missing on the grader; the text names it
    "exit",  # sys.exit() and its like
    "unreadable",  # the file is not a notebook or a script
    "fixture",  # a file of the author's does not give what it should; the name is the file's
]


Loop = Literal["", "while", "for", "fixed"]
"""Where time was over: in no loop, one that need not end, one that does, one of a fixed length."""


Cause = Literal[
    "",  # none of these
    "cut-off",  # backward() through a value without a graph
    "number-backward",  # backward() on a plain number
    "second-backward",  # backward() twice through one graph
    "leaf-in-place",  # a parameter changed in place while its graph is recorded
    "none-emptied",  # zero_() on None, as a .grad is that was never computed
    "none-read",  # arithmetic with None
    "none-used",  # .data or .detach() of None, which may be for either
    "import",
    "syntax",
    "unknown-name",
    "unbound-name",  # a local variable read before it has a value
    "no-place",  # an index beyond a list's end
    "caret",  # ^ between fractions
    "shapes-apart",  # tensors whose shapes do not fit together
    "no-dimensions",  # a tensor without dimensions, or with too few, where a vector is needed
    "no-tensor",  # something else where PyTorch needs a tensor
    "not-callable",  # a call of what is no function, such as a name that was given another value
    "not-called",  # a function itself where what it returns is needed
    "gradient-assigned",  # a .grad that is set to what is no tensor
    "one-only",  # a loop, or a length, of what is one thing
    "parts-differ",  # more or fewer parts than names that are to take them
    "parts-used",  # arithmetic with a tuple or a list
    "no-parts",  # brackets after what has no parts
    "numpy-of-graph",  # numpy() of what is recorded
    "backward-of-many",  # backward() of more than one number
    "number-of-many",  # one number, or one answer, of a tensor that has several
    "other-arguments",  # a call with too few or too many arguments
    "no-probabilities",  # predictions beyond 0 and 1
    "targets-beyond",
    "nothing-to-optimize",  # an optimizer that is not given a list of parameters
    "no-super",  # a module that sets a layer before super().__init__()
    "list-lost",  # append() of None
    "result-none",  # another method of None
    "no-attribute",  # an attribute or a method that there is not
    "whole-numbers",  # int tensors where float ones are needed
    "mixed-fractions",  # float32 with float64
    "no-forward",  # a module without a method forward
    "not-a-module",  # a class that is not derived from nn.Module
    "bias-lacking",  # a model with all parameters but the bias
    "parameters-differ",  # a model with other parameters
    "model-missing",  # nothing to take the parameters
    "nothing-returned",
    "number-returned",  # a plain number or array, no tensor
    "object-returned",
    "too-many-returned",
    "parameter-resized",  # by the training function
    "parameter-replaced",
    "value-deep",  # lists in lists without end
    "value-large",
    "value-foreign",  # no value that can be compared: an object, a function, a sparse tensor
    "value-iterator",  # a generator or another iterator where its items are wanted
    "value-dtype",  # an array of a dtype that is not compared, such as object
    "value-device",  # a tensor elsewhere than in the computer's own memory
    "value-key",  # a dict with other keys than texts, whole numbers and tuples of both
    "step-before",  # what an earlier step should have kept is not there
    "load-mismatch",  # a module with other parameters than are loaded
]
"""What a failure shows, reported by the worker, where the exception is. Only this decides."""


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something of the student's did not work, and where.

    ``text`` are the error's own words, for people: nothing is decided by them. ``cause`` says what
    they show, ``raised`` is the name of Python's own exception class, and ``name`` the name that
    was missing: a variable's, an attribute's or a module's; or a function's, called wrongly.

    ``cell`` counts the code cells of a notebook from 1, text cells down from -1; ``line`` the lines
    of that cell or script. With a ``code`` the sentence is that of a :class:`Note`. ``binds`` are
    names that a cell would have defined, had it run on. Of a limit of time that struck, ``seconds``
    is its size, and ``loop`` the kind of loop that begins at the place.
    """

    kind: FailureKind
    text: str
    cause: Cause = ""
    raised: str = ""
    name: str = ""
    cell: int | None = None
    line: int | None = None
    code: str = ""
    values: dict[str, str] = {}
    binds: tuple[str, ...] = ()
    seconds: float = 0.0
    loop: Loop = ""


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to report of a submission that is no failure: a code and its text's values.

    ``judge/notices.py`` has the sentences. ``cell`` and ``line`` are as in :class:`Failure`.
    """

    code: str
    values: dict[str, str] = {}
    cell: int | None = None
    line: int | None = None


EXCEPTIONS = frozenset(
    value.__name__
    for value in vars(builtins).values()
    if isinstance(value, type) and issubclass(value, BaseException)
)
"""The names of Python's own exception classes: what ``raised`` may be."""

What = Literal[
    "function",  # that does what the lab's one should do, under another name
    "similar",  # a function of nearly the same name
    "method",  # one that does so in a class
    "inner",  # one that does so in another function
    "class",  # a model of another name
    "object",  # a model, or a loss of torch's
    "loop",  # training outside of any function
    "rebound",  # the name itself, which holds something that cannot be called
    "skipped",  # the name itself, in a block that was not run
    "parameter",  # a tensor that is trained
    "model",  # a module that is trained
    "rate",  # a number that steps are multiplied by
    "number",  # the same, written down
    "list",  # which training appends to
    "moved",  # what the update assigns to
    "fixed",  # a loop that trains equally often whatever is asked for
    "data",
    "given",  # a class of losses that is called with data
    "still",  # a training function without an update, and without a call of an optimizer's step
    "dropped",  # an update that is computed and stored nowhere
    "compared",  # an update with == where = is meant
    "uncalled",  # the name of a method, or a class, without the parentheses that call it
    "commented",  # an update in a comment, and none of the same thing in the code
    "unread",  # a variable that an update is stored in, and that is not used again, but to be shown
    "reassigned",  # a variable that is given what comes of its own gradient
    "copied",  # a copy of a parameter or of the model
    "remade",  # a loss that is made anew from its number
    "returns",  # a return that ends the training loop in its first turn
    "hidden",  # an argument under the name of a function of Python's own, which is called
    "global",  # data read from outside where an argument has them
    "default",  # an argument of forward under the name of a parameter
    "numbered",  # the number of an item, from enumerate(), that is used as the item
    "foreign",  # a .grad that is read of what is no parameter
    "regraded",  # a .grad that an update changes in place of a parameter
    "cut",  # a call, or a block, that cuts a value off from the graph
    "early",  # backward() inside of forward or criterion
    "summed",  # a running sum that backward() is called on
    "restored",  # a parameter that is set after the loop to what was kept before
    "lost",  # a list that is replaced with what append() returns
    "swapped",  # the targets in the place of the predictions
    "unpredicted",  # the inputs there
    "random",  # a draw of numbers, or of an order
    "anew",  # a layer or a model that is made inside of the function
]


class Sighting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a file has of its own where the lab has a name: found by reading, not by running.

    ``role`` is the function that is missing, or in which it is used; ``name`` an identifier, with a
    dot of a method; ``instead`` the lab's names not used there; ``inside``: of the function's own.
    """

    what: What
    role: Role
    name: str = ""
    instead: tuple[str, ...] = ()
    inside: bool = False
    times: int | None = None
    cell: int | None = None
    line: int | None = None


class Loading(msgspec.Struct, frozen=True, kw_only=True, tag="loading"):
    """How the cells went. ``defined`` maps each role to the name under which it was found.

    ``shadowed`` are parameters, or the model that holds them, whose names the training function
    uses for variables of its own; ``sightings`` are the file's own names. ``missing`` modules are
    imported and not there. ``plots``: it imports matplotlib. ``live``: a notebook that runs, whose
    text nobody read. ``file`` was run, of ``worked`` that were worked in; it says to be of ``lab``,
    another one of the course. Where all are ``unreadable``, notes say why.
    """

    unreadable: Failure | None = None
    failures: tuple[Failure, ...] = ()
    notes: tuple[Note, ...] = ()
    defined: dict[str, str] = {}
    shadowed: tuple[str, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    missing: tuple[str, ...] = ()
    plots: bool = False
    live: bool = False
    file: str = ""
    worked: int = 1
    lab: str = ""


Part = Literal[
    "definition",  # from its first line to its last
    "loop",  # the line that begins one
    "prediction",  # calls forward, or the model
    "loss",  # calls criterion
    "backward",  # computes gradients
    "zeroing",  # empties a gradient
    "update",  # moves a parameter, or has an optimizer do so
    "assignment",  # gives a parameter another value than an update would
    "record",  # appends to a list
    "optimizer",  # makes the optimizer
    "return",
]
LISTED_CHARACTERS = 200_000
LISTED_CELLS = 1_000
MOST_LANDMARKS = 1_000


class CodeCell(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The text of a cell. ``number`` is as in :class:`Failure`, None for a script."""

    number: int | None = None
    text: str


class Landmark(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Lines ``first`` to ``last`` of a cell that do one part of a function's work: by reading."""

    role: Role
    part: Part
    cell: int | None = None
    first: int
    last: int


class Listing(msgspec.Struct, frozen=True, kw_only=True, tag="listing"):
    """The code that is run, as text for people, and what its lines are for. No check reads it.

    The child sends it before it runs the first line of it, so that this code cannot say that it is
    another. ``cut``: there is more than is listed. ``bare`` has the code of each cell without
    comments, docstrings and magics; nothing where that could not be made.
    """

    file: str
    cells: tuple[CodeCell, ...]
    landmarks: tuple[Landmark, ...] = ()
    cut: bool = False
    bare: tuple[str, ...] = ()


class ProbeRecord(msgspec.Struct, frozen=True, kw_only=True, tag="probe"):
    """One probe's outcome. ``gradients``: None without a graph; ``changed``: its inputs were."""

    id: str
    value: Array | None = None
    gradients: dict[str, Array] | None = None
    failure: Failure | None = None
    changed: bool | msgspec.UnsetType = msgspec.UNSET


class StepRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One step's outcome: a value, or a failure; neither where nothing is recorded.

    ``changed`` are the arguments that the call left other than they were, by place or name.
    ``gradients`` are those of the value for the arguments that record their graph; None where the
    value carries none.

    Of modules among the arguments ``moved`` is what the call changed, ``modes`` are those in which
    they were called, and whether one was left in another. ``graph``: the value carries one;
    ``shares`` are the arguments whose memory it shares. ``events`` counts calls and lines of the
    file's own code, ``called`` are the forbidden functions that were called. ``state`` has sums
    over each array of the result and of modules, by their places.
    """

    value: Value | None = None
    failure: Failure | None = None
    changed: tuple[str, ...] = ()
    gradients: dict[str, Value] | None = None
    moved: tuple[Moved, ...] = ()
    modes: tuple[Mode, ...] = ()
    graph: bool = False
    shares: tuple[str, ...] = ()
    events: int = 0
    called: tuple[str, ...] = ()
    state: dict[str, Numbers] = {}


class ScriptRecord(msgspec.Struct, frozen=True, kw_only=True, tag="script"):
    """One script's outcome, a record a step."""

    id: str
    phase: Phase
    variant: int = 0
    steps: tuple[StepRecord, ...]


KEPT_LOSSES = 20_000
LOSS_KINDS = "ntagx"


class LossRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The loss list after a call.

    ``kinds`` has a letter an entry: ``n`` number, ``t`` tensor without graph, ``a`` array of one
    number, ``g`` tensor with its graph, ``x`` anything else (its value is NaN).
    """

    values: Array
    kinds: str


class Evaluated(msgspec.Struct, frozen=True, kw_only=True):
    """How often forward was called on validation data, and how: a claim of the student's process.

    Of ``calls`` the model was in train mode in ``training``, and a graph was recorded in
    ``graphs``. In ``still`` calls on training data a graph was recorded in eval mode.
    """

    calls: int = 0
    training: int = 0
    graphs: int = 0
    still: int = 0


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """State after one call of the training function.

    ``visited`` holds the parameters at each call of forward, ``[calls, parameters]``, and
    ``steps_seen`` how many different values in a row that were; ``fresh`` and ``buffers`` each
    parameter's new gradient and its ``.grad`` after every backward. ``held`` are the parameters
    at each backward, sent where the calls of forward do not show one row a step.

    ``left`` is each parameter's ``.grad`` when the call ended, empty where there is none.
    ``stepped`` counts the optimizers' steps that were given parameters of the lab, ``astray`` those
    that were given none. ``written``: a parameter was seen to be written to, moved or not.
    ``recorded`` are the further lists of the contract, ``evaluated`` how validation data were used.
    """

    parameters: dict[str, Array]
    losses: LossRecord | None
    visited: Array
    fresh: dict[str, Array]
    buffers: dict[str, Array]
    steps_seen: int
    held: Array
    left: dict[str, Array] = {}
    stepped: int = 0
    astray: int = 0
    written: bool = False
    recorded: dict[str, LossRecord | None] | msgspec.UnsetType = msgspec.UNSET
    evaluated: Evaluated | msgspec.UnsetType = msgspec.UNSET


class ScenarioRecord(msgspec.Struct, frozen=True, kw_only=True, tag="scenario"):
    """One scenario's outcome.

    ``prefixes`` are the parameters after 1, 2, … iterations, each run from the same start, taken
    where the calls of forward hide the process: ``[runs, parameters]``. ``backwards`` counts those
    before a failure; ``holding``: what a parameter was then; ``partial``: a picture of that call.
    """

    id: str
    calls: tuple[CallRecord, ...] = ()
    prefixes: Array | None = None
    notes: tuple[Note, ...] = ()
    failure: Failure | None = None
    backwards: int = 0
    holding: Literal["", "other", "frozen"] = ""
    partial: CallRecord | None = None


class Spent(msgspec.Struct, frozen=True, kw_only=True, tag="spent", omit_defaults=True):
    """Processor time, reported beside what was observed; it is never part of a trace.

    Sent before each cell, with the cell's number and the seconds that the process has used, and
    after the last one without a number; then at the end, with the seconds of the longest call.
    """

    cell: int | None = None
    seconds: float
    longest_call: float = 0.0


class Done(msgspec.Struct, frozen=True, kw_only=True, tag="done"):
    """The worker's last frame: everything asked for was tried."""


Frame = Listing | Loading | ScriptRecord | ProbeRecord | ScenarioRecord | Spent | Done

Ending = Literal["done", "time", "wait", "memory", "output", "crash", "sandbox"]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """All frames of one submission in the order of the job, how it ended, and what it printed.

    ``output`` is the first part of it, for people; no check reads it. ``slowest_cell`` is told
    where the process was ended for the time that it took, which cells may have taken. ``listing``
    is missing where no file could be read.
    """

    version: int
    loading: Loading | None
    probes: dict[str, ProbeRecord]
    scenarios: dict[str, ScenarioRecord]
    ending: Ending
    detail: str = ""
    output: str = ""
    slowest_cell: int | None = None
    listing: Listing | None = None
    scripts: dict[str, ScriptRecord] = {}
