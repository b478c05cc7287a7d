"""Every sentence that a student reads, in one place: place, fact, hint; never the solution.

Numbers of public scenarios may be told, those of hidden ones never.
"""

from __future__ import annotations

import builtins
import unicodedata
from collections.abc import Sequence

from autograder.exercise.plan import PlannedScenario
from autograder.judge.compare import Mismatch
from autograder.protocol.trace import Ending, Failure, Loop

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
    "result": ("{text}.", "What must {role} give back to its caller?"),
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
    "output": (
        "{where}{role} printed more than is kept.",
        "Print less, or not at all inside the loop.",
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
_EXCEPTIONS = frozenset(
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, Exception)
)
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
        name = text.partition(":")[0]
        text = f"{name}." if name in _EXCEPTIONS else "an exception."
    values = {"where": where(found), "role": role, "text": text, "after": after(found)}
    values["times"] = "as often" if times is None else f"{times} times"
    return message.format(**values), hint.format(**values)


def cell_failure(found: Failure) -> str:
    """Return the note for a cell that did not run through."""
    text = _CELL_FAILURES.get(found.kind, "raised {text}")
    if found.kind == "time" and found.loop == "while":
        text = STILL_LOOPING
    return f"{where(found)}{text.format(text=clean(found.text), after=after(found))}"


_CELL_FAILURES = {
    "time": "this took too long and was stopped{after}",
    "wait": "this waited for something that never came, and was ended",
    "output": "the cell printed more than is kept and was ended",
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
LOSS_ADVICE = "Your loss list holds tensors; loss.item() would store plain numbers."
BROKEN = "This could not be judged, by a fault of the grader's, not of yours."
BROKEN_HINT = "It earns nothing for now; a person will look at it and decide."
FEW_STEPS = "The parameters moved fewer than two times, so this could not be seen."
FEW_STEPS_HINT = "Does every iteration change the parameters?"
UNSEEN = "The steps of the training could not be seen."
NOT_LOWER = "{situation}, the loss over all data does not go down as it should."
NOT_LOWER_HINT = "Look at direction and size of the update, and at what the gradient holds."
ACCUMULATES = (
    "From step 2 on, {names} {verb} by the sum of all gradients so far, not by the newest."
)
NOT_FRESH = "From step 2 on, the steps do not follow from each step's own gradient alone."
LAGS = "Each step uses the gradient of the iteration before it."
LAGS_HINT = "In which order do backward() and the update come?"
ZEROING_HINT = "What does backward() do to a .grad that already holds something?"
SEVERAL = "What was seen fits this and the other mistakes named."
TOGETHER = "This and {other} together give what was seen."
EITHER_PAIR = "This and {other} together give what was seen, and so does the other pair named."
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


_MANNERS: dict[str, tuple[str, str]] = {  # one parameter, several
    "rests": ("{names} does not move", "{names} do not move"),
    "moves": ("{names} moves where it should rest", "{names} move where they should rest"),
    "turned": (
        "{names} goes as far as it should, but in the opposite direction",
        "{names} go as far as they should, but in the opposite direction",
    ),
    "against": (
        "{names} goes in the opposite direction, {ratio} times as far as it should",
        "{names} go in the opposite direction, {ratio} times as far as they should",
    ),
    "scaled": (
        "{names} goes {ratio} times as far as it should",
        "{names} go {ratio} times as far as they should",
    ),
    "lags": (
        "{names} goes as far as the step before it should have gone",
        "{names} go as far as the step before should have taken them",
    ),
    "sums": (
        "{names} moves by all gradients so far together, not by the newest alone",
        "{names} move by all gradients so far together, not by the newest alone",
    ),
    "elsewhere": (
        "{names} goes in another direction than it should",
        "{names} go in another direction than they should",
    ),
    "right": ("{names} moves as it should", "{names} move as they should"),
}
MOST_RATIOS = 3
CARRIES = "each step is {share} times the one asked for, plus {ratio} times your step before it"
ALSO_CARRIES = "each step is the one asked for, plus {ratio} times your step before it"
STARTS_ELSEWHERE = (
    "Your training does not begin at the values that it finds: it sets {names} first."
)
NOT_FINITE = "{right}In step {step}, your parameters stop being finite numbers."
EVERY_STEP = "Every step is right, but your loop takes {taken} where {asked} {were} asked for."
FIRST_STEPS = "{right}But your loop takes {taken} where {asked} {were} asked for."
PUBLIC_STEPS = "In the lab's own situation every step is right. Not so{instance} {place}."
PUBLIC_END = (
    "In the lab's own situation your training ends where it should. Not so{instance} {place}."
)


def manner(kind: str, names: Sequence[str], ratios: Sequence[float]) -> str:
    """Say how parameters move in a public scenario, as a part of a sentence.

    ``ratios`` are those of the steps that are told of, or the one that all have.
    """
    told = [f"{ratio:.3g}" for ratio in ratios[:MOST_RATIOS]]
    ratio = ", ".join([*told, "…"] if len(ratios) > MOST_RATIOS else told)
    return _MANNERS[kind][len(names) > 1].format(names=" and ".join(names), ratio=ratio)


def carries(share: float, ratio: float) -> str:
    """Say that steps depend on the step before, as a part of a sentence."""
    text = ALSO_CARRIES if f"{share:.3g}" == "1" else CARRIES
    return text.format(share=f"{share:.3g}", ratio=f"{ratio:.3g}")


def starts_elsewhere(names: Sequence[str]) -> str:
    """Say that training sets parameters before its first step."""
    return STARTS_ELSEWHERE.format(names=" and ".join(names))


def not_finite(step: int) -> str:
    """Say in which step, counted from 1, parameters become NaN or infinite."""
    return NOT_FINITE.format(right=right_steps(step - 1), step=step)


def miscounted(taken: int, asked: int, *, every: bool) -> str:
    """Say that the steps asked for are right, but too many or too few; or that all taken are."""
    text = EVERY_STEP if every else FIRST_STEPS
    steps = "1 step" if taken == 1 else f"{taken} steps"
    were = "was" if asked == 1 else "were"
    right = right_steps(min(taken, asked))
    return text.format(right=right, taken=steps, asked=asked, were=were)


def departure(step: int, manners: Sequence[str], *, lasting: bool) -> str:
    """Say from which step on, counted from 1, training departs, and how it moves there."""
    if step == 1:
        place = "In every step" if lasting else "In your very first step"
    else:
        place = f"From step {step} on" if lasting else f"In step {step}"
    return f"{right_steps(step - 1)}{place}, {'; '.join(manners)}."


def right_steps(count: int) -> str:
    """Return the sentence on the steps that are right, and a space; nothing where none is."""
    if not count:
        return ""
    return "Step 1 is right. " if count == 1 else f"Your first {count} steps are right. "


def departs_elsewhere(planned: Sequence[PlannedScenario], *, steps_seen: bool) -> str:
    """Say in what other situation, the simplest, training departs, without its numbers."""
    places = list(dict.fromkeys(text[0].lower() + text[1:] for text in map(situation, planned)))
    instance = ", for instance," if len(places) > 1 else ""
    text = PUBLIC_STEPS if steps_seen else PUBLIC_END
    return text.format(instance=instance, place=min(places, key=len))
