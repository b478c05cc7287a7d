"""Scripts and workflows of packages: files in ``templates/`` with words like ``@LAB@``."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files


def template(name: str, words: Mapping[str, str]) -> bytes:
    """Return a template's bytes, filled in."""
    text = (files(__package__) / "templates" / name).read_text("utf-8")
    for key, word in words.items():
        text = text.replace(f"@{key}@", word)
    return text.encode()
