"""What an isolation backend does, and which ones there are."""

from __future__ import annotations

import resource
from typing import Protocol

from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy


class Backend(Protocol):
    """One way to confine children.

    The zygote calls ``enter``, then ``prepare`` once everything is imported; for each job
    ``fork``; and in the child ``confine`` before it reads student code.
    """

    level: Level

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""

    def enter(self, folder: str, visible: tuple[str, ...]) -> None:
        """Isolate the zygote itself; raises SandboxError naming the step that failed.

        ``folder`` is empty, and the grader's to remove.
        """

    def prepare(self) -> tuple[str, ...]:
        """Compute what all children share; returns notes on what is missing."""

    def fork(self) -> int:
        """Fork a child for one job; 0 in the child."""

    def confine(self, policy: Policy) -> None:
        """In the child: give up every right that student code must not have."""

    def clean(self) -> None:
        """In the zygote, after a child ended: remove what it left."""


def set_limits(policy: Policy, mapped_bytes: int) -> None:
    """Apply the limits that every system knows to this process."""
    address_space = policy.memory_bytes + mapped_bytes
    wanted = {
        "RLIMIT_CPU": policy.cpu_seconds,
        "RLIMIT_AS": address_space,
        "RLIMIT_DATA": address_space,
        "RLIMIT_FSIZE": policy.disk_bytes,
        "RLIMIT_NOFILE": policy.open_files,
        "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_MEMLOCK": 0,
    }
    for name, value in wanted.items():
        number = getattr(resource, name, None)
        if number is None or (mapped_bytes == 0 and name in ("RLIMIT_AS", "RLIMIT_DATA")):
            continue
        _, hard = resource.getrlimit(number)
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(number, (allowed, allowed))
