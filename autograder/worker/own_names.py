"""Search a file for its own names, after its cells ran: for messages, never for points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from autograder.protocol.job import Contract
from autograder.protocol.trace import Note, Sighting
from autograder.worker.idle import uncalled_class
from autograder.worker.lookalike import lookalikes
from autograder.worker.outline import Outline
from autograder.worker.routine import routines
from autograder.worker.twice import defined_twice
from autograder.worker.usage import usages


class Survey(NamedTuple):
    """What a file has of its own where the lab has names, and what it defines more than once."""

    sightings: tuple[Sighting, ...] = ()
    notes: tuple[Note, ...] = ()


def survey(
    outline: Outline,
    namespace: Mapping[str, Any],
    contract: Contract,
    defined: Mapping[str, str],
    parameters: Iterable[str],
) -> Survey:
    """Return what is there; nothing where looking at a student's values breaks."""
    try:
        own = routines(outline)
        found = [
            *lookalikes(outline, own, namespace, contract, defined),
            *usages(own, namespace, contract, defined, parameters, outline.comments),
            *uncalled_class(outline.pieces, namespace, contract),
        ]
        return Survey(tuple(found), tuple(defined_twice(outline, contract, defined)))
    except Exception:  # hostile values may raise anything, and this is only for words
        return Survey()
