"""Where student code runs: as ``python slope.py`` would have it, in the file's own folder."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import Any

from autograder.worker.patch import Patches


def take_place(path: Path, content: bytes, namespace: dict[str, Any], patches: Patches) -> None:
    """Have a file's name and folder known to its code; the current folder is the file's.

    The folder comes last where modules are looked for: a file that is called like a package of
    the lab's must not hide it. A script can read itself.
    """
    patches.put(sys, "argv", [path.name])
    patches.put(sys, "path", [*sys.path, str(path.parent)])
    if path.suffix.lower() == ".py":
        namespace["__file__"] = str(path)
        with contextlib.suppress(OSError):
            if not path.exists():
                path.write_bytes(content)
