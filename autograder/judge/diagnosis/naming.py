"""Name mistakes: from ids and what was seen to what a student reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from autograder.judge import messages
from autograder.judge.diagnosis.failures import Happening
from autograder.judge.diagnosis.mutants import Mutant
from autograder.judge.diagnosis.update_rules import Law
from autograder.judge.mistakes.mistake import Mistake
from autograder.judge.mistakes.registry import MISTAKES
from autograder.judge.result import Diagnosis, Remark
from autograder.protocol.job import Contract, Role
from autograder.words.text import NOTHING, Text, Value, text

MOST_PAIRS = 2


def _known(mistake_id: str, role: str) -> Mistake | None:
    return next((m for m in MISTAKES if m.id == mistake_id and m.function == role), None)


def hint_of(mistake_id: str, role: Role) -> Text:
    """Return the hint of a mistake in a function, nothing where the registry has none."""
    mistake = _known(mistake_id, role)
    return mistake.hint if mistake is not None else NOTHING


def name_mistake(
    mistake_id: str,
    role: Role,
    *,
    detail: Text = NOTHING,
    more: Text = NOTHING,
    remarks: tuple[Remark, ...] = (),
) -> Diagnosis:
    """Return a known mistake in a function, in the registry's words."""
    mistake = _known(mistake_id, role)
    if mistake is None:
        raise ValueError(f"{mistake_id}: no such mistake of {role}")
    message = messages.sentences(mistake.explanation, detail, more)
    hint = mistake.hint
    return Diagnosis(id=mistake_id, function=role, message=message, hint=hint, remarks=remarks)


def without_numbers(found: Diagnosis) -> Diagnosis:
    """Return a mistake without what was fitted to numbers: they could reveal hidden data."""
    mistake = _known(found.id, found.function)
    if mistake is None or mistake.explanation.code not in found.message.codes():
        return found
    if not any(map(_is_number, found.message.values_in())):
        return found
    remarks = tuple(remark for remark in found.remarks if remark != "always-runs")
    return name_mistake(found.id, mistake.function, remarks=remarks)


def _is_number(value: Value) -> bool:
    if isinstance(value, str):
        return any(map(str.isdigit, value)) and not value.isidentifier()
    return isinstance(value, (int, float))


def name_mistakes(ids: Iterable[str], role: Role) -> list[Diagnosis]:
    """Return mistakes that fit equally well; several are said to be several."""
    distinct = list(dict.fromkeys(ids))
    more, remarks = _several(len(distinct))
    return [name_mistake(one, role, more=more, remarks=remarks) for one in distinct]


def _several(count: int) -> tuple[Text, tuple[Remark, ...]]:
    return (text("several-fit"), ("several",)) if count > 1 else (NOTHING, ())


def name_mutants(fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
    """Return the mistakes of mutants of one mistake each."""
    return name_mistakes((mutant.mistakes[0].id for mutant in fitting), role)


def name_pairs(fitting: Sequence[Mutant], role: Role) -> list[Diagnosis]:
    """Return the pair that fits, two that do as several; more would be a guess."""
    pairs = list(dict.fromkeys(tuple(m.id for m in mutant.mistakes) for mutant in fitting))
    if len(pairs) > MOST_PAIRS:
        return []
    code = "pair-fits" if len(pairs) == 1 else "pairs-fit"
    remark: Remark = "together" if len(pairs) == 1 else "either-pair"
    return [
        name_mistake(one, role, more=text(code, other=other), remarks=(remark,))
        for pair in pairs
        for one, other in (pair, pair[::-1])
    ]


def name_laws(laws: Iterable[Law], role: Role) -> list[Diagnosis]:
    """Return the mistakes that laws of motion speak of."""
    return [name_mistake(law.id, role, detail=law.detail, remarks=_remarks_of(law)) for law in laws]


def _remarks_of(law: Law) -> tuple[Remark, ...]:
    return ("always-runs",) if law.id == "fixed-iterations" and law.detail else ()


def name_happenings(
    happenings: Sequence[Happening], contract: Contract, role: Role
) -> list[Diagnosis]:
    """Return what happened, in words for the function; several are said to be several."""
    more, remarks = _several(len(happenings))
    found = []
    for what in happenings:
        message = what.message(contract, role)
        if message:
            message = messages.sentences(message, more)
            hint = hint_of(what.id, role)
            one = Diagnosis(id=what.id, function=role, message=message, hint=hint, remarks=remarks)
        else:
            one = name_mistake(what.id, role, more=more, remarks=remarks)
        found.append(one)
    return found
