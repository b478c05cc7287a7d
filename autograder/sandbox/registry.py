"""The isolation backends, best first, and what each does not do.

Named by import path: a backend is imported only where it is tried, since the strong ones need
libraries that not every machine has. A gap has the name of the rule that it breaks: the conformance
suite keeps every level to the same rules and asserts that each gap is real. ``autograder doctor``
prints them; docs/security.md says what they mean.
"""

from __future__ import annotations

import importlib

from autograder.errors import SandboxError
from autograder.sandbox.backends.base import Backend
from autograder.sandbox.message import Level

BACKENDS: dict[Level, tuple[str, str]] = {
    "namespaces": ("autograder.sandbox.backends.namespaces", "Namespaces"),
    "landlock": ("autograder.sandbox.backends.landlock", "LandlockOnly"),
    "none": ("autograder.sandbox.backends.limits", "LimitsOnly"),
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


_NO_MOUNTS = "no mount namespace"
_NO_NETWORK = "no network namespace"
_NO_FILTER = "no system-call filter"

GAPS: dict[Level, dict[str, str]] = {
    "namespaces": {},
    "landlock": {
        "slash_tmp_is_private": "no /tmp of its own: it is refused, TMPDIR is a private folder",
        "disk_is_limited": "RLIMIT_FSIZE bounds one file, not their sum; all are removed",
        "number_of_files_is_limited": "no file system of its own; all are removed",
        "no_other_process_is_seen": "process ids can be tried, but nothing is reached by them",
        "nothing_is_known_of_files_outside": "who knows a path learns size and times, not content",
        "modes_and_times_can_be_set": "chmod and utime are refused: landlock covers neither",
    },
    "none": {
        "slash_tmp_is_private": f"{_NO_MOUNTS}: /tmp is the machine's",
        "folder_of_the_host_cannot_be_written": f"{_NO_MOUNTS}, no landlock",
        "files_of_the_host_cannot_be_read": f"{_NO_MOUNTS}, no landlock",
        "nothing_is_known_of_files_outside": f"{_NO_MOUNTS}, no landlock",
        "links_lead_nowhere": f"{_NO_MOUNTS}, no landlock",
        "disk_is_limited": "RLIMIT_FSIZE bounds one file, not their sum",
        "number_of_files_is_limited": "no file system of its own",
        "no_connection_to_the_machine": _NO_NETWORK,
        "no_datagram_to_the_machine": _NO_NETWORK,
        "no_abstract_socket": _NO_NETWORK,
        "no_abstract_datagram_from_a_pair": _NO_NETWORK,
        "no_named_datagram_from_a_pair": _NO_MOUNTS,
        "no_named_socket_of_the_host": _NO_MOUNTS,
        "no_server": _NO_NETWORK,
        "no_other_process_is_seen": "no process namespace",
        "fork_is_refused": _NO_FILTER,
        "subprocess_is_refused": _NO_FILTER,
        "exec_is_refused": _NO_FILTER,
    },
}
"""Gaps that a level has wherever it runs."""

GAPS_WITHOUT_GROUPS: dict[Level, dict[str, str]] = {
    "namespaces": {
        "memory_in_all_is_limited": "RLIMIT_AS counts neither copied pages nor the kernel's",
    },
    "landlock": {
        "memory_in_all_is_limited": "RLIMIT_AS counts neither copied pages nor the kernel's",
        "threads_are_bounded": "RLIMIT_NPROC counts all of a user's threads: many more fit",
    },
    "none": {},
}
"""Gaps that a level has besides where no control group is writable."""


def gaps_of(level: Level, *, groups: bool) -> dict[str, str]:
    """Return a level's gaps, by rule."""
    return GAPS[level] if groups else {**GAPS[level], **GAPS_WITHOUT_GROUPS[level]}
