"""Templates: files of this package whose names end with ``.tmpl``, with ``string.Template``'s $."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

SUFFIX = ".tmpl"


def render(folder: str, values: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a folder of templates, filled in, by path relative to it."""
    root = files(__package__) / "templates" / folder
    return {
        path.removesuffix(SUFFIX): string.Template(template).substitute(values).encode()
        for path, template in sorted(_templates(root, ""))
    }


def _templates(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _templates(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(SUFFIX):
            yield f"{prefix}{entry.name}", entry.read_text(encoding="utf-8")
