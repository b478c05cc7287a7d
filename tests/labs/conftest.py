"""Labs are graded under the limits that ``grade`` has by itself: a thousand epochs take a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.engines.local import LocalEngine
from autograder.grading.opening import ENTRY
from autograder.sandbox.detection import Trial
from autograder.sandbox.policy import Policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The default limits, with time enough for a busy machine."""
    return Policy(wall_seconds=20.0, cpu_seconds=21)


@pytest.fixture(scope="session")
def engine(policy: Policy, namespaces_trial: Trial) -> Iterator[LocalEngine]:
    """An engine of these limits, at the best level that works."""
    started = LocalEngine("namespaces" if namespaces_trial.works else "none", policy, ENTRY, 2)
    yield started
    started.close()
