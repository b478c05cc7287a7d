"""Level A: namespaces, a read-only root, no capabilities, landlock, seccomp and limits.

The zygote enters its namespaces once; each child gets a process namespace of its own, so its end
ends all that it started, and its own mount, user, network, IPC and host-name namespaces. As root
the zygote first becomes an unprivileged user; from there on the path is an ordinary user's.
"""

from __future__ import annotations

import os
import resource

from autograder.errors import SandboxError
from autograder.sandbox import linux
from autograder.sandbox.backends.base import set_limits
from autograder.sandbox.cgroups import Groups, end_first, open_groups
from autograder.sandbox.landlock import Ruleset, abi_version
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.root import (
    BASE,
    DEVICES,
    HOME,
    UNPRIVILEGED_ID,
    enter_home,
    enter_root,
)
from autograder.sandbox.seccomp import compile_filter
from autograder.words.text import NOTHING, Text, text

INSIDE = (1000, 1000)
_CHILD = linux.NEWNS | linux.NEWIPC | linux.NEWUTS | linux.NEWNET | linux.NEWUSER


class Namespaces:
    """See the module's docstring."""

    level: Level = "namespaces"

    def __init__(self) -> None:
        self._proc = -1
        self._links: tuple[str, ...] = ()
        self._own_pids = -1
        self._mapped_bytes = 0
        self._ruleset: Ruleset | None = None
        self._filter: linux.SystemCallFilter | None = None
        self._groups: Groups | None = None
        self._note = NOTHING

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Move this process into its namespaces and root; it goes on as their first process."""
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        ids = (os.getuid(), os.getgid())
        outer = _CHILD | linux.NEWPID
        root = ids[0] == 0
        self._groups, self._note = open_groups(policy, (UNPRIVILEGED_ID,) * 2 if root else ids)
        if root:
            linux.unshare(linux.NEWNS, "unshare mounts as root")
            self._links = enter_root(folder, visible)
            ids = (UNPRIVILEGED_ID, UNPRIVILEGED_ID)
            linux.become(*ids)
            linux.show_own_proc()
            linux.unshare(outer, "unshare namespaces")
            linux.map_ids(self._proc, ids, INSIDE)
        else:
            linux.unshare(outer, "unshare namespaces")
            linux.map_ids(self._proc, ids, INSIDE)
            self._links = enter_root(folder, visible)
        enter_home(64_000_000, 4096, self._links)
        _become_first_process()

    @property
    def controllers(self) -> tuple[str, ...]:
        """What control groups count of children."""
        return self._groups.controllers if self._groups is not None else ()

    def prepare(self) -> tuple[Text, ...]:
        """Compile the system-call filter and the landlock rules; remember our namespace."""
        self._filter = linux.SystemCallFilter(compile_filter(modes=True))
        self._own_pids = os.open("self/ns/pid", os.O_RDONLY, dir_fd=self._proc)
        self._mapped_bytes = linux.mapped_bytes(self._proc)
        abi = abi_version()
        if abi == 0:
            return (text("landlock-missing"), self._note)
        devices = tuple(f"/dev/{name}" for name in DEVICES)
        self._ruleset = Ruleset(abi, readable=("/",), writable=(BASE,), written=devices)
        return (text("landlock-version", version=abi), self._note)

    def serve(self, policy: Policy) -> None:
        """Enter a control group: children are born in it."""
        if self._groups is not None:
            self._groups.enter(policy)

    def fork(self) -> int:
        """Fork the first process of a new process namespace."""
        linux.unshare(linux.NEWPID, "unshare processes")
        pid = os.fork()
        if pid:
            linux.join(self._own_pids, linux.NEWPID, "return to the zygote's processes")
        return pid

    def confine(self, policy: Policy) -> None:
        """Leave everything behind, in the order in which each step is still allowed."""
        linux.die_with_parent()
        os.setsid()
        if self._groups is not None:
            end_first(self._proc)
        resource.setrlimit(resource.RLIMIT_NPROC, (policy.processes, policy.processes))
        linux.unshare(_CHILD, "unshare the child")
        linux.map_ids(self._proc, INSIDE, INSIDE)
        enter_home(policy.disk_bytes, policy.files, self._links)
        linux.forbid_new_privileges()
        linux.drop_capabilities()
        if self._ruleset is not None:
            self._ruleset.restrict()
        set_limits(policy, self._mapped_bytes)
        if self._filter is None:
            raise SandboxError("seccomp: the filter was never compiled")
        self._filter.load()

    def ran_out(self) -> bool:
        """Ask the control group whether memory ended the last child."""
        return self._groups is not None and self._groups.ran_out()

    def clean(self) -> None:
        """Nothing to do: the child's mounts and processes ended with it."""

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""
        return HOME


def _become_first_process() -> None:
    """Fork into the new process namespace; the old process only waits for the new one."""
    pid = os.fork()
    if pid:
        linux.die_with_parent()
        _, status = os.waitpid(pid, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    linux.die_with_parent()
