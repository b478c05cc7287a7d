"""What an observation depends on besides its job: versions, and the code involved."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
from pathlib import Path

import autograder
from autograder.words.catalogue import say

OBSERVING_PARTS = ("protocol", "worker", "sandbox")
ROOT = Path(autograder.__file__).parent


@functools.cache
def versions() -> dict[str, str]:
    """Return the versions that a grade depends on."""
    names = ("torch", "numpy")
    return {
        "autograder": autograder.__version__,
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }


def digest_of_parts(*parts: str) -> bytes:
    """Return a digest of the package's code, or of these parts of it."""
    digest = hashlib.sha256()
    for part in parts or ("",):
        for path in sorted((ROOT / part).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.digest()


@functools.cache
def code_digest() -> bytes:
    """Return a digest of all code that takes part in observing."""
    return digest_of_parts(*OBSERVING_PARTS)


def identity() -> dict[str, str]:
    """Return what must be the same on two machines, so that either may observe for the other."""
    return {**versions(), "code of autograder": code_digest().hex()[:12]}


def difference(there: dict[str, str], here: dict[str, str]) -> str:
    """Say in which items two identities differ; empty where they do not."""
    return ", ".join(
        say(
            "version-differs",
            here=here.get(name) or say("missing"),
            name=name,
            there=there.get(name) or say("missing"),
        )
        for name in {**here, **there}
        if there.get(name) != here.get(name)
    )
