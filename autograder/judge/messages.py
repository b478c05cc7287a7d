"""Every sentence that a student reads, in one place: place, fact, hint; never the solution.

Numbers of public scenarios may be told, those of hidden ones never.
"""

from __future__ import annotations

import collections
import unicodedata
from typing import TYPE_CHECKING

from autograder.protocol.trace import Cause, Ending, Failure, Loop

if TYPE_CHECKING:  # records of grades are read without numpy and torch
    from autograder.exercise.plan import PlannedScenario
    from autograder.judge.compare import Mismatch
    from autograder.judge.tree import Difference

LONGEST = 400


def clean(text: str) -> str:
    """Return text that came from student code, fit to show: one line, no control characters."""
    shown = "".join(
        " " if character.isspace() else character
        for character in text[: 4 * LONGEST]
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    shown = " ".join(shown.split())
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 1]}…"


def number(value: float) -> str:
    """Return a number as a person would write it."""
    return f"{value:.4g}"


def spot(cell: int | None, line: int | None) -> str:
    """Return a place in a file, nothing where none is known."""
    parts = [] if cell is None else [f"{'code' if cell > 0 else 'text'} cell {abs(cell)}"]
    return ", ".join(parts if line is None else [*parts, f"line {line}"])


def where(failure: Failure) -> str:
    """Return the place of a failure as the start of a sentence, or nothing."""
    place = spot(failure.cell, failure.line)
    return f"{place}: " if place else ""


def after(failure: Failure) -> str:
    """Say after what time a failure's limit ended it: the limit, never what was measured."""
    return f" after {failure.seconds:.3g} s of computing" if failure.seconds else " at its limit"


def situation(planned: PlannedScenario) -> str:
    """Say how a scenario differs from the lab's own, without its numbers."""
    variation = planned.variation
    parts = []
    if variation.isolated:
        parts.append("with other forward and criterion functions put in")
    if variation.data:
        parts.append("on data with another answer")
    if variation.start:
        parts.append("from another start")
    if variation.learning_rate:
        parts.append("with another learning rate")
    if variation.calls and len(variation.calls) > 1:
        parts.append("when training goes on in a second call")
    elif variation.calls:
        parts.append("with another number of iterations")
    if planned.public and not variation.isolated:
        return "In the lab's own situation"
    if not parts:
        return "On other data"
    text = " and ".join((", ".join(parts[:-1]), parts[-1])) if len(parts) > 1 else parts[0]
    return text[0].upper() + text[1:]


