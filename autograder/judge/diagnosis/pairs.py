"""A function's result in one probe beside the reference's, and what it shows."""

from __future__ import annotations

import dataclasses

import numpy as np

from autograder.judge.claim import read_claim
from autograder.judge.compare import Values
from autograder.judge.diagnosis.mutants import near
from autograder.protocol.job import Probe
from autograder.protocol.trace import ProbeRecord
from autograder.words.text import NOTHING, Text

AFFINE = 1e-3  # of the largest value: what a fit may leave


@dataclasses.dataclass(frozen=True, kw_only=True)
class Reading:
    """A finding: the mistake's id, and what else may be shown of it."""

    id: str
    detail: Text = NOTHING


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pair:
    """One probe, what the student's function gave, and what the reference's did."""

    probe: Probe
    observed: ProbeRecord
    expected: ProbeRecord

    @property
    def got(self) -> Values:
        """The student's values."""
        return read_claim(self.observed.value) if self.observed.value is not None else np.zeros(0)

    @property
    def want(self) -> Values:
        """The reference's values."""
        return read_claim(self.expected.value) if self.expected.value is not None else np.zeros(0)

    @property
    def right(self) -> bool:
        """Whether the values are right, whatever their shape."""
        return near(self.got.reshape(-1), self.want.reshape(-1))

    def cut(self, name: str) -> bool:
        """Return whether no gradient reaches ``name``, though one should."""
        wanted = read_claim((self.expected.gradients or {})[name])
        found = (self.observed.gradients or {}).get(name)
        return bool(wanted.any()) and (found is None or not read_claim(found).any())
