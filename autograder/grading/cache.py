"""Grades and traces on disk: each is whole or not there, and one grader writes at a time.

The journal of grades only grows. A record is a line: the key, a digest of key and text, the text's
length, the text. A line that is torn or damaged counts as not there.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

from autograder.errors import CourseError, ProtocolError
from autograder.grading.file import unwritable, write_atomically
from autograder.protocol.codec import decode_trace, encode
from autograder.protocol.trace import Trace
from autograder.words.catalogue import say

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


NAME = "lock"
NAME_SECONDS, NAME_TRIES = 1.0, 20
BUSY = frozenset({errno.EAGAIN, errno.EACCES})


class Lock:
    """Held from construction to ``close``. The kernel lets go of it however the process ends.

    Raises CourseError naming the process that holds it.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise unwritable(path, error) from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = self._holder()
            os.close(self._descriptor)
            if error.errno not in BUSY:
                raise CourseError(
                    say("folder-not-locked", path=path, problem=error.strerror)
                ) from error
            who = holder if holder.isprintable() and holder else say("another-process")
            raise CourseError(say("folder-in-use", folder=folder, who=who)) from error
        with contextlib.suppress(OSError):  # only a name for others to show: the lock holds
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"process {os.getpid()}\n".encode(), 0)

    def _holder(self) -> str:
        """Return what the holder calls itself, which it writes a moment after it has the lock."""
        for _ in range(NAME_TRIES):
            found = os.pread(self._descriptor, 200, 0).decode("ascii", "replace").strip()
            if found:
                return found
            time.sleep(NAME_SECONDS / NAME_TRIES)
        return ""

    def close(self) -> None:
        """Let others in."""
        os.close(self._descriptor)


KEY = 32  # hexadecimal digits
NO_KEY = "-" * KEY
DIGEST = 16
HEAD = KEY + 1 + DIGEST + 1 + 8 + 1
SYNC_SECONDS = 1.0
PAGE = 4096


class Journal:
    """See the module's docstring. Memory: about 150 bytes a record, whatever its length."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[bytes, int] = {}
        self._synced = time.monotonic()
        self._open()

    def _open(self) -> None:
        """Open the file and read through it once. Raises CourseError where it cannot be."""
        try:
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._descriptor = os.open(self._path, flags, 0o644)
        except OSError as error:
            raise unwritable(self._path, error) from error
        try:
            torn = self._index()
            if torn:
                self._write(b"\n", torn)
                self._index()
        except OSError as error:
            raise CourseError(
                say("cannot-read", path=self._path, problem=error.strerror)
            ) from error

    def _index(self) -> int:
        """Note where each sound record begins; return the size if the last line is torn, or 0."""
        self._places.clear()
        self._size = 0
        line = b""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        with open(self._descriptor, "rb", closefd=False) as stream:  # a descriptor
            for line in stream:
                if _text(line) is not None and not line.startswith(b"-"):
                    self._places[bytes.fromhex(line[:KEY].decode())] = self._size
                self._size += len(line)
        return self._size if line and not line.endswith(b"\n") else 0

    def find(self, key: str) -> int | None:
        """Return the place of the newest record with that key."""
        return self._places.get(bytes.fromhex(key))

    def read(self, place: int) -> bytes:
        """Return a record's text. Raises CourseError where it was damaged since it was found."""
        try:
            line = os.pread(self._descriptor, PAGE, place)
            length = HEAD + int(line[HEAD - 9 : HEAD - 1], 16) + 1
            if length > len(line):
                line += os.pread(self._descriptor, length - len(line), place + len(line))
        except (OSError, ValueError):
            line, length = b"", 0
        text = _text(line[:length])
        if text is None:
            raise CourseError(say("journal-damaged", path=self._path, place=place))
        return text

    def append(self, key: str, text: bytes) -> int:
        """Commit a record and return its place. A later one with the same key counts.

        When this returns, an end of the process loses nothing any more; a loss of power loses what
        was committed in the last second. Raises CourseError; the record is then not there.
        """
        place, line = self._size, _line(key, text)
        self._write(line, place)
        self._size += len(line)
        if key != NO_KEY:
            self._places[bytes.fromhex(key)] = place
        if time.monotonic() - self._synced > SYNC_SECONDS:
            self.sync()
        return place

    def _write(self, line: bytes, size: int) -> None:
        """Append to a file of that size, or leave it as it was."""
        rest = line
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, size)
            if isinstance(error, OSError):
                raise unwritable(self._path, error) from error
            raise

    def sync(self) -> None:
        """Have the disk keep what was committed. Raises CourseError."""
        try:
            os.fsync(self._descriptor)
        except OSError as error:
            raise unwritable(self._path, error) from error
        self._synced = time.monotonic()

    def shrink(self, places: Iterable[int]) -> None:
        """Keep only the records at these places, if they are less than half of the file.

        Places are others afterwards.
        """
        kept = set(places)
        used = sum(HEAD + len(self.read(place)) + 1 for place in kept)
        if self._size <= 2 * used + PAGE:
            return
        keys = ((key.hex(), place) for key, place in self._places.items() if place in kept)
        lines = (_line(key, self.read(place)) for key, place in keys)
        write_atomically(self._path, lines, sync=True)
        os.close(self._descriptor)
        self._open()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _digest(key: bytes, text: bytes) -> bytes:
    return hashlib.blake2b(key + text, digest_size=DIGEST // 2).hexdigest().encode()


def _line(key: str, text: bytes) -> bytes:
    name = key.encode()
    return b"%b %b %08x %b\n" % (name, _digest(name, text), len(text), text)


def _text(line: bytes) -> bytes | None:
    """Return the text of a sound line, None for any other."""
    name, digest, text = line[:KEY], line[KEY + 1 : KEY + 1 + DIGEST], line[HEAD:-1]
    if not line.endswith(b"\n") or line[:HEAD] != b"%b %b %08x " % (name, digest, len(text)):
        return None
    return text if _digest(name, text) == digest else None