_FAILURES = {
    "not_implemented": (
        "{where}{role} is not written yet: it still raises NotImplementedError.",
        "Replace the raise statement by your code.",
    ),
    "missing": (
        "{role} is not defined: your file has nothing under this name.",
        "Define {role} at the top level of your file; is the stub's raise still in its cell?",
    ),
    "signature": (
        "{role} cannot be called as the lab calls it: {text}.",
        "Keep the parameters of the stub; further ones need a default value.",
    ),
    "result": ("{result}", "What must {role} give back to its caller?"),
    "time": (
        "{where}{role} took too long: it was stopped{after}.",
        "What takes so long: a tensor that is larger than it need be, or work that is done twice?",
    ),
    "wait": (
        "{where}{role} waited for something that never came.",
        "Who should answer, or let it go on? While grading nobody is there to do so.",
    ),
    "memory": (
        "{where}{role} ran out of memory.",
        "Does something grow at every step, or is a tensor far larger than the data?",
    ),
    "module": (
        "{where}{role} needs what the module {name} gives, and that is missing while grading.",
        "A person will look at this. Can {role} do without it?",
    ),
    "exit": (
        "{where}{role} ended the program ({text}).",
        "Leave out exit() and quit(): a function returns instead.",
    ),
}
_HIDDEN = {
    **_FAILURES,
    "result": (
        "In another situation than the lab's own, {role} leaves something that cannot be used.",
        "What must {role} give back to its caller, and leave behind?",
    ),
    "exit": ("{where}{role} ended the program.", _FAILURES["exit"][1]),
    "signature": ("{role} cannot be called as the lab calls it.", _FAILURES["signature"][1]),
}
_LOOPS: dict[Loop, tuple[str, str]] = {
    "": _FAILURES["time"],
    "for": (
        "{where}{role} took too long: it was stopped{after}, and this loop was still running.",
        "What takes so long in each iteration, and does it grow from one to the next?",
    ),
    "fixed": (
        "{where}{role} was stopped{after}: this loop always runs {times}, whatever is asked for.",
        "What does your loop do with the function's argument?",
    ),
    "while": (
        "{where}{role} was still in this loop when it was stopped{after}.",
        "What ends the loop, and does every iteration bring it nearer?",
    ),
}
_RESULTS: dict[Cause, str] = {
    "nothing-returned": "{role} returns nothing.",
    "number-returned": "{role} returns a {type}, not a tensor.",
    "object-returned": "{role} returns {a type}, not a tensor.",
    "too-many-returned": "{role} returns {count} values for {given} given.",
    "parameter-resized": "{name} holds {count} values after training, not {wanted}.",
    "parameter-replaced": "{name} is {a type} after training.",
    "not-a-module": "{name} is not derived from nn.Module.",
    "bias-lacking": "The model's parameters are {own}; it should have {wanted}.",
    "parameters-differ": "The model's parameters are {own}; it should have {wanted}.",
    "value-deep": "{role} returns lists that are nested deeper than {most} levels.",
    "value-large": "{role} returns more than can be compared.",
    "value-foreign": "{role} returns {a type}, which cannot be compared.",
    "value-iterator": "{role} returns an iterator: its items are not there yet.",
    "value-dtype": "{role} returns an array of dtype {dtype}, which cannot be compared.",
    "value-device": "{role} returns a tensor that is on another device than the CPU.",
    "value-key": "{role} returns a dict with a key that is neither text nor whole number.",
    "load-mismatch": "{role} has other parameters than it should.",
}
_RESULT = "{role} gives something that cannot be used."
_RAISED = (
    "{where}{role} raised {text}",
    "Run {role} by itself on a small example and read the last line of the traceback.",
)


def failure(
    found: Failure, role: str, *, public: bool, times: int | None = None
) -> tuple[str, str]:
    """Return message and hint for something of the student's that did not work.

    ``role`` is what the function is called to students, ``times`` how often its loop always runs.

    Text that student code made in a hidden scenario could carry its numbers: it is left out, but
    for the name of one of Python's own exceptions.
    """
    message, hint = (_FAILURES if public else _HIDDEN).get(found.kind, _RAISED)
    if found.kind == "time":
        message, hint = _LOOPS[found.loop]
    text = clean(found.text)
    if not public:
        text = f"{found.raised}." if found.raised else "an exception."
    values = {"where": where(found), "role": role, "text": text, "after": after(found)}
    values["times"] = "as often" if times is None else f"{times} times"
    values["name"] = clean(found.name) or "that it imports"
    values["result"] = _result(found, role) if public else ""
    return message.format(**values), hint.format(**values)


def _result(found: Failure, role: str) -> str:
    """Say what is wrong with what a function gave, or left behind."""
    values = {name: clean(value) for name, value in found.values.items()} | {"role": role}
    kind = values.get("type", "")
    values["a type"] = f"a {kind}" if kind else "an object of a class of its own"
    values["own"] = values.get("own") or "none"
    text = _RESULTS.get(found.cause, _RESULT)
    return text.format_map(collections.defaultdict(lambda: "?", values))


def cell_failure(found: Failure) -> str:
    """Return the note for a cell that did not run through."""
    text = _CELL_FAILURES.get(found.kind, "raised {text}")
    if found.kind == "time" and found.loop == "while":
        text = STILL_LOOPING
    values = {"text": clean(found.text), "after": after(found), "name": clean(found.name)}
    return f"{where(found)}{text.format(**values)}"


_CELL_FAILURES = {
    "time": "this took too long and was stopped{after}",
    "wait": "this waited for something that never came, and was ended",
    "module": "asks for a value of the module {name}, which is missing while grading",
    "memory": "the cell ran out of memory",
    "exit": "the cell ended the program ({text})",
    "syntax": "does not parse: {text}",
}


