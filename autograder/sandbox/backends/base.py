"""What an isolation backend does, and which ones there are."""

from __future__ import annotations

import math
import resource
from typing import Protocol

from autograder.sandbox.message import Level, Policy
from autograder.words.text import Text


class Backend(Protocol):
    """One way to confine children.

    The zygote calls ``enter``, then ``prepare`` once everything is imported. A server calls
    ``serve`` once, and for each job ``fork``, then ``ran_out`` and ``clean``; the child calls
    ``confine`` before it reads student code.
    """

    level: Level

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Isolate the zygote itself; raises SandboxError naming the step that failed.

        ``folder`` is empty, and the grader's to remove.
        """

    @property
    def controllers(self) -> tuple[str, ...]:
        """What control groups count of children: ``memory``, ``pids``; empty without groups."""

    def prepare(self) -> tuple[Text, ...]:
        """Compute what all children share; returns notes on what is missing."""

    def serve(self, policy: Policy) -> None:
        """In a server: get ready for children."""

    def fork(self) -> int:
        """Fork a child for one job; 0 in the child."""

    def confine(self, policy: Policy) -> None:
        """In the child: give up every right that student code must not have."""

    def ran_out(self) -> bool:
        """After a child was killed: say whether the kernel did so for lack of memory."""

    def clean(self) -> None:
        """After a child ended: end and remove what it left."""


def set_limits(policy: Policy, mapped_bytes: int) -> None:
    """Apply the limits that every system knows to this process."""
    address_space = policy.memory_bytes + mapped_bytes
    wanted = {
        "RLIMIT_CPU": math.ceil(policy.cpu_seconds) + 1,  # the server strikes first, where it can
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
