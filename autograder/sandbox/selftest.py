"""The entry module that tries a level: a child can be confined, and what must fail fails."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterable

WORD = b"confined: "


def warm_up() -> None:
    """Nothing to import."""


def run(payload: bytes, descriptor: int, further: Iterable[bytes]) -> None:
    """Write to the private folder, then answer with what succeeded and should not have.

    ``payload`` is the path of a file outside that everybody may read and write.
    """
    del further  # nothing is hidden here
    with open("trial", "wb") as stream:
        stream.write(payload)
    attempts = {"read": _read, "write": _write, "socket": _connect, "fork": _fork}
    done = [name for name, attempt in attempts.items() if _succeeds(attempt, payload)]
    os.write(descriptor, WORD + " ".join(done).encode())


def _succeeds(attempt: Callable[[bytes], None], path: bytes) -> bool:
    try:
        attempt(path)
    except OSError:
        return False
    return True


def _read(path: bytes) -> None:
    with open(path, "rb") as stream:
        stream.read(1)


def _write(path: bytes) -> None:
    with open(path, "r+b") as stream:
        stream.write(b"x")


def _connect(_: bytes) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _fork(_: bytes) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