STILL_LOOPING = "this loop was still running when it was stopped{after}"
_ENDINGS: dict[Ending, tuple[str, str]] = {
    "time": (
        "Your file as a whole took too long: it was ended before this was observed.",
        "Which cell or function takes so long?",
    ),
    "memory": ("Memory ran out before this was observed.", "What grows without bound?"),
    "output": (
        "It was stopped for printing without end before this was observed.",
        "Print less, or not at all inside the loop.",
    ),
    "crash": (
        "The Python process ended before this was observed.",
        "Does your code exit, or call into memory that is not its own?",
    ),
}


def not_observed(ending: Ending) -> tuple[str, str]:
    """Return message and hint for what was never reached."""
    return _ENDINGS.get(ending, ("This was not observed.", ""))


STATUS_MESSAGES = {
    "time_limit": "A time limit was reached; what was shown before it counts.",
    "memory_limit": "Memory ran out; what was shown before it counts.",
    "output_limit": "It printed too much; what was shown before it counts.",
    "crashed": "The Python process ended early; what was shown before it counts.",
    "sandbox_error": "The grader's sandbox failed; this is not the student's fault. Grade again.",
}
TOO_LONG = "The file as a whole took too long; what was shown before it was ended counts."
NOTHING_DEFINED = "None of the lab's functions is defined."


def wrong_value(role: str, found: Mismatch, *, public: bool) -> str:
    """Say that a function's value is not the expected one."""
    if found.is_shape and not public:
        return f"{role} returns another shape than it should."
    if found.is_shape:
        return f"{role} returns shape {found.observed}, the lab's has {found.expected}."
    if public:
        got, want = number(float(found.observed)), number(float(found.expected))  # type: ignore[arg-type]
        return f"{role} gives {got} where {want} is right ({found.count} of {found.total} differ)."
    return f"{role} gives other values than it should ({found.count} of {found.total} differ)."


WOULD_GIVE = "What {role} gives is what right code would give {condition}."
IN_CASE = "In the case '{case}': {message}"
NOT_RAISED = "{role} should raise {raises} here."
NOT_DEFINED_SINCE = "{role} is not defined: what should define it did not run ({cause})."
MEND_FIRST = "Mend that first."
STEP_BEFORE = "{role} could not be tried, since {before} does not work."
VALUES_FIRST = "This is looked at once {role} gives the right values."
RETURNS_NOTHING = "{role} returns nothing that could be compared."
LONGEST_CALL = 80
_GIVES: dict[str, str] = {
    "kind": "{role} {returns} {observed}{at}, not {expected}.",
    "length": "{role} {returns} {observed} items{at} where {expected} are right.",
    "keys": "{role} {returns} the keys {observed}{at} where {expected} are right.",
    "shape": "{role} {returns} shape {observed}{at} where {expected} is right.",
    "dtype": "{role} {returns} numbers of kind {observed}{at}, not {expected}.",
    "values": "{role} {gives} {observed}{at} where {expected} is right{share}.",
    "content": "{role} {gives} {observed}{at} where {expected} is right.",
}
_GIVES_HIDDEN: dict[str, str] = {
    **_GIVES,
    "length": "{role} {returns} another number of items{at} than it should.",
    "keys": "{role} {returns} other keys{at} than it should.",
    "shape": "{role} {returns} another shape{at} than it should.",
    "values": "{role} {gives} other values than it should{share}.",
    "content": "{role} {gives} something else{at} than it should.",
}
_DIFFERS_HINTS: dict[str, str] = {
    "kind": "What does the text above the stub ask {role} to return?",
    "shape": "Which axis is lost, or left over, in your last step?",
    "dtype": "Which step turns whole numbers into fractions, or the other way round?",
    "values": "Work through one small example by hand: which step gives another number?",
}


def differs(role: str, found: Difference, *, public: bool, read: bool) -> str:
    """Say how a value differs from the expected one; of a hidden case no number is told."""
    share = f" ({found.count} of {found.total} differ)" if found.total > 1 else ""
    place = f" at {found.at}" if found.at and public else ""
    values = {"observed": clean(found.observed), "expected": clean(found.expected), "at": place}
    texts = _GIVES if public else _GIVES_HIDDEN
    verbs = ("is", "is") if read else ("returns", "gives")
    return texts[found.what].format(
        role=role, share=share, returns=verbs[0], gives=verbs[1], **values
    )


