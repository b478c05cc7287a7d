"""What values and gradients of forward or criterion show where no mutant coincides.

Nothing here knows a lab's formula: values are compared with the reference's, and gradients too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from autograder.judge.compare import Values
from autograder.judge.diagnosis.forward_formulas import read_expression
from autograder.judge.diagnosis.loss_formulas import read_formula, read_unreduced
from autograder.judge.diagnosis.pairs import AFFINE, Pair, Reading
from autograder.judge.diagnosis.update_rules import so_for
from autograder.judge.fit import least_squares
from autograder.judge.messages import listed, sentences
from autograder.protocol.array import unpack
from autograder.protocol.job import CriterionProbe, ForwardProbe, Probe
from autograder.protocol.script import PHASES
from autograder.words.text import NOTHING, Text, text

Bend = Callable[[Values], tuple[Values, NDArray[np.bool_]]]
STEEP = 1e-4  # of 1: beyond that the logit of a float32 is mostly rounding
LEAST_ROWS = 2


def read_forward(pairs: Sequence[Pair]) -> Reading | None:
    """Return what a wrong forward shows in all of its probes, None where nothing known."""
    if not _comparable(pairs):
        return None
    names = tuple(pairs[0].expected.gradients or {})
    cut = tuple(name for name in names if all(pair.cut(name) for pair in pairs))
    if not all(pair.right for pair in pairs):
        return _of_values(pairs, cut, whole=cut == names)
    if cut:
        graph = all(pair.observed.gradients is not None for pair in pairs)
        whole = text("no-slope") if graph else NOTHING
        return Reading(id="graph-broken", detail=whole if cut == names else so_for(cut))
    return Reading(id="shape-broadcast") if all(map(_spreads, pairs)) else None


def _of_values(pairs: Sequence[Pair], cut: Sequence[str], *, whole: bool) -> Reading | None:
    """Read wrong predictions; no gradient reaches those ``cut``, which may be the ``whole``."""
    if all(map(_is_rounded, pairs)):
        return Reading(id="forward-rounded")
    if whole and _ignores_parameters(pairs):
        return Reading(id="forward-ignores-parameters")
    known = _of_bias(pairs) or _of_numbers(pairs) or read_expression(pairs)
    number, graph = _constant(pairs), all(p.observed.gradients is not None for p in pairs)
    if known is None and whole and number is not None and graph:
        told = text("predicts-always", number=f"{number:.3g}")
        known = Reading(id="forward-other-formula", detail=told)
    if known is None or known.id != "forward-other-formula" or not cut:
        return Reading(id="graph-broken") if known is None and whole else known
    if whole and not graph:
        return dataclasses.replace(known, id="graph-broken")
    unreached = text("no-gradient-of", names=listed(cut))
    lost = text("no-gradient-at-all") if whole else unreached
    return dataclasses.replace(known, detail=sentences(known.detail, lost))


def read_criterion(pairs: Sequence[Pair]) -> Reading | None:
    """Return what a wrong criterion shows in all of its probes, None where nothing known."""
    if not _comparable(pairs):
        return read_unreduced(pairs)
    names = tuple(pairs[0].expected.gradients or {})
    if names and all(pair.cut(name) for pair in pairs for name in names):
        number = _constant(pairs)
        graph = all(pair.observed.gradients is not None for pair in pairs)
        if not graph or (number is None and all(pair.right for pair in pairs)):
            return Reading(id="graph-broken", detail=text("no-slope") if graph else NOTHING)
        told = text("loss-is-flat")
        if number is not None:
            told = text("loss-always", number=f"{number:.3g}")
        return Reading(id="loss-other-formula", detail=told)
    factor = _factor(pairs)
    if factor is not None and not np.isclose(factor, 1.0, rtol=AFFINE):
        base = next(
            (n for n in (2, 10) if np.isclose(abs(factor) * np.log(n), 1.0, rtol=AFFINE)), 0
        )
        told = text("factor-of-base", factor=f"{factor:.3g}", base=base)
        return Reading(id="loss-scaled", detail=told if base else _of_factor(factor))
    counts = np.array([_rows(pair.probe) for pair in pairs], dtype=np.float64)
    factor = _factor(pairs, counts)
    if factor is not None and np.ptp(counts):
        divisor = f"{1.0 / factor:.4g}"
        return Reading(id="loss-fixed-count", detail=text("divides-by", number=divisor))
    return read_formula(pairs)


def _constant(pairs: Sequence[Pair]) -> float | None:
    """Return the one number that a function gives everywhere, None where there are several."""
    values = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    return float(values[0]) + 0.0 if np.ptp(values) == 0.0 else None  # and no -0


def _rows(probe: Probe) -> int:
    return int(unpack(probe.y).size) if isinstance(probe, CriterionProbe) else 0


def _factor(pairs: Sequence[Pair], counts: Values | None = None) -> float | None:
    """Return c of ``got = c * want``, or ``c * count * want``, in all probes; None of none."""
    got = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    parts = [
        pair.want.reshape(-1) * (1.0 if counts is None else counts[i])
        for i, pair in enumerate(pairs)
    ]
    want = np.concatenate(parts)
    power = float(want @ want)
    factor = float(got @ want) / power if power else 0.0
    scale = np.maximum(np.abs(factor * want), np.finfo(np.float32).tiny)
    fits = factor != 0.0 and (np.abs(got - factor * want) <= AFFINE * scale).all()
    return factor if fits else None


def _is_rounded(pair: Pair) -> bool:
    """Return whether the values are whole where the right ones are not."""
    got, want = pair.got.reshape(-1), pair.want.reshape(-1)
    return bool((got == np.rint(got)).all() and (np.abs(got - want) <= 1.0).all() and np.ptp(got))


def _of_numbers(pairs: Sequence[Pair]) -> Reading | None:
    """Read one number that all values are off by, or are multiplied by."""
    shifts = [_shift(pair, _straight) for pair in pairs]
    known = np.array([shift for shift in shifts if shift is not None])
    if len(known) == len(pairs) and np.ptp(known) <= AFFINE * np.abs(known).max():
        code = "each-too-large" if known[0] > 0 else "each-too-small"
        return Reading(id="forward-shifted", detail=text(code, by=f"{abs(known[0]):.3g}"))
    factor = _factor(pairs)
    if factor is None or np.isclose(factor, 1.0, rtol=AFFINE):
        return None
    return Reading(id="forward-scaled", detail=_of_factor(factor))


def _of_factor(factor: float) -> Text:
    """Say by which number all values are multiplied."""
    if np.isclose(factor, -1.0, rtol=AFFINE):
        return text("sign-reversed")
    return text("factor-is", factor=f"{factor:.3g}")


def _comparable(pairs: Sequence[Pair]) -> bool:
    """Return whether every probe gave as many values as the reference's, all finite."""
    return bool(pairs) and all(
        pair.observed.value is not None
        and bool(pair.expected.gradients)
        and pair.got.size == pair.want.size > 0
        and bool(np.isfinite(pair.got).all())
        for pair in pairs
    )


