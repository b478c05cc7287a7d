"""How a row of the registry is made, and which mistakes can be there together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from autograder.judge.mistakes.mistake import Mistake, Plant
from autograder.judge.mistakes.script import Script
from autograder.judge.mistakes.sound import only_sound
from autograder.protocol.job import Role

LAYERS: Mapping[Role, tuple[tuple[str, ...], ...]] = {
    "forward": (
        ("bias-missing", "bias-subtracted"),
        ("forward-adds-weight",),
        ("shape-broadcast",),
        ("graph-broken",),
    ),
    "criterion": (
        ("loss-not-squared", "loss-absolute", "loss-squared", "shape-broadcast"),
        ("one-sample-only",),
        ("loss-sum-not-mean",),
        ("loss-root",),
        ("loss-halved",),
        ("graph-broken",),
    ),
    "train_model": (
        ("one-step-per-epoch", "one-sample-only", "shape-broadcast"),
        ("gradient-not-zeroed",),
        ("wrong-update-sign", "wrong-gradient"),
        ("learning-rate-ignored",),
    ),
}  # of a training function only those pairs whose steps obey no law: see bank.py


def _layer(id_: str, function: Role) -> int:
    places = (i for i, ids in enumerate(LAYERS[function], start=1) if id_ in ids)
    return next(places, 0)


def row(id_: str, function: Role, plant: Plant | None = None, *, words: str = "") -> Mistake:
    """Return a mistake that is planted only where that makes sense.

    Its sentences are ``mistake-<id>`` and ``hint-<id>`` in the catalogue; where a mistake of that
    id is said otherwise in another function, ``words`` stand in place of the id.
    """
    return Mistake(
        id=id_,
        function=function,
        words=words or id_,
        plant=only_sound(plant) if plant else None,
        layer=_layer(id_, function),
    )


def either(*plants: Plant) -> Plant:
    """Return a plant that yields the variants of several."""

    def plant(script: Script) -> Iterator[Script]:
        for one in plants:
            yield from one(script)

    return plant
