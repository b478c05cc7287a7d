"""How often somebody may do something: so many at once, then one each few seconds."""

from __future__ import annotations

import threading
import time

MOST_KEYS = 10_000
RULES: dict[str, tuple[int, float]] = {
    "sign-in": (20, 6.0),
    "launch": (600, 0.1),  # a whole class from one address; nobody can guess a signature
    "upload": (20, 6.0),
    "page": (300, 0.2),
}
"""Of each kind: how many at once, and after how many seconds one more is allowed."""


class Rates:
    """Token buckets in memory, by kind and by who asks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._full_at: dict[tuple[str, str], float] = {}

    def take(self, kind: str, who: str) -> float:
        """Take a token; where there is none, return after how many seconds there is one."""
        most, seconds = RULES[kind]
        now = time.monotonic()
        with self._lock:
            if len(self._full_at) > MOST_KEYS:
                self._full_at = {key: at for key, at in self._full_at.items() if at > now}
            full_at = max(self._full_at.get((kind, who), now), now) + seconds
            over = full_at - now - most * seconds
            if over > 0:
                return over
            self._full_at[kind, who] = full_at
            return 0.0
