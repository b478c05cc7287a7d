"""Pieces of a job that a child is handed one by one, and what it left before each.

The grader sends them to the server as one file, of which the server knows no more than how long
each piece is. When the child asks, the kernel moves the next piece from that file into a pipe to
the child: no process but the grader and that one child ever reads or maps it. Before that, what the
child has written so far is moved into the grader's own file, where the child cannot change it.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Iterator, Sequence

LENGTH_BYTES = 8
CHUNK = 1 << 16
ASKED = b"?"


def pieces(count: int, ask: int, given: int) -> Iterator[bytes]:
    """In the child: ask for each of ``count`` pieces and yield it; fewer, if none comes."""
    for _ in range(count):
        os.write(ask, ASKED)
        size = _exactly(given, LENGTH_BYTES)
        piece = _exactly(given, int.from_bytes(size, "little"))
        if not size:
            return
        yield piece


def framed(piece: bytes) -> bytes:
    """Return a piece as it travels: its length before it."""
    return len(piece).to_bytes(LENGTH_BYTES, "little") + piece


def _exactly(source: int, count: int) -> bytes:
    """Read so many bytes; none where the other end is closed."""
    found = b""
    while len(found) < count:
        part = os.read(source, min(CHUNK, count - len(found)))
        if not part:
            return b""
        found += part
    return found


class Steps:
    """In the server: hands one child its pieces, and takes what it left.

    ``sealed`` is the file of all pieces, ``sizes`` how long each is. The child writes to
    ``frames``, of which at most ``most`` bytes are moved to ``taken``. ``ask`` and ``given`` are
    our ends of the two pipes. ``ends`` is how much had been taken before each piece.
    """

    def __init__(
        self,
        sealed: int,
        sizes: Sequence[int],
        frames: int,
        taken: int,
        ask: int,
        given: int,
        most: int,
    ) -> None:
        self.ask, self.given = ask, given
        self.ends: list[int] = []
        self._sealed = sealed
        self._sizes = sizes
        self._frames = frames
        self._taken = taken
        self._most = most
        self._total = 0
        self._offset = 0
        self._left = 0
        os.set_blocking(given, False)

    @property
    def begun(self) -> bool:
        """Whether the child was handed anything that is hidden."""
        return bool(self.ends)

    def answer(self, poll: select.poll) -> None:
        """Take what is there and hand over the next piece, where the last one was answered.

        A child that asks and has written nothing since gets nothing any more.
        """
        asked = os.read(self.ask, 1)
        if not asked:
            poll.unregister(self.ask)
            return
        before = self._total
        self.take()
        if self._total == before or self._left or len(self.ends) == len(self._sizes):
            poll.unregister(self.ask)
            poll_off(poll, self.given)
            self.refuse()
            return
        self._left = self._sizes[len(self.ends)]
        self.ends.append(self._total)
        self.hand(poll)

    def hand(self, poll: select.poll) -> None:
        """Move on of the piece at hand what the pipe has room for."""
        try:
            while self._left:
                moved = _move(self._sealed, self.given, self._offset, self._left)
                self._offset += moved
                self._left -= moved
        except BlockingIOError:
            poll.register(self.given, select.POLLOUT)
            return
        except OSError:  # the child closed its end: it goes without
            self._left = 0
        poll_off(poll, self.given)

    def take(self) -> None:
        """Move what the child has written to where it cannot write."""
        end = min(os.fstat(self._frames).st_size, self._most)
        while self._total < end:
            moved = _copy(self._frames, self._taken, self._total, end - self._total)
            if not moved:
                return
            self._total += moved

    def refuse(self) -> None:
        """Hand over no more."""
        if self.given >= 0:
            os.close(self.given)
            self.given = -1

    def close(self) -> None:
        """Close all descriptors but the grader's own file."""
        self.refuse()
        for descriptor in (self.ask, self._sealed, self._frames):
            os.close(descriptor)


def poll_off(poll: select.poll, descriptor: int) -> None:
    """Stop to look at a descriptor, if we do."""
    try:
        poll.unregister(descriptor)
    except KeyError:
        return


def _move(source: int, target: int, offset: int, count: int) -> int:
    """Move up to ``count`` bytes from a file to a pipe, on Linux within the kernel."""
    if sys.platform == "linux":
        return os.splice(source, target, count, offset_src=offset)
    return os.write(target, os.pread(source, min(count, CHUNK), offset))


def _copy(source: int, target: int, offset: int, count: int) -> int:
    """Move up to ``count`` bytes from a file to the end of another, on Linux within the kernel."""
    if sys.platform == "linux":
        return os.sendfile(target, source, offset, count)
    return os.write(target, os.pread(source, min(count, CHUNK), offset))
