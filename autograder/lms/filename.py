"""Names of files that students hand in, and what browsers and systems do to them."""

from __future__ import annotations

import re

_ADDED = re.compile(r"(?P<name>.+\.(?:ipynb|py))\.(?:json|txt)", re.IGNORECASE)
_TAKEN = re.compile(r"(?P<stem>.+)\.(?:ipynb|py|zip)", re.IGNORECASE)


def bare_name(filename: str) -> str:
    """Return the name without the suffix that a browser adds, as in ``slope.ipynb.json``."""
    added = _ADDED.fullmatch(filename)
    return added["name"] if added else filename


def is_taken(filename: str) -> bool:
    """Say whether a file may hold a submission: a script, a notebook, or a zip of them."""
    return _TAKEN.fullmatch(bare_name(filename)) is not None


def stem_of(filename: str) -> str:
    """Return the name without the suffixes of a submission; a folder's stays whole."""
    taken = _TAKEN.fullmatch(bare_name(filename))
    return taken["stem"] if taken else filename
