"""Updates in which one parameter is mistaken for another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.judge.compare import Values
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.messages import sentences
from autograder.judge.motion import FITTED, Motion
from autograder.words.text import NOTHING, Text, text

MOST_MISTAKEN = 3  # parameters of one number


def read_mistaken(motions: Sequence[Motion]) -> Law | None:
    """Read whether one parameter is mistaken for another: in what it starts from, or by what.

    All others move as they should.
    """
    names = motions[0].coordinates
    if len(set(names)) != len(names) or not 2 <= len(names) <= MOST_MISTAKEN:
        return None
    told: list[Text] = []
    for index, name in enumerate(names):
        if all(_is(s, index, s.before[:, index] + s.descent[:, index]) for s in motions):
            continue
        said = _mistaken_for(motions, index, name)
        if not said:
            return None
        told.append(said)
    return Law(id="wrong-gradient", detail=sentences(*told)) if told else None


def _mistaken_for(motions: Sequence[Motion], index: int, name: str) -> Text:
    """Return what one parameter's update takes for its own; nothing where it is none of these."""
    names = motions[0].coordinates
    others = [one for one in range(len(names)) if one != index]
    for other in others:
        for gradient in (index, other):
            for place in ("before", "after"):
                held = [getattr(s, place)[:, other] + s.descent[:, gradient] for s in motions]
                if all(_is(s, index, value) for s, value in zip(motions, held, strict=True)):
                    code = "starts-from-other" if gradient == index else "updates-as-other"
                    return text(code, name=name, other=names[other])
        both = [s.before[:, index] + s.descent[:, [index, other]].sum(axis=1) for s in motions]
        if all(_is(s, index, value) for s, value in zip(motions, both, strict=True)):
            return text("moves-by-both", name=name, other=names[other])
    if not any(s.moves[:, index].any() for s in motions):
        return text("never-moves-itself", name=name)
    return NOTHING


def _is(motion: Motion, index: int, after: Values) -> bool:
    """Say whether a coordinate is there after each step."""
    apart = np.abs(motion.after[:, index] - after)
    scale = np.abs(motion.before).max(axis=1)  # what it is computed of rounds, too
    return bool((apart <= motion.bounds[:, index] + FITTED.rounding * scale).all())
