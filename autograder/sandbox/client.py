"""The grader's end of a zygote: start it, ask it, end it."""

from __future__ import annotations

import collections
import dataclasses
import itertools
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from autograder.errors import EndedError, SandboxError
from autograder.sandbox.cgroups import remove_groups
from autograder.sandbox.message import (
    REQUEST,
    SIZE,
    Ending,
    Level,
    Limits,
    Opening,
    Policy,
    Ready,
    Report,
    receive,
    send,
)
from autograder.sandbox.root import visible_paths
from autograder.sandbox.scratch import Scratch, sweep
from autograder.sandbox.steps import framed
from autograder.words.catalogue import say

ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "MPLBACKEND": "template",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TORCHDYNAMO_DISABLE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # Huge pages for the heap: fork copies page tables, and there are 512 times fewer of them.
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
    "PYTHONMALLOC": "malloc",
}
START_SECONDS = 180.0
_nonces = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class _Sent:
    """A request under way, with the files that the child writes to."""

    nonce: int
    frames: IO[bytes]
    output: IO[bytes]


class Channel:
    """One server of a zygote: takes jobs, gives reports in the same order."""

    def __init__(self, connection: socket.socket, policy: Policy) -> None:
        self._connection = connection
        self._policy = policy
        self._sent: collections.deque[_Sent] = collections.deque()

    def fileno(self) -> int:
        """Return the socket's descriptor, for a selector."""
        return self._connection.fileno()

    def submit(
        self, payload: bytes, limits: Limits | None = None, pieces: Sequence[bytes] = ()
    ) -> None:
        """Send one job, with the pieces that the child is handed later, one by one.

        Raises SandboxError where the server is gone.
        """
        most = limits or self._policy
        sent = _Sent(next(_nonces), _scratch(), _scratch())
        later = [framed(piece) for piece in pieces]
        with _scratch() as file, _scratch() as frames, _scratch() as sealed:
            file.write(payload)
            file.flush()
            sealed.write(b"".join(later))
            sealed.flush()
            files = [one.fileno() for one in (file, frames, sent.frames, sent.output, sealed)]
            self._sent.append(sent)
            try:
                request = REQUEST.pack(sent.nonce, most.cpu_seconds, most.wall_seconds, len(later))
                sizes = b"".join(SIZE.pack(len(piece)) for piece in later)
                socket.send_fds(self._connection, [request], files)
                self._connection.sendall(sizes)
            except OSError as error:
                raise EndedError(say("sandbox-server-gone")) from error

    def collect(self) -> Report:
        """Wait for the oldest job's report. Raises SandboxError where the server died."""
        try:
            ending = receive(self._connection, Ending)
        except (EOFError, OSError) as error:
            raise EndedError(say("sandbox-server-died")) from error
        sent = self._sent.popleft() if self._sent else None
        if sent is None or ending.nonce != sent.nonce:
            raise SandboxError(say("sandbox-wrong-answer"))
        with sent.frames, sent.output:
            frames = _first(sent.frames, self._policy.frame_bytes + 1)
            output = _first(sent.output, self._policy.output_bytes)
        flooded = len(frames) > self._policy.frame_bytes and ending.reason == "exit"
        return Report(
            reason="output" if flooded else ending.reason,
            code=ending.code,
            frames=frames[: self._policy.frame_bytes],
            output=output,
            wall_seconds=ending.wall_seconds,
            cpu_seconds=ending.cpu_seconds,
            peak_bytes=ending.peak_bytes,
            detail=ending.detail,
            ends=ending.ends,
        )

    def close(self) -> None:
        """Let the server end."""
        self._connection.close()
        for sent in self._sent:
            sent.frames.close()
            sent.output.close()
        self._sent.clear()


def _scratch() -> IO[bytes]:
    """Return an unnamed file in memory; where there is none, a temporary one on disk."""
    if sys.platform == "linux":
        return os.fdopen(os.memfd_create("autograder"), "w+b")
    return tempfile.TemporaryFile()


def _first(file: IO[bytes], count: int) -> bytes:
    """Return the first ``count`` bytes of a file, or all that there are."""
    file.seek(0)
    return file.read(count)


class Zygote:
    """A zygote process. Construction returns at once; ``ready`` waits until it is warm."""

    def __init__(self, level: Level, policy: Policy, entry: str) -> None:
        self._policy = policy
        sweep()
        self._scratch = Scratch()
        self._control, theirs = socket.socketpair()
        command = [sys.executable, "-s", "-P", "-m", "autograder.sandbox.zygote"]
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the zygote
        with theirs:
            try:
                self._process = subprocess.Popen(
                    [*command, str(theirs.fileno())],
                    env=ENVIRONMENT,
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=self._errors,
                    start_new_session=True,
                )
            except OSError as error:
                self._errors.close()
                self._control.close()
                self._scratch.close()
                raise SandboxError(
                    say("zygote-not-started", executable=sys.executable, strerror=error.strerror)
                ) from error
        opening = Opening(
            level=level,
            policy=policy,
            folder=self._scratch.path,
            visible=visible_paths(),
            entry=entry,
        )
        try:
            send(self._control, opening)
        except OSError as error:
            self.close()
            raise EndedError(say("zygote-no-order")) from error

    def ready(self) -> Ready:
        """Wait until the zygote is warm. Raises SandboxError with the step that failed."""
        self._control.settimeout(START_SECONDS)
        try:
            answer = receive(self._control, Ready)
        except TimeoutError as error:
            raise SandboxError(say("zygote-not-warm", START_SECONDS=START_SECONDS)) from error
        except (EOFError, OSError) as error:
            raise EndedError(say("zygote-ended-early", words=self._last_words())) from error
        self._control.settimeout(None)
        if answer.error:
            raise SandboxError(answer.error)
        return answer

    def _last_words(self) -> str:
        """Return the last line that the zygote wrote to its standard error."""
        self._errors.seek(0)
        lines = self._errors.read().decode("utf-8", "replace").splitlines()
        return lines[-1] if lines else say("zygote-silent")

    def open_channel(self) -> Channel:
        """Fork a server and return the channel to it, once it answers. Raises SandboxError."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                socket.send_fds(self._control, [b"s"], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise EndedError(say("zygote-gone")) from error
        try:
            receive(ours, Ready)
        except (EOFError, OSError) as error:
            ours.close()
            raise EndedError(say("zygote-no-server")) from error
        return Channel(ours, self._policy)

    def close(self) -> None:
        """End the zygote and all it started, and remove its folder."""
        self._control.close()
        try:
            self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:  # still warming up
            self._process.kill()
            self._process.wait()
        self._errors.close()
        self._scratch.close()
        if sys.platform == "linux":
            remove_groups(self._process.pid)
