"""Labs are graded under the limits that ``grade`` has by itself: a thousand epochs take a while."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.engines.local import LocalEngine
from autograder.grading.opening import ENTRY
from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The default limits, with time enough for a busy machine."""
    return Policy(wall_seconds=20.0, cpu_seconds=21)


@pytest.fixture(scope="session")
def engine(policy: Policy, best_level: Level) -> Iterator[LocalEngine]:
    """An engine of these limits, at the best level that works."""
    started = LocalEngine(best_level, policy, ENTRY, 2)
    yield started
    started.close()
