"""Traces and results on disk, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

from autograder.errors import CourseError, ProtocolError
from autograder.protocol.codec import decode_trace, encode
from autograder.protocol.trace import Trace


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by a file with that content. Raises CourseError naming the path."""
    temporary = path.with_name(f".{path.name}-{os.getpid()}-{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as stream:
            stream.write(data)
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise CourseError(f"{path}: cannot be written: {error.strerror}") from error


class Store:
    """One lab's part of the output folder: ``<out>/<lab>/traces/`` and ``results.jsonl``."""

    def __init__(self, out: Path, lab: str) -> None:
        self.folder = out / lab

    def _trace_path(self, key: str) -> Path:
        return self.folder / "traces" / key[:2] / f"{key}.trace"

    def read_trace(self, key: str) -> Trace | None:
        """Return a stored trace, None where there is none or it does not decode."""
        try:
            return decode_trace(self._trace_path(key).read_bytes())
        except (OSError, ProtocolError):
            return None

    def write_trace(self, key: str, trace: Trace) -> None:
        """Store a trace under its address. A sandbox failure is not worth keeping."""
        if trace.ending != "sandbox":
            path, data = self._trace_path(key), encode(trace)
            if not path.is_file() or path.read_bytes() != data:
                write_atomically(path, data)

    def write_results(self, lines: Iterable[bytes], *, whole: bool) -> Path:
        """Write the results of a run, a JSON object a line, and return the file.

        A run that was cut short does not replace the results of a whole one.
        """
        partial = self.folder / "results.partial.jsonl"
        path = self.folder / "results.jsonl" if whole else partial
        write_atomically(path, b"".join(line + b"\n" for line in lines))
        if whole:
            partial.unlink(missing_ok=True)
        return path
