"""Caches: of computed answers, limited in bytes, and of what checks found, limited in number."""

from __future__ import annotations

import collections
import hashlib
from collections.abc import Callable

from autograder.judge.compare import Values
from autograder.judge.result import Finding

BYTES = 64_000_000
OVERHEAD = 500  # of an entry: its key, its tuple, the heads of its arrays
FINDINGS = 5_000
Answer = tuple[Values, ...]


class Cache:
    """Arrays by the digest of what they were computed from; what was not asked for longest goes.

    Right submissions ask for the same over and over. Hostile ones ask for what is as large as a
    trace may be and never asked for again: entries are bounded by their bytes, not by their count.
    """

    def __init__(self, limit_bytes: int = BYTES) -> None:
        self._limit = limit_bytes
        self._answers: collections.OrderedDict[bytes, Answer] = collections.OrderedDict()
        self.size_bytes = 0

    def answer(self, name: str, data: bytes, compute: Callable[[], Answer]) -> Answer:
        """Return what was computed before for this name and data, else compute it."""
        digest = hashlib.blake2b(name.encode() + b"\0", digest_size=16)
        digest.update(data)
        key = digest.digest()
        found = self._answers.get(key)
        if found is None:
            found = compute()
            self._answers[key] = found
            self.size_bytes += _size(found)
            while self.size_bytes > self._limit:
                _, oldest = self._answers.popitem(last=False)
                self.size_bytes -= _size(oldest)
        else:
            self._answers.move_to_end(key)
        return found


class Findings:
    """What checks found in records, by the check, the scenario and the record's digest.

    Right submissions leave the same records, and a mutant those of all that it does not change.
    """

    def __init__(self, most: int = FINDINGS) -> None:
        self._most = most
        self._found: collections.OrderedDict[tuple[str, str, bytes], Finding] = (
            collections.OrderedDict()
        )

    def finding(self, key: tuple[str, str, bytes], look: Callable[[], Finding]) -> Finding:
        """Return what was found before under this key, else look."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = look()
            if len(self._found) > self._most:
                self._found.popitem(last=False)
        else:
            self._found.move_to_end(key)
        return found


def _size(answer: Answer) -> int:
    return OVERHEAD + sum(values.nbytes for values in answer)
