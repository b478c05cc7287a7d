"""Traces on disk, written whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

from autograder.errors import ProtocolError
from autograder.grading.file import write_atomically
from autograder.protocol.codec import decode_trace, encode
from autograder.protocol.trace import Trace

__all__ = ["Store", "write_atomically"]

DIGEST_BYTES = 32


class Store:
    """The traces of one lab: ``<out>/<lab>/traces/``. Each file is a SHA-256 and what it is of.

    A store that is not ``readable`` knows no trace, and takes all.
    """

    def __init__(self, out: Path, lab: str, *, readable: bool = True) -> None:
        self.folder = out / lab
        self._readable = readable

    def write_only(self) -> Store:
        """Return the same store, not readable."""
        return Store(self.folder.parent, self.folder.name, readable=False)

    def path(self, key: str) -> Path:
        """Return where the trace of that address lies, if it is there."""
        return self.folder / "traces" / key[:2] / f"{key}.trace"

    def read_trace(self, key: str) -> Trace | None:
        """Return a stored trace, None where there is none or it is not what was written."""
        if not self._readable:
            return None
        try:
            content = self.path(key).read_bytes()
            digest, data = content[:DIGEST_BYTES], content[DIGEST_BYTES:]
            return decode_trace(data) if hashlib.sha256(data).digest() == digest else None
        except (OSError, ProtocolError):
            return None

    def write_trace(self, key: str, trace: Trace) -> None:
        """Store a trace under its address. A sandbox failure is not worth keeping."""
        if trace.ending == "sandbox":
            return
        path, data = self.path(key), encode(trace)
        content = hashlib.sha256(data).digest() + data
        if not _holds(path, content):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, content, beside=self.folder)


def _holds(path: Path, content: bytes) -> bool:
    try:
        return path.read_bytes() == content
    except OSError:
        return False
