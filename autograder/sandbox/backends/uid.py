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
from autograder.sandbox.backends.base import set_limits
from autograder.sandbox.cgroups import Groups, end_first, open_groups
from autograder.sandbox.linux import adopt_descendants, end_descendants
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.root import UNPRIVILEGED_ID, searchable
from autograder.sandbox.scratch import remove_tree
from autograder.sandbox.seccomp import compile_filter
from autograder.words.text import NOTHING, Text


class OtherUser:
    """See the module's docstring."""

    level: Level = "uid"

    def __init__(self) -> None:
        self._base = ""
        self._folder = ""
        self._proc = -1
        self._mapped_bytes = 0
        self._groups: Groups | None = None
        self._note = NOTHING
        self._filter: linux.SystemCallFilter | None = None

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Keep the children's folders in ``folder``. Raises SandboxError for all but root."""
        if os.getuid() != 0:
            raise SandboxError("uid: only root can become another user")
        if not searchable(visible):
            raise SandboxError("uid: Python lies in a folder that only root may search")
        self._proc = os.open("/proc", os.O_RDONLY | os.O_DIRECTORY)
        self._groups, self._note = open_groups(policy, (0, 0))
        self._base = folder
        os.mkdir(f"{folder}/tmp")
        os.chdir(folder)

    @property
    def controllers(self) -> tuple[str, ...]:
        """What control groups count of children."""
        return self._groups.controllers if self._groups is not None else ()

    def prepare(self) -> tuple[Text, ...]:
        """Compile the system-call filter; say which groups there are."""
        self._filter = linux.SystemCallFilter(compile_filter(modes=False))
        self._mapped_bytes = linux.mapped_bytes(self._proc)
        return (self._note,)

    def serve(self, policy: Policy) -> None:
        """Take in what children leave behind, and enter a control group."""
        adopt_descendants()
        if self._groups is not None:
            self._groups.enter(policy)

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
        resource.setrlimit(resource.RLIMIT_NPROC, (policy.processes, policy.processes))
        os.umask(0o077)
        os.chdir(f"{self._folder}/work")
        linux.become(UNPRIVILEGED_ID, UNPRIVILEGED_ID)
        linux.die_with_parent()
        linux.drop_capabilities()
        linux.forbid_new_privileges()
        home = dict.fromkeys(("HOME", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR"), self._folder)
        os.environ.update(home, TMPDIR=f"{self._folder}/tmp")
        tempfile.tempdir = None
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
