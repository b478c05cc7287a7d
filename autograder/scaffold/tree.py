"""Write several files in one go, all of them or none, from templates.

Templates are files of this package whose names end with ``.tmpl``, with ``string.Template``'s $.
"""

from __future__ import annotations

import os
import secrets
import shutil
import string
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from autograder.grading.file import unwritable

PRIVATE = 0o600


def write_tree(
    folder: Path, tree: Mapping[str, bytes], *, beside: Path, private: Iterable[str] = ()
) -> None:
    """Write files, by path relative to ``folder``, which has none of these entries yet.

    They are written into a new folder in ``beside``, on the same file system, and moved from
    there. ``private`` ones can be read by their owner alone. Raises CourseError; then nothing was
    written.
    """
    stage = beside / f".new-{os.getpid()}-{secrets.token_hex(4)}"
    private = frozenset(private)
    try:
        for name, data in tree.items():
            path = stage / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as stream:
                if name in private:
                    os.fchmod(stream.fileno(), PRIVATE)
                stream.write(data)
        _move(stage, folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _move(stage: Path, folder: Path) -> None:
    """Move all to its place; where something fails, nothing stays there."""
    if not folder.exists():
        stage.rename(folder)
        return
    moved: list[Path] = []
    try:
        for entry in sorted(stage.iterdir()):
            if (folder / entry.name).exists():
                raise FileExistsError(f"{entry.name} is there")
            moved.append(entry.rename(folder / entry.name))
    except OSError:
        for path in moved:
            path.rename(stage / path.name)
        raise


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
