"""The program that nbgrader makes a new gradebook with."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def find_alembic() -> None:
    """Let nbgrader find ``alembic``: it looks along PATH only.

    Without it ``.venv/bin/nbgrader``, called without activating the environment, fails half-way.
    """
    beside = Path(sys.executable).parent
    if shutil.which("alembic") is None and shutil.which("alembic", path=beside):
        os.environ["PATH"] = f"{beside}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
