"""The isolation backends, best first.

Named by import path: a backend is imported only where it is tried, since the strong ones need
libraries that not every machine has.
"""

from __future__ import annotations

import importlib

from autograder.errors import SandboxError
from autograder.sandbox.backend import Backend
from autograder.sandbox.message import Level

BACKENDS: dict[Level, tuple[str, str]] = {
    "namespaces": ("autograder.sandbox.namespaces", "Namespaces"),
    "landlock": ("autograder.sandbox.landlock_only", "LandlockOnly"),
    "none": ("autograder.sandbox.limits_only", "LimitsOnly"),
}
LEVELS: tuple[Level, ...] = tuple(BACKENDS)
STRONG: frozenset[Level] = frozenset({"namespaces", "landlock"})


def make_backend(level: Level) -> Backend:
    """Return a new backend for ``level``; raises SandboxError where it cannot be built here."""
    if level not in BACKENDS:
        raise SandboxError(f"isolation {level}: there is no such backend")
    module, name = BACKENDS[level]
    try:
        backend: Backend = getattr(importlib.import_module(module), name)()
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxError(f"isolation {level}: {error}") from error
    return backend
