"""The smallest entry module: proves that a child can be forked, confined and heard from."""

from __future__ import annotations

import os
from collections.abc import Iterable

WORD = b"confined: "


def warm_up() -> None:
    """Nothing to import."""


def run(payload: bytes, descriptor: int, further: Iterable[bytes]) -> None:
    """Write to the private folder, then answer with the payload, and each piece with itself."""
    with open("trial", "wb") as stream:
        stream.write(payload)
    os.write(descriptor, WORD + payload)
    for piece in further:
        os.write(descriptor, piece)
