"""Addresses by content: digests of all that a trace or a grade depends on.

Imports neither torch nor the judge: a run in which every grade is reused needs neither.
"""

from __future__ import annotations

import functools
import hashlib
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec

from autograder.engines.identity import code_digest, versions
from autograder.grading.cache import KEY
from autograder.grading.content import Content
from autograder.sandbox.message import Level, Policy


def trace_key(job_bytes: bytes, policy: Policy, level: Level) -> str:
    """Return the address of a trace: everything that it depends on, and nothing else."""
    digest = hashlib.sha256(code_digest() + _installed())
    digest.update(repr(sorted(versions().items())).encode())
    digest.update(msgspec.msgpack.encode(policy))
    digest.update(level.encode())
    digest.update(hashlib.sha256(job_bytes).digest())
    return digest.hexdigest()


def environment_digest() -> bytes:
    """Return a digest of the interpreter, the machine's kind, and all that is installed.

    What setuptools brings for itself does not count: its folder joins the path when something
    imports setuptools, as nbgrader does.
    """
    names = {
        path.name
        for folder in map(Path, sys.path)
        if folder.name != "_vendor"
        for path in (*folder.glob("*.dist-info"), *folder.glob("*.egg-info"))
    }
    return _digest(sys.version, platform.machine(), *sorted(names))


@functools.cache
def _installed() -> bytes:
    """Return that digest, looked up once: what student code finds to import decides much."""
    return environment_digest()


def run_key(parts: Iterable[bytes]) -> bytes:
    """Return what the grades of one run have in common, from digests of all of that."""
    return hashlib.sha256(b"".join(parts)).digest()


def grade_key(run: bytes, content: Content, *, variant: int = 0, accepted: bool = False) -> str:
    """Return the address of a finished grade, but for the student's id.

    ``variant`` is whose hidden data it was graded with. ``accepted``: a person lets it count,
    though it says that it is of another lab.
    """
    notes = (repr((note.code, *note.values.items())) for note in content.notes)
    told = (
        content.sha256,
        repr(content.problem),
        repr(accepted),
        repr(content.names),
        repr(variant),
        *notes,
    )
    digest = _digest(*told)
    return hashlib.sha256(run + digest).hexdigest()[:KEY]


def _digest(*texts: str) -> bytes:
    return hashlib.sha256(repr(texts).encode()).digest()
