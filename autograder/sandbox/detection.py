"""Find the best isolation that really works here, by doing all of it once in a throwaway child."""

from __future__ import annotations

import os
import tempfile

import msgspec

from autograder.errors import SandboxError
from autograder.sandbox.client import Zygote
from autograder.sandbox.message import Level
from autograder.sandbox.policy import Policy
from autograder.sandbox.proof import WORD
from autograder.sandbox.registry import LEVELS, STRONG

ENTRY = "autograder.sandbox.proof"


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How one level fared: works, or the step at which it failed."""

    level: Level
    works: bool
    detail: str


def try_level(level: Level) -> Trial:
    """Run the whole sequence of ``level`` once, without torch.

    A strong level must also refuse to reach a file, a socket and a process outside.
    """
    zygote: Zygote | None = None
    try:
        with tempfile.NamedTemporaryFile(prefix="autograder-trial-") as bait:
            os.chmod(bait.name, 0o666)  # noqa: S103  # nothing but the level may refuse it
            zygote = Zygote(level, Policy(), ENTRY)
            ready = zygote.ready()
            channel = zygote.open_channel()
            channel.submit(os.path.realpath(bait.name).encode())
            report = channel.collect()
            channel.close()
    except (SandboxError, OSError) as error:
        return Trial(level=level, works=False, detail=str(error))
    finally:
        if zygote is not None:
            zygote.close()
    if not report.frames.startswith(WORD):
        return Trial(level=level, works=False, detail=report.detail)
    done = report.frames.removeprefix(WORD).decode()
    if done and level in STRONG:
        return Trial(level=level, works=False, detail=f"does not hold here: {done}")
    return Trial(level=level, works=True, detail="; ".join(ready.notes))


def detect() -> Trial:
    """Return the trial of the best level that works. ``none`` always does."""
    for level in LEVELS[:-1]:
        trial = try_level(level)
        if trial.works:
            return trial
    return try_level(LEVELS[-1])
