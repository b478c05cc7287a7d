"""The isolation backends, best first, and what each does not do.

Named by import path: a backend is imported only where it is tried, since the strong ones need
libraries that not every machine has. A gap has the name of the rule that it breaks, and the code of
its reason: the conformance suite tests every level by the same rules, and that each gap is real.
``autograder doctor`` prints them; docs/security.md explains them.
"""

from __future__ import annotations

import importlib

from autograder.errors import SandboxError
from autograder.sandbox.backends.base import Backend
from autograder.sandbox.message import Level
from autograder.words.catalogue import say

BACKENDS: dict[Level, tuple[str, str]] = {
    "namespaces": ("autograder.sandbox.backends.namespaces", "Namespaces"),
    "landlock": ("autograder.sandbox.backends.landlock", "LandlockOnly"),
    "uid": ("autograder.sandbox.backends.uid", "OtherUser"),
    "none": ("autograder.sandbox.backends.limits", "LimitsOnly"),
}
LEVELS: tuple[Level, ...] = tuple(BACKENDS)
STRONG: frozenset[Level] = frozenset({"namespaces", "landlock"})
USUAL: tuple[Level, ...] = ("namespaces", "landlock", "none")
"""The levels that commands choose from by themselves; ``uid`` has to be asked for."""


def make_backend(level: Level) -> Backend:
    """Return a new backend for ``level``; raises SandboxError where it cannot be built here."""
    if level not in BACKENDS:
        raise SandboxError(say("sandbox-no-level", level=level))
    module, name = BACKENDS[level]
    try:
        backend: Backend = getattr(importlib.import_module(module), name)()
    except (ImportError, OSError, RuntimeError) as error:
        raise SandboxError(say("sandbox-level-fails", level=level, reason=error)) from error
    return backend


GAPS: dict[Level, dict[str, str]] = {
    "namespaces": {},
    "landlock": {
        "slash_tmp_is_private": "gap-no-tmp",
        "disk_is_limited": "gap-file-size-removed",
        "number_of_files_is_limited": "gap-no-file-system-removed",
        "no_other_process_is_seen": "gap-process-ids",
        "nothing_is_known_of_files_outside": "gap-sizes-and-times",
        "modes_and_times_can_be_set": "gap-modes",
    },
    "uid": {
        "slash_tmp_is_private": "gap-no-mounts-tmp",
        "folder_of_the_host_cannot_be_written": "gap-file-modes",
        "files_of_the_host_cannot_be_read": "gap-file-modes",
        "nothing_is_known_of_files_outside": "gap-file-modes",
        "links_lead_nowhere": "gap-file-modes",
        "disk_is_limited": "gap-file-size-removed",
        "number_of_files_is_limited": "gap-no-file-system-removed",
        "no_other_process_is_seen": "gap-process-ids",
        "modes_and_times_can_be_set": "gap-modes",
    },
    "none": {
        "slash_tmp_is_private": "gap-no-mounts-tmp",
        "folder_of_the_host_cannot_be_written": "gap-no-mounts-landlock",
        "files_of_the_host_cannot_be_read": "gap-no-mounts-landlock",
        "nothing_is_known_of_files_outside": "gap-no-mounts-landlock",
        "links_lead_nowhere": "gap-no-mounts-landlock",
        "disk_is_limited": "gap-file-size",
        "number_of_files_is_limited": "gap-no-file-system",
        "no_connection_to_the_machine": "gap-no-network",
        "no_datagram_to_the_machine": "gap-no-network",
        "no_abstract_socket": "gap-no-network",
        "no_abstract_datagram_from_a_pair": "gap-no-network",
        "no_named_datagram_from_a_pair": "gap-no-mounts",
        "no_named_socket_of_the_host": "gap-no-mounts",
        "no_server": "gap-no-network",
        "no_other_process_is_seen": "gap-no-processes",
        "fork_is_refused": "gap-no-filter",
        "subprocess_is_refused": "gap-no-filter",
        "exec_is_refused": "gap-no-filter",
    },
}
"""Gaps that a level has wherever it runs."""

GAPS_WITHOUT_GROUPS: dict[Level, dict[str, str]] = {
    "namespaces": {
        "memory_in_all_is_limited": "gap-address-space",
    },
    "landlock": {
        "memory_in_all_is_limited": "gap-address-space",
        "threads_are_bounded": "gap-user-threads",
    },
    "uid": {
        "memory_in_all_is_limited": "gap-address-space",
    },
    "none": {},
}
"""Gaps that a level has besides where no control group is writable."""


def gaps_of(level: Level, *, groups: bool) -> dict[str, str]:
    """Return the codes of a level's gaps, by rule."""
    return GAPS[level] if groups else {**GAPS[level], **GAPS_WITHOUT_GROUPS[level]}
