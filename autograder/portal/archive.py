"""All submissions of a lab as a zip file that is sent while it is made: one file in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from autograder.portal.database import Database
from autograder.portal.intake import Receipt, bytes_of

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Pipe(io.RawIOBase):
    """What zipfile writes to, and what is taken from then. It cannot seek, so nothing is kept."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer, /) -> int:
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def taken(self) -> bytes:
        """Return what was written since it was last taken."""
        found, self._parts = b"".join(self._parts), []
        return found


def zipped(database: Database, submissions: Sequence[Receipt]) -> Iterator[bytes]:
    """Yield an archive, a folder an attempt; what was forgotten meanwhile is not in it."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in submissions:
            with database.read() as connection:
                data = bytes_of(connection, one.id)
            if data:
                name = f"{one.student}/{one.lab}/{one.attempt}/{one.name}"
                archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
                yield pipe.taken()
    yield pipe.taken()