def differs_hint(found: Difference, role: str) -> str:
    """Return a question that helps where a value differs."""
    return _DIFFERS_HINTS.get(found.what, "").format(role=role)


FORWARD_HINT = "Write the model's formula down and compare: which parameter meets which input, how?"
CRITERION_HINT = "Take two points by hand: what is done with each difference, and what at the end?"
CUT = "{role} gives the right values, but its result is cut off from the computation graph."
CUT_HINT = "Which call turns a tensor into plain numbers, so that backward() cannot follow?"
WRONG_GRADIENT = "{role} gives the right values, but its gradient is not that of the formula."
NO_LOSSES = "The loss list is not a list any more."
LOSSES_HINT = "Which list do you append to, how often in an iteration, and when?"
LOSS_GRAPH = "The loss list holds tensors that still carry their graph."
LOSS_GRAPH_HINT = "How do you get the plain number out of a tensor?"
LOSS_KIND = "The loss list holds something that is no number."
LOSS_LATE = "Each entry is the loss after its iteration's update, not before it."
LOSS_OTHER = (
    "The entries are not the losses, on the lab's data, of the parameters that your loop went "
    "through."
)
LOSS_ARRAYS = "Your losses are kept as NumPy arrays; loss.item() would store plain numbers."
LOSS_ADVICE = "Your loss list holds tensors; loss.item() would store plain numbers."
BROKEN = "This could not be judged, by a fault of the grader's, not of yours."
BROKEN_HINT = "It earns nothing for now; a person will look at it and decide."
FEW_STEPS = "The parameters moved fewer than two times, so this could not be seen."
FEW_STEPS_HINT = "Does every iteration change the parameters?"
UNSEEN = "The steps of the training could not be seen."
FURTHER = "That need not be wrong: the grade looks at further situations."
NOT_TRIED = "Not tried: what was tried before took more than {seconds:g} seconds."
SOMEWHERE = "Something in {role} is not right yet."
UNTOLD = "This cannot be told here while forward or criterion is not right."
UNTOLD_HINT = "The grade can tell: it knows the losses at every place. Mend what is wrong first."
NOT_LOWER = "{situation}, the loss over all data does not go down as it should."
NOT_LOWER_HINT = "Look at direction and size of the update, and at what the gradient holds."
ACCUMULATES = (
    "From step 2 on, {names} {verb} by the sum of all gradients so far, not by the newest."
)
NOT_FRESH = "Your steps do not follow from each step's own gradient alone."
LAGS = "Each step uses the gradient of the iteration before it."
LAGS_HINT = "In which order do backward() and the update come?"
SOURCE_HINT = "Which gradient, and how much of it, does each of your updates use?"
SUMMED_HINT = "Which iterations are in the loss on which you call backward()?"
ZEROING_HINT = "What does backward() do to a .grad that already holds something?"
OWN_MISTAKE = "{says} Hint: {hint}"
SEVERAL = "What was seen fits this and the other mistakes named."
TOGETHER = "This and {other} together give what was seen."
EITHER_PAIR = "This and {other} together give what was seen, and so does the other pair named."
REST_HINT = "Which line changes {name}, and where does it store the result?"
ASTRAY_HINT = "In which direction does each step of {name} go, and how large is it?"
COUNT_HINT = "How often does your loop run when it is asked for n iterations?"
END_HINT = "Go through one iteration by hand: which value does the update use, and how often?"


def loss_count(observed: int, expected: int, *, public: bool) -> str:
    """Say that the loss list has another length than iterations were run."""
    if not public:
        more_or_fewer = "more" if observed > expected else "fewer"
        return f"The loss list has {more_or_fewer} entries than iterations were run."
    return f"{expected} iterations left {observed} entries in the loss list."


def wrong_end(
    planned: PlannedScenario, name: str, observed: float, expected: float, *, public: bool
) -> str:
    """Say that training ended somewhere else than the reference's."""
    if public:
        return (
            f"{situation(planned)}, {name} ends at {number(observed)}; {number(expected)} is right."
        )
    return f"{situation(planned)}, {name} does not end where it should."
