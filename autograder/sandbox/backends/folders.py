"""What two levels share: a folder for each child, control groups, and the system-call filter."""

from __future__ import annotations

import os
import tempfile

from autograder.errors import SandboxError
from autograder.sandbox import linux
from autograder.sandbox.backends.base import set_limits
from autograder.sandbox.cgroups import Groups
from autograder.sandbox.linux import adopt_descendants, end_descendants
from autograder.sandbox.message import Policy
from autograder.sandbox.scratch import remove_tree
from autograder.sandbox.seccomp import compile_filter
from autograder.words.text import Text


class InFolders:
    """A level whose children see the machine's files, each with a folder of its own."""

    def __init__(self) -> None:
        self._base = ""
        self._folder = ""
        self._proc = -1
        self._mapped_bytes = 0
        self._groups: Groups | None = None
        self._notes: tuple[Text, ...] = ()
        self._filter: linux.SystemCallFilter | None = None

    @property
    def controllers(self) -> tuple[str, ...]:
        """What control groups count of children."""
        return self._groups.controllers if self._groups is not None else ()

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""
        return self._base

    def prepare(self) -> tuple[Text, ...]:
        """Compile the system-call filter; return notes on what there is and what is missing."""
        self._filter = linux.SystemCallFilter(compile_filter(modes=False))
        self._mapped_bytes = linux.mapped_bytes(self._proc)
        return self._notes

    def serve(self, policy: Policy) -> None:
        """Take in what children leave behind, and enter a control group."""
        adopt_descendants()
        if self._groups is not None:
            self._groups.enter(policy)

    def ran_out(self) -> bool:
        """Ask the control group whether memory ended the last child."""
        return self._groups is not None and self._groups.ran_out()

    def clean(self) -> None:
        """End what the child left running, then remove its folder."""
        end_descendants()
        remove_tree(self._folder)

    def live_in_folder(self) -> None:
        """In the child: let programs and caches write to its own folder."""
        home = dict.fromkeys(("HOME", "MPLCONFIGDIR", "TORCHINDUCTOR_CACHE_DIR"), self._folder)
        os.environ.update(home, TMPDIR=f"{self._folder}/tmp")
        tempfile.tempdir = None

    def close_up(self, policy: Policy) -> None:
        """In the child, last: set limits and load the filter. Raises SandboxError without one."""
        set_limits(policy, self._mapped_bytes)
        if self._filter is None:
            raise SandboxError("seccomp: the filter was never compiled")
        self._filter.load()
