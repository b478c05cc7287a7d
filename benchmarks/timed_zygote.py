"""The zygote with a stamp of the clock at each stage; started in its place by ``stages.py``.

Nothing of the work is changed: functions are wrapped, and the stamps travel where nobody else
looks, the child's in a last frame, the server's in the detail of its answer. All clocks are one:
``time.monotonic`` is the same for all processes of a machine.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from autograder.sandbox import zygote
from autograder.sandbox.message import Ending, Opening

MARK = b"\nstamps: "
_child: list[tuple[str, float]] = []


def stamp(name: str) -> None:
    """Note that a stage of the child ends now."""
    _child.append((name, time.monotonic()))


def stamped(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """Return the function with a stamp when it is done."""

    @functools.wraps(function)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return function(*args, **options)
        finally:
            stamp(name)

    return wrapped


class TimedServer(zygote.Server):
    """A server that says when it began, when the child ended and when all was cleaned up."""

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        entry = sys.modules["autograder.worker.entry"]
        observe = sys.modules["autograder.worker.observe"]
        backend = self._backend
        backend.confine = stamped(backend.confine, "confine")  # type: ignore[method-assign]
        backend.fork = self._stamped_fork(backend.fork)  # type: ignore[method-assign]
        entry.decode_job = stamped(entry.decode_job, "decode job")
        observe.choose = stamped(observe.choose, "read cells")
        observe.load = stamped(observe.load, "run cells")
        observe.make_subject = stamped(observe.make_subject, "run cells")
        observe.Observer.probe = stamped(observe.Observer.probe, "probes")
        observe.Observer.train = stamped(observe.Observer.train, "scenarios")
        self._run_entry = entry.run
        entry.run = self._run_and_tell
        self._forked = 0.0

    def _stamped_fork(self, fork: Callable[[], int]) -> Callable[[], int]:
        def wrapped() -> int:
            pid = fork()
            if pid:
                self._forked = time.monotonic()
            else:
                stamp("fork")
            return pid

        return wrapped

    def _run_and_tell(self, payload: bytes, descriptor: int) -> None:
        """Do the work; then add the stamps behind the last frame."""
        stamp("hand over")
        self._run_entry(payload, descriptor)
        stamp("last frames")
        os.write(descriptor, MARK + json.dumps(_child).encode())

    def _run(self, nonce: int, files: list[int], wake: int, connection: int) -> Ending:
        begun = time.monotonic()
        ending = super()._run(nonce, files, wake, connection)
        stamps = {"begun": begun, "forked": self._forked, "ended": time.monotonic()}
        return msgspec.structs.replace(ending, detail=json.dumps(stamps))


if __name__ == "__main__":
    zygote.Server = TimedServer  # type: ignore[misc]  # in its place
    zygote.main(int(sys.argv[1]))
