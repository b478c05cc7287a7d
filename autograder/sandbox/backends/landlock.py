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
from autograder.sandbox.backends.base import set_limits
from autograder.sandbox.cgroups import Groups, end_first, open_groups
from autograder.sandbox.landlock import Ruleset, abi_version
from autograder.sandbox.linux import adopt_descendants, end_descendants
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.root import DEVICES, READ_LIVE, UNPRIVILEGED_ID, searchable
from autograder.sandbox.scratch import remove_tree
from autograder.sandbox.seccomp import compile_filter
from autograder.words.catalogue import say
from autograder.words.text import Text, text

OLDEST_ABI = 6  # the first that keeps signals and abstract sockets in
THREADS_ABOVE = 8  # times the policy's threads, above what the user runs already
COUNTED_SECONDS = 1.0


class LandlockOnly:
    """See the module's docstring."""

    level: Level = "landlock"

    def __init__(self) -> None:
        self._base = ""
        self._folder = ""
        self._proc = -1
        self._abi = 0
        self._readable: tuple[str, ...] = ()
        self._devices = tuple(f"/dev/{name}" for name in DEVICES)
        self._kept = 0
        self._threads = 0
        self._counted = -math.inf
        self._mapped_bytes = 0
        self._groups: Groups | None = None
        self._notes: tuple[Text, ...] = ()
        self._filter: linux.SystemCallFilter | None = None

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

    @property
    def controllers(self) -> tuple[str, ...]:
        """What control groups count of children."""
        return self._groups.controllers if self._groups is not None else ()

    def prepare(self) -> tuple[Text, ...]:
        """Compile the system-call filter; say which landlock and which groups there are."""
        self._filter = linux.SystemCallFilter(compile_filter(modes=False))
        self._mapped_bytes = linux.mapped_bytes(self._proc)
        return self._notes

    def serve(self, policy: Policy) -> None:
        """Take in what children leave behind, and enter a control group."""
        adopt_descendants()
        if self._groups is not None:
            self._groups.enter(policy)

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
        home = dict.fromkeys(("HOME", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR"), self._folder)
        os.environ.update(home, TMPDIR=f"{self._folder}/tmp")
        tempfile.tempdir = None
        linux.drop_capabilities(self._kept)
        rules = Ruleset(
            self._abi,
            readable=self._readable,
            writable=(self._folder,),
            written=self._devices,
        )
        rules.restrict()
        rules.close()
        set_limits(policy, self._mapped_bytes)
        if self._filter is None:
            raise SandboxError("seccomp: the filter was never compiled")
        self._filter.load()

    def ran_out(self) -> bool:
        """Ask the control group whether memory ended the last child."""
        return self._groups is not None and self._groups.ran_out()

    def clean(self) -> None:
        """End what the child left running, then remove its folder."""
        end_descendants()
        remove_tree(self._folder)

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""
        return self._base


def _threads_of_user() -> int:
    """Return how many threads this user runs: what RLIMIT_NPROC counts."""
    own, found = os.getuid(), 0
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == own:
                found += os.stat(f"/proc/{name}/task").st_nlink - 2
    return found
