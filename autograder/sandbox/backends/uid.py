"""Level U: another user, seccomp, no open descriptors, limits. For places that allow nothing else.

The zygote stays root, and never has student code or answers; each child becomes a user who owns
nothing. What others may read, it reads; what everybody may write to, it writes to. So whoever uses
this level keeps every secret in files of root's. Nothing but a package uses it, and only where it
was asked for.
"""

from __future__ import annotations

import os
import resource
import tempfile

from autograder.errors import SandboxError
from autograder.sandbox import linux
from autograder.sandbox.backends.folders import InFolders
from autograder.sandbox.cgroups import end_first, open_groups
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.root import UNPRIVILEGED_ID, searchable

THREADS_ABOVE = 16  # times the policy's: other containers' children may be of the same user


class OtherUser(InFolders):
    """See the module's docstring."""

    level: Level = "uid"

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Keep the children's folders in ``folder``. Raises SandboxError for all but root."""
        if os.getuid() != 0:
            raise SandboxError("uid: only root can become another user")
        if not searchable(visible):
            raise SandboxError("uid: Python lies in a folder that only root may search")
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self._groups, note = open_groups(policy, (0, 0))
        self._notes = (note,)
        self._base = folder
        os.mkdir(f"{folder}/tmp", 0o700)
        os.chmod(folder, 0o711)  # noqa: S103  # to be passed through, not listed
        os.chdir(folder)

    def fork(self) -> int:
        """Fork, with a folder ready for the child that only it and root may enter."""
        self._folder = tempfile.mkdtemp(prefix="child-", dir=self._base)
        for path in (self._folder, f"{self._folder}/work", f"{self._folder}/tmp"):
            os.makedirs(path, mode=0o700, exist_ok=True)
            os.chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        return os.fork()

    def confine(self, policy: Policy) -> None:
        """Become the other user; give up everything else."""
        os.setsid()
        if self._groups is not None:
            end_first(self._proc)
        most = THREADS_ABOVE * policy.processes
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))
        os.umask(0o077)
        os.chdir(f"{self._folder}/work")
        linux.become(UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        linux.die_with_parent()
        linux.drop_capabilities()
        linux.forbid_new_privileges()
        self.live_in_folder()
        self.close_up(policy)
