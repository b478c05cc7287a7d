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

CONNECT_SECONDS = 5.0
WORKERS_SECONDS = 30.0
CERTIFICATES = "needs certificates: set distributed.comm.tls in dask's configuration"

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
        raise SandboxError(f"dask scheduler {address}: {reason}") from error


def connect(address: str) -> Client:
    """Return a client of the scheduler. Raises SandboxError within seconds if there is none."""
    with reaching(address):
        try:
            security = Security()
            if address.startswith("tls") and not security.get_connection_args("client").get(
                "ssl_context"
            ):
                raise SandboxError(f"dask scheduler {address}: {CERTIFICATES}")
            return Client(
                address,
                security=security,
                timeout=CONNECT_SECONDS,
                set_as_default=False,
                name="autograder",
            )
        except (TypeError, ValueError) as error:  # an odd host
            raise SandboxError(f"dask scheduler {address}: {error}") from error


def threads_of(client: Client, address: str) -> dict[str, int]:
    """Return the workers that the scheduler has now, with their numbers of threads."""
    if client.status not in ("running", "connecting"):
        raise SandboxError(f"dask scheduler {address}: gone; what was done is saved")
    with reaching(address):
        threads: dict[str, int] = client.nthreads()
    return threads


def agree(client: Client, address: str, *, allow_weak: bool) -> Level:
    """Return the best isolation that works on every worker of the cluster.

    Raises IsolationError where that is none that counts, and SandboxError where there is no
    worker, or one has other versions than this machine.
    """
    trials = [(name, found.trial) for name, found in _surveys_of(client, address).items()]
    worker, trial = max(trials, key=lambda item: LEVELS.index(item[1].level))
    if trial.level not in STRONG and not allow_weak:
        raise IsolationError(
            f"dask worker {worker}: no isolation that counts works there, and submissions are "
            "untrusted code; 'autograder doctor' there says why, --allow-weak-isolation runs "
            "them all the same"
        )
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
        raise SandboxError(f"dask worker {worker}: {answer}; install torch-autograder there")
    try:
        if not isinstance(answer, bytes):
            raise SandboxError(f"dask worker {worker}: {type(answer).__name__}: {answer}")
        found = _surveys.decode(answer)
    except msgspec.MsgspecError as error:
        raise SandboxError(f"dask worker {worker}: another version of autograder") from error
    differs = difference(there=found.identity, here=identity())
    if differs:
        raise SandboxError(f"dask worker {worker}: {differs}; install the same on both")
    return found


def _wait_for_workers(client: Client, address: str) -> None:
    deadline = time.monotonic() + WORKERS_SECONDS
    told = False
    while not threads_of(client, address):
        if time.monotonic() > deadline:
            raise SandboxError(f"dask scheduler {address}: it has no workers; start some")
        if not told:
            _log.warning("dask scheduler %s: waiting for workers", address)
            told = True
        time.sleep(0.5)
