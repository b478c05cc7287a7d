"""The way that training goes, in words: where it departs from the right one, and how.

Numbers of public scenarios may be told, those of hidden ones never.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograder.exercise.plan import PlannedScenario
from autograder.judge.messages import situation

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
SHRINKS = (
    "each step also takes {share} times the parameter itself away, as the weight decay of an "
    "optimizer does"
)
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

AT_FAULT: dict[str, str] = {
    "": "",
    "gradient": (
        "Each update is the rate times the gradient that backward() computed; but that is not the "
        "gradient of the lab's loss on the lab's data."
    ),
    "update": (
        "backward() computes the right gradients; your update does not take the rate times the "
        "gradient away."
    ),
}


def at_fault(part: str) -> str:
    """Say which part of a step is wrong, the gradient or the update; nothing for neither."""
    return AT_FAULT[part]


def manner(kind: str, names: Sequence[str], ratios: Sequence[float]) -> str:
    """Say how parameters move in a public scenario, as a part of a sentence.

    ``ratios`` are those of the steps that are told of, or the one that all have.
    """
    told = [_apart_from_one(ratio) for ratio in ratios[:MOST_RATIOS]]
    ratio = ", ".join([*told, "…"] if len(ratios) > MOST_RATIOS else told)
    return _MANNERS[kind][len(names) > 1].format(names=" and ".join(names), ratio=ratio)


def _apart_from_one(ratio: float) -> str:
    """Return a ratio as a person would write it, but never as 1: it is told because it is not."""
    short = f"{ratio:.3g}"
    return f"{ratio:.6g}" if short == "1" else short


def carries(share: float, ratio: float) -> str:
    """Say that steps depend on the step before, as a part of a sentence."""
    text = ALSO_CARRIES if f"{share:.3g}" == "1" else CARRIES
    return text.format(share=f"{share:.3g}", ratio=f"{ratio:.3g}")


def shrinks(share: float) -> str:
    """Say that steps pull the parameters towards zero, as a part of a sentence."""
    return SHRINKS.format(share=f"{share:.3g}")


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
