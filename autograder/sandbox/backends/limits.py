"""Level D: limits of time, memory and files only. Not a security boundary."""

from __future__ import annotations

import os
import sys
import tempfile

from autograder.sandbox.backends.base import set_limits
from autograder.sandbox.linux import adopt_descendants, end_descendants, mapped_bytes
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.scratch import remove_tree
from autograder.words.text import Text, text


class LimitsOnly:
    """A forked child in a temporary folder. For trusted code, and where nothing better works."""

    level: Level = "none"

    def __init__(self) -> None:
        self._base = ""
        self._folder = ""

    def enter(self, folder: str, visible: tuple[str, ...], policy: Policy) -> None:
        """Keep the children's folders in ``folder``, which the grader removes."""
        del visible, policy  # nothing is hidden at this level
        self._base = folder
        os.mkdir(f"{folder}/tmp")
        os.chdir(folder)

    @property
    def controllers(self) -> tuple[str, ...]:
        """Nothing is counted here."""
        return ()

    def prepare(self) -> tuple[Text, ...]:
        """Say what this level is."""
        return (text("limits-only"),)

    def serve(self, policy: Policy) -> None:
        """Take in what children leave behind."""
        del policy
        adopt_descendants()

    def fork(self) -> int:
        """Fork, with a folder ready for the child."""
        self._folder = tempfile.mkdtemp(dir=self._base)
        return os.fork()

    def confine(self, policy: Policy) -> None:
        """Set limits and go to the child's folder."""
        os.setsid()
        os.chdir(self._folder)
        os.environ.update(HOME=self._folder, TMPDIR=self._folder)
        tempfile.tempdir = None
        set_limits(policy, mapped_bytes(None) if sys.platform == "linux" else 0)

    def ran_out(self) -> bool:
        """Nobody counts here."""
        return False

    def clean(self) -> None:
        """End what the child left running, then remove its folder."""
        end_descendants()
        remove_tree(self._folder)

    @property
    def home(self) -> str:
        """The folder for caches of the zygote itself."""
        return self._base
