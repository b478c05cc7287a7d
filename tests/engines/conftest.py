"""One dask cluster for all tests of the engine; what a test kills is started again by the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autograder.engines.cluster import DaskEngine
from autograder.sandbox.message import Policy

from .cluster import Cluster

QUICK = "autograder.sandbox.trial"


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.close()


@pytest.fixture
def cluster(started: Cluster) -> Cluster:
    """A scheduler with two workers, ``a`` and ``b``."""
    started.add("a", "b")
    return started


@pytest.fixture
def open_engine(cluster: Cluster) -> Iterator[Callable[..., DaskEngine]]:
    """Return a function that opens an engine on the cluster; by default one without torch."""
    opened: list[DaskEngine] = []

    def engine(entry: str = QUICK, policy: Policy | None = None, **options: Any) -> DaskEngine:
        options = {"label": "slope", "allow_weak": True, **options}
        opened.append(DaskEngine(cluster.address, policy or Policy(), entry, **options))
        return opened[-1]

    yield engine
    for each in opened:
        each.close()
