"""Name mistakes: from ids and what was seen to what a student reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.judge import words
from autograder.judge.diagnosis.happened import Happening
from autograder.judge.diagnosis.laws import Law
from autograder.judge.diagnosis.mutant import Mutant
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.result import Diagnosis
from autograder.protocol.job import Contract, Role

MOST_PAIRS = 2


def name_mistake(mistake_id: str, role: Role, *, detail: str = "", more: str = "") -> Diagnosis:
    """Return a known mistake in a function, in the registry's words."""
    mistake = next(m for m in MISTAKES if m.id == mistake_id and m.function == role)
    texts = (mistake.explanation, detail, more)
    return Diagnosis(id=mistake_id, function=role, message=" ".join(text for text in texts if text))


def name_mistakes(ids: Iterable[str], role: Role) -> list[Diagnosis]:
    """Return mistakes that fit equally well; several are said to be several."""
    distinct = list(dict.fromkeys(ids))
    more = words.SEVERAL if len(distinct) > 1 else ""
    return [name_mistake(one, role, more=more) for one in distinct]


def name_mutants(fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
    """Return the mistakes of mutants of one mistake each."""
    return name_mistakes((mutant.mistakes[0].id for mutant in fitting), role)


def name_pairs(fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
    """Return the pair that fits, two that do as several; more would be a guess."""
    pairs = list(dict.fromkeys(tuple(m.id for m in mutant.mistakes) for mutant in fitting))
    if len(pairs) > MOST_PAIRS:
        return []
    text = words.TOGETHER if len(pairs) == 1 else words.EITHER_PAIR
    return [
        name_mistake(one, role, more=text.format(other=other))
        for pair in pairs
        for one, other in (pair, pair[::-1])
    ]


def name_laws(laws: Iterable[Law], role: Role) -> list[Diagnosis]:
    """Return the mistakes that laws of motion speak of."""
    return [name_mistake(law.id, role, detail=law.detail) for law in laws]


def name_happenings(
    happenings: Sequence[Happening], contract: Contract, role: Role
) -> list[Diagnosis]:
    """Return what happened, in words for the function; several are said to be several."""
    more = words.SEVERAL if len(happenings) > 1 else ""
    found = []
    for what in happenings:
        message = what.message(contract, role)
        if message:
            message = f"{message} {more}".rstrip()
            found.append(Diagnosis(id=what.id, function=role, message=message))
        else:
            found.append(name_mistake(what.id, role, more=more))
    return found
