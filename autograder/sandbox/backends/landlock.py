"""Level C: landlock, seccomp and limits, where a user may make no namespaces.

Landlock restricts the zygote to Python and its own folder, and each child once more, to a private
folder of its own. Processes cannot be started; should one be, it is ended with the child. As root
the zygote first becomes an unprivileged user. What this level cannot do stands in ``gaps.py``.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
import tempfile
import time

from autograder.errors import SandboxError
from autograder.sandbox import linux
from autograder.sandbox.backends.folders import InFolders
from autograder.sandbox.cgroups import end_first, open_groups
from autograder.sandbox.landlock import Ruleset, abi_version
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.root import DEVICES, READ_LIVE, UNPRIVILEGED_ID, searchable
from autograder.words.catalogue import say
from autograder.words.text import text

OLDEST_ABI = 6  # the first that keeps signals and abstract sockets in
THREADS_ABOVE = 8  # times the policy's threads, above what the user runs already
COUNTED_SECONDS = 1.0


class LandlockOnly(InFolders):
    """See the module's docstring."""

    level: Level = "landlock"

    def __init__(self) -> None:
        super().__init__()
        self._abi = 0
        self._readable: tuple[str, ...] = ()
        self._devices = tuple(f"/dev/{name}" for name in DEVICES)
        self._kept = 0
        self._threads = 0
        self._counted = -math.inf

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Become an unprivileged user, who reads ``visible`` and writes to ``folder`` alone."""
        self._abi = abi_version()
        if self._abi < OLDEST_ABI:
            raise SandboxError(say("sandbox-landlock-old", found=self._abi, needed=OLDEST_ABI))
        self._base = folder
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self._readable = tuple(path for path in (*visible, *READ_LIVE) if os.path.exists(path))
        root = os.getuid() == 0
        ids = (UNPRIVILEGED_ID,) * 2 if root else (os.getuid(), os.getgid())
        self._groups, note = open_groups(policy, ids)
        self._notes = (text("landlock-version", version=self._abi), note)
        if root:
            os.chown(folder, *ids)
            self._kept = 0 if searchable(visible) else linux.CAP_DAC_READ_SEARCH
            linux.become(*ids, keep=self._kept)
            linux.show_own_proc()
        if self._kept:
            self._notes += (text("landlock-private-python"),)
        linux.forbid_new_privileges()
        groups = self._groups.paths if self._groups else ()
        rules = Ruleset(
            self._abi,
            readable=(*self._readable, "/proc"),
            writable=(folder, *groups),
            written=(*self._devices, "/proc"),
        )
        rules.restrict()
        rules.close()
        os.mkdir(f"{folder}/tmp")
        os.chdir(folder)

    def fork(self) -> int:
        """Fork, with a private folder ready for the child."""
        self._folder = tempfile.mkdtemp(prefix="child-", dir=self._base)
        os.mkdir(f"{self._folder}/work")
        os.mkdir(f"{self._folder}/tmp")
        if self._groups is None and time.monotonic() > self._counted + COUNTED_SECONDS:
            self._counted, self._threads = time.monotonic(), _threads_of_user()
        return os.fork()

    def confine(self, policy: Policy) -> None:
        """Go to the private folder; give up everything else."""
        linux.die_with_parent()
        os.setsid()
        if self._groups is not None:
            end_first(self._proc)
        else:
            most = self._threads + THREADS_ABOVE * policy.processes
            resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        os.chdir(f"{self._folder}/work")
        self.live_in_folder()
        linux.drop_capabilities(self._kept)
        rules = Ruleset(
            self._abi,
            readable=self._readable,
            writable=(self._folder,),
            written=self._devices,
        )
        rules.restrict()
        rules.close()
        self.close_up(policy)


def _threads_of_user() -> int:
    """Return how many threads this user runs: what RLIMIT_NPROC counts."""
    own, found = os.getuid(), 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == own:
                found += os.stat(f"/proc/{name}/task").st_nlink - 2
    return found
