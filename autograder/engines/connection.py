"""The way to a dask cluster: connect, look at its workers, and agree with them on a level."""

from __future__ import annotations

import contextlib
import logging
import time
from asyncio import CancelledError
from collections.abc import Iterator

import msgspec
from distributed import Client, Security

from autograder.engines.identity import difference, identity
from autograder.engines.node import Survey, survey
from autograder.errors import IsolationError, SandboxError
from autograder.sandbox.message import Level
from autograder.sandbox.registry import LEVELS, STRONG
from autograder.words.catalogue import say

CONNECT_SECONDS = 5.0
WORKERS_SECONDS = 30.0

_log = logging.getLogger(__name__)
_surveys = msgspec.msgpack.Decoder(Survey)


@contextlib.contextmanager
def reaching(address: str) -> Iterator[None]:
    """Turn what dask raises when a scheduler cannot be reached into a SandboxError.

    AttributeError is among it: a client that is closing has no scheduler any more.
    """
    try:
        yield
    except (OSError, TimeoutError, RuntimeError, AttributeError, CancelledError) as error:
        reason = str(error).strip().partition("\n")[0] or type(error).__name__
        raise SandboxError(say("dask-problem", address=address, reason=reason)) from error


def connect(address: str) -> Client:
    """Return a client of the scheduler. Raises SandboxError within seconds if there is none."""
    with reaching(address):
        try:
            security = Security()
            if address.startswith("tls") and not security.get_connection_args("client").get(
                "ssl_context"
            ):
                raise SandboxError(say("dask-certificates", address=address))
            return Client(
                address,
                security=security,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
                name="autograder",
            )
        except (TypeError, ValueError) as error:  # an odd host
            raise SandboxError(say("dask-problem", address=address, reason=error)) from error


def threads_of(client: Client, address: str) -> dict[str, int]:
    """Return the workers that the scheduler has now, with their numbers of threads."""
    if client.status not in ("running", "connecting"):
        raise SandboxError(say("dask-gone", address=address))
    with reaching(address):
        threads: dict[str, int] = client.nthreads()
    return threads


def agree(client: Client, address: str, *, allow_weak: bool) -> Level:
    """Return the best isolation that works on every worker of the cluster.

    Raises IsolationError where that is not a secure one, and SandboxError where there is no
    worker, or one has other versions than this machine.
    """
    trials = [(name, found.trial) for name, found in _surveys_of(client, address).items()]
    worker, trial = max(trials, key=lambda item: LEVELS.index(item[1].level))
    if trial.level not in STRONG and not allow_weak:
        raise IsolationError(say("dask-no-secure-sandbox", worker=worker))
    best = min((trial.level for _, trial in trials), key=LEVELS.index)
    if best != trial.level:
        _log.warning("dask worker %s offers only %s; the run is at that level", worker, trial.level)
    return trial.level


def _surveys_of(client: Client, address: str) -> dict[str, Survey]:
    """Return what each worker says of itself, all with this machine's versions."""
    _wait_for_workers(client, address)
    with reaching(address):
        answers = client.run(survey, on_error="return")
    return {worker: _survey(worker, answer) for worker, answer in sorted(answers.items())}


def _survey(worker: str, answer: object) -> Survey:
    if isinstance(answer, ModuleNotFoundError):
        raise SandboxError(say("dask-not-installed", answer=answer, worker=worker))
    try:
        if not isinstance(answer, bytes):
            raise SandboxError(
                say("dask-worker-raised", answer=answer, name=type(answer).__name__, worker=worker)
            )
        found = _surveys.decode(answer)
    except msgspec.MsgspecError as error:
        raise SandboxError(say("dask-other-version", worker=worker)) from error
    differs = difference(there=found.identity, here=identity())
    if differs:
        raise SandboxError(say("dask-differs", differs=differs, worker=worker))
    return found


def _wait_for_workers(client: Client, address: str) -> None:
    deadline = time.monotonic() + WORKERS_SECONDS
    told = False
    while not threads_of(client, address):
        if time.monotonic() > deadline:
            raise SandboxError(say("dask-no-workers", address=address))
        if not told:
            _log.warning("dask scheduler %s: waiting for workers", address)
            told = True
        time.sleep(0.5)
