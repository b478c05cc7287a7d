"""Find the best isolation that really works here, by doing all of it once in a throwaway child."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile

import msgspec

from autograder.errors import EndedError, SandboxError
from autograder.sandbox.client import Zygote
from autograder.sandbox.message import Level, Policy
from autograder.sandbox.registry import STRONG, USUAL
from autograder.sandbox.selftest import WORD
from autograder.words.catalogue import say

ENTRY = "autograder.sandbox.selftest"
ATTEMPTS = 3


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """How one level fared: works, or the step at which it failed, and what groups count there."""

    level: Level
    works: bool
    detail: str
    controllers: tuple[str, ...] = ()


def try_level(level: Level) -> Trial:
    """Run the whole sequence of ``level`` once, without torch.

    All but ``none`` must also refuse to reach a file, a socket and a process outside. A trial that
    is killed from outside says nothing of the level, and is made again.
    """
    for _ in range(ATTEMPTS - 1):
        with contextlib.suppress(EndedError):
            return _try_once(level)
    try:
        return _try_once(level)
    except EndedError as error:
        return Trial(level=level, works=False, detail=str(error))


def _try_once(level: Level) -> Trial:
    """Return how the level fared. Raises EndedError where a process ended without a word."""
    zygote: Zygote | None = None
    try:
        with tempfile.NamedTemporaryFile(prefix="autograder-trial-") as bait:
            if level != "uid":  # there only the file's mode refuses
                os.chmod(bait.name, 0o666)  # noqa: S103  # nothing but the level may refuse it
            zygote = Zygote(level, Policy(), ENTRY)
            ready = zygote.ready()
            with contextlib.closing(zygote.open_channel()) as channel:
                channel.submit(os.path.realpath(bait.name).encode())
                report = channel.collect()
    except EndedError:
        raise
    except (SandboxError, OSError) as error:
        return Trial(level=level, works=False, detail=str(error))
    finally:
        if zygote is not None:
            zygote.close()
    if report.code == -signal.SIGKILL:
        raise EndedError(say("sandbox-trial-killed"))
    if not report.frames.startswith(WORD):
        return Trial(level=level, works=False, detail=report.detail)
    done = report.frames.removeprefix(WORD).decode()
    if done and (level in STRONG or level == "uid"):
        return Trial(level=level, works=False, detail=say("sandbox-leaks", done=done))
    detail = "; ".join(map(say, ready.notes))
    return Trial(level=level, works=True, detail=detail, controllers=ready.controllers)


def detect() -> Trial:
    """Return the trial of the best usual level that works. ``none`` always does."""
    for level in USUAL[:-1]:
        trial = try_level(level)
        if trial.works:
            return trial
    return try_level(USUAL[-1])