def _spreads(pair: Pair) -> bool:
    """Return whether the values, subtracted from targets of the right shape, pair all with all."""
    try:
        together = np.broadcast_shapes(pair.got.shape, pair.want.shape)
    except ValueError:
        return False
    return int(np.prod(together)) > pair.want.size


def _ignores_parameters(pairs: Sequence[Pair]) -> bool:
    """Return whether probes with several parameters show one function.

    Public training, which may move what forward uses in their place, lies between the phases.
    """
    phases = [[pair for pair in pairs if pair.probe.phase == phase] for phase in PHASES]
    several = [alike for alike in phases if len(alike) > 1]
    return bool(several) and all(map(_one_function, several))


def _one_function(pairs: Sequence[Pair]) -> bool:
    """Return whether one line or plane, with a sigmoid or without, gives all values.

    The probes differ in parameters: who follows them gives another line in each. One number
    everywhere may be the step of a step function, which says nothing.
    """
    inputs = [_inputs(pair.probe) for pair in pairs]
    if any(len(x) != pair.got.size for x, pair in zip(inputs, pairs, strict=True)):
        return False
    x = np.vstack(inputs)
    columns = np.hstack([x, np.ones((len(x), 1))])
    values = np.concatenate([pair.got.reshape(-1) for pair in pairs])
    if np.ptp(values) == 0.0:
        return False
    for bend in (_straight, _logit):
        bent, known = bend(values)
        if known.sum() <= columns.shape[1] + LEAST_ROWS:
            continue
        fit = least_squares(columns[known], bent[known])
        if fit is None:
            continue
        rest = np.abs(columns[known] @ fit - bent[known]).max()
        if known.all() and rest <= AFFINE * max(float(np.abs(bent[known]).max()), 1.0):
            return True
    return False


def _inputs(probe: Probe) -> Values:
    if isinstance(probe, CriterionProbe):
        return np.zeros((0, 0))
    x = unpack(probe.x)
    return x.reshape(len(x), -1)


def _of_bias(pairs: Sequence[Pair]) -> Reading | None:
    """Read what becomes of the bias where all else is right: left out, or subtracted."""
    biases = np.array([_bias(pair.probe) for pair in pairs])
    if not np.isfinite(biases).all() or np.ptp(biases) == 0.0:
        return None
    for bend in (_straight, _logit):
        shifts = [_shift(pair, bend) for pair in pairs]
        if any(shift is None for shift in shifts):
            continue
        moved = np.array(shifts, dtype=np.float64)
        bound = 10 * AFFINE * max(float(np.abs(biases).max()), 1.0)
        if float(np.abs(moved + 2 * biases).max()) <= bound:
            return Reading(id="bias-subtracted")
        if float(np.ptp(moved + biases)) <= bound:
            return Reading(id="bias-missing")
    return None


def _bias(probe: Probe) -> float:
    """Return a forward probe's bias, by its name; NaN where there is none."""
    parameters: Mapping[str, Values] = {}
    if isinstance(probe, ForwardProbe):
        parameters = {name: unpack(array) for name, array in probe.parameters.items()}
    for name, value in parameters.items():
        if name.rpartition(".")[2] in ("b", "bias") and value.size == 1:
            return float(value.reshape(-1)[0])
    return float("nan")


def _shift(pair: Pair, bend: Bend) -> float | None:
    """Return by how much all values lie above the reference's, None where not by one number."""
    got, first = bend(pair.got.reshape(-1))
    want, second = bend(pair.want.reshape(-1))
    known = first & second
    if known.sum() < LEAST_ROWS:
        return None
    apart = got[known] - want[known]
    bound = AFFINE * max(float(np.abs(want[known]).max()), 1.0)
    return float(apart.mean()) if float(np.ptp(apart)) <= bound else None


def _straight(values: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Return the values as they are, all of them known."""
    return values, np.ones(values.shape, dtype=bool)


def _logit(values: Values) -> tuple[Values, NDArray[np.bool_]]:
    """Return what a sigmoid was taken of, and where float32 numbers can show that."""
    known = (values > STEEP) & (values < 1.0 - STEEP)
    inside = np.where(known, values, 0.5)
    bent: Values = np.log(inside / (1.0 - inside))
    return bent, known
