"""The way that training goes, in words: where it departs from the right one, and how.

Numbers of public scenarios may be told, those of hidden ones never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from autograder.exercise.plan import PlannedScenario
from autograder.judge.messages import clauses, listed, sentences, variations
from autograder.words.text import NOTHING, Text, text

MANNERS: dict[str, str] = {
    "rests": "manner-rests",
    "moves": "manner-moves",
    "turned": "manner-turned",
    "against": "manner-against",
    "scaled": "manner-scaled",
    "lags": "manner-lags",
    "sums": "manner-sums",
    "elsewhere": "manner-elsewhere",
    "right": "manner-right",
}
MOST_RATIOS = 3
_ELSEWHERE = {  # whether steps were seen, and whether it is so in several situations
    (True, False): "departs-elsewhere",
    (True, True): "departs-elsewhere-too",
    (False, False): "ends-elsewhere",
    (False, True): "ends-elsewhere-too",
}


def at_fault(part: Literal["", "gradient", "update"]) -> Text:
    """Say which part of a step is wrong, the gradient or the update; nothing for neither."""
    if not part:
        return NOTHING
    return text("gradient-at-fault" if part == "gradient" else "update-at-fault")


def manner(kind: str, names: Sequence[str], ratios: Sequence[float]) -> Text:
    """Say how parameters move in a public scenario, as a part of a sentence.

    ``ratios`` are those of the steps that are told of, or the one that all have.
    """
    told = [_apart_from_one(ratio) for ratio in ratios[:MOST_RATIOS]]
    ratio = ", ".join([*told, "…"] if len(ratios) > MOST_RATIOS else told)
    return text(MANNERS[kind], n=len(names), names=listed(names), ratio=ratio)


def _apart_from_one(ratio: float) -> str:
    """Return a ratio as a person would write it, but never as 1: it is shown because it is not."""
    short = f"{ratio:.3g}"
    return f"{ratio:.6g}" if short == "1" else short


def carries(share: float, ratio: float) -> Text:
    """Say that steps depend on the step before, as a part of a sentence."""
    code = "manner-carries-on" if f"{share:.3g}" == "1" else "manner-carries"
    return text(code, share=f"{share:.3g}", ratio=f"{ratio:.3g}")


def shrinks(share: float) -> Text:
    """Say that steps pull the parameters towards zero, as a part of a sentence."""
    return text("manner-shrinks", share=f"{share:.3g}")


def starts_elsewhere(names: Sequence[str]) -> Text:
    """Say that training sets parameters before its first step."""
    return text("departs-at-start", names=listed(names))


def not_finite(step: int) -> Text:
    """Say in which step, counted from 1, parameters become NaN or infinite."""
    return sentences(right_steps(step - 1), text("departs-not-finite", step=step))


def miscounted(taken: int, asked: int, *, every: bool) -> Text:
    """Say that the steps asked for are right, but too many or too few; or that all taken are."""
    wanted = text("steps-asked-for", n=asked)
    if every:
        return text("departs-in-count", n=taken, wanted=wanted)
    counted = text("departs-in-count-after", n=taken, wanted=wanted)
    return sentences(right_steps(min(taken, asked)), counted)


def departure(step: int, manners: Sequence[Text], *, lasting: bool) -> Text:
    """Say from which step on, counted from 1, training departs, and how it moves there."""
    if step == 1:
        place = text("in-every-step" if lasting else "in-first-step")
    else:
        place = text("from-step-on" if lasting else "in-step", step=step)
    how = text("departs-how", place=place, how=clauses(*manners))
    return sentences(right_steps(step - 1), how)


def right_steps(count: int) -> Text:
    """Return the sentence on the steps that are right, nothing where none is."""
    return text("first-steps-right", n=count) if count else NOTHING


def departs_elsewhere(planned: Sequence[PlannedScenario], *, steps_seen: bool) -> Text:
    """Say in what other situation, the simplest, training departs, without its numbers."""
    places = list(dict.fromkeys(map(variations, planned)))
    parts = min(places, key=len)
    place = text("when-tested-how", how=parts) if parts else text("when-on-other-data")
    return text(_ELSEWHERE[steps_seen, len(places) > 1], place=place)
