"""A fresh, single-threaded process that warms up once, then forks servers that fork children.

Started by :mod:`autograder.sandbox.client` with a clean environment and one descriptor, the
socket whose number is its only argument. For each socket sent to it, it forks a server; a server
forks one confined child a request. Neither reads student code or knows a secret: they pass bytes
to the child and bytes back. Servers share the warm memory, and one that dies is replaced in
milliseconds.
"""

from __future__ import annotations

import importlib
import os
import select
import signal
import socket
import sys
import time
from types import FrameType
from typing import NoReturn

from autograder.errors import SandboxError
from autograder.sandbox.backend import Backend
from autograder.sandbox.message import (
    Opening,
    Ready,
    Reason,
    Report,
    Request,
    receive,
    send,
)
from autograder.sandbox.policy import Policy
from autograder.sandbox.registry import make_backend

RESULT = 3
CONFINED = b"C"  # the child's first byte: confinement is complete, student code comes next
KEPT_OUTPUT = 32_768
CHUNK = 1 << 16


def main(descriptor: int) -> None:
    """Warm up, then fork a server for each socket sent, until the grader goes away."""
    control = socket.socket(fileno=descriptor)
    try:
        opening = receive(control, Opening)
        started = time.monotonic()
        try:
            server = Server(opening)
        except Exception as error:  # told to the grader, whatever it is
            send(control, Ready(error=f"{type(error).__name__}: {error}"))
            return
        send(control, Ready(notes=server.notes, seconds=time.monotonic() - started))
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended servers leave nothing behind
        while True:
            word, descriptors, _, _ = socket.recv_fds(control, 1, 1)
            if not word:
                return
            if os.fork() == 0:
                control.close()
                server.serve(socket.socket(fileno=descriptors[0]))
                os._exit(0)
            os.close(descriptors[0])
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


class Server:
    """Holds the warm entry module and the backend; runs one child at a time."""

    def __init__(self, opening: Opening) -> None:
        self._policy = opening.policy
        self._backend: Backend = make_backend(opening.level)
        self._backend.enter(opening.folder, opening.visible)
        home = self._backend.home
        os.environ.update(HOME=home, TMPDIR=f"{home}/tmp", MPLCONFIGDIR=home)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = home
        self._entry = importlib.import_module(opening.entry)
        self._entry.warm_up()
        self.notes = self._backend.prepare()

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until the grader closes its end."""
        self._connection = connection
        self._wake, wake_end = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake_end, False)
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        try:
            send(connection, Ready())
            while True:
                send(connection, self.run(receive(connection, Request)))
        except (EOFError, BrokenPipeError, ConnectionResetError):
            return

    def run(self, request: Request) -> Report:
        """Fork a child for one request, watch over it, and report what became of it."""
        result, result_end = os.pipe()
        output, output_end = os.pipe()
        started = time.monotonic()
        pid = self._backend.fork()
        if pid == 0:
            self._child(request.payload, result_end, output_end)
        os.close(result_end)
        os.close(output_end)
        watch = _Watch(pid, self._policy, started)
        try:
            watch.until_end(result, output, self._wake, self._connection.fileno())
        finally:
            os.close(result)
            os.close(output)
            self._backend.clean()
        return watch.report(request.nonce, time.monotonic() - started)

    def _child(self, payload: bytes, result_end: int, output_end: int) -> NoReturn:
        """Become the child: confine first, then hand over to the entry module."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                self._backend.confine(self._policy)
                _keep_only(result_end, output_end)
            except BaseException as error:
                os.write(result_end, f"{type(error).__name__}: {error}".encode())
                os._exit(1)
            os.write(RESULT, CONFINED)
            self._entry.run(payload, RESULT)
            code = 0
        finally:
            os._exit(code)


def _wake_up(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal's arrival is written to the wake-up pipe."""


def _keep_only(result_end: int, output_end: int) -> None:
    """Leave open: standard input (empty), output, error (the pipe) and the result pipe."""
    null = os.open("/dev/null", os.O_RDONLY)
    result, output = os.dup(result_end), os.dup(output_end)
    os.dup2(null, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(result, RESULT)
    os.closerange(RESULT + 1, 4096)


class _Watch:
    """Collects what a child writes and ends it at the first hard limit."""

    def __init__(self, pid: int, policy: Policy, started: float) -> None:
        self._pid = pid
        self._policy = policy
        self._deadline = started + policy.wall_seconds
        self._frames = bytearray()
        self._output = bytearray()
        self._output_count = 0
        self._reason: Reason = "exit"
        self._status = 0
        self._cpu_seconds = 0.0
        self._peak_bytes = 0

    def until_end(self, result: int, output: int, wake: int, connection: int) -> None:
        """Return once the child is reaped and both pipes are read to what it left in them."""
        for descriptor in (result, output):
            os.set_blocking(descriptor, False)
        poll = select.poll()
        for descriptor in (result, output, wake):
            poll.register(descriptor, select.POLLIN)
        poll.register(connection, select.POLLHUP)
        while not self._reaped():
            left = self._deadline - time.monotonic()
            if left <= 0:
                self._kill("wall")
            for descriptor, _ in poll.poll(1000 * left + 1 if left > 0 else 100):
                if descriptor == connection:  # the grader is gone: so are we
                    self._kill("exit")
                    os._exit(1)
                if descriptor == wake:
                    os.read(wake, CHUNK)
                elif not self._read(descriptor, result):
                    poll.unregister(descriptor)
        self._drain(result, output)

    def _drain(self, result: int, output: int) -> None:
        """Read what the ended child left in its pipes."""
        for descriptor in (result, output):
            while self._read(descriptor, result):
                pass

    def _read(self, descriptor: int, result: int) -> bool:
        """Read a chunk; False when there is nothing more. Past a limit the child is killed."""
        try:
            chunk = os.read(descriptor, CHUNK)
        except BlockingIOError:
            return False
        if descriptor == result:
            self._frames += chunk[: self._policy.frame_bytes - len(self._frames)]
            if len(self._frames) >= self._policy.frame_bytes:
                self._kill("output")
        else:
            self._output += chunk[: KEPT_OUTPUT - len(self._output)]
            self._output_count += len(chunk)
            if self._output_count > self._policy.output_bytes:
                self._kill("output")
        return bool(chunk)

    def _kill(self, reason: Reason) -> None:
        if self._reason == "exit":
            self._reason = reason
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)

    def _reaped(self) -> bool:
        pid, status, usage = os.wait4(self._pid, os.WNOHANG)
        if pid == 0:
            return False
        self._pid = 0
        self._status = os.waitstatus_to_exitcode(status)
        self._cpu_seconds = usage.ru_utime + usage.ru_stime
        self._peak_bytes = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return True

    def report(self, nonce: int, seconds: float) -> Report:
        """Return the report; a child that never got confined is our failure, not the student's."""
        confined = self._frames.startswith(CONFINED)
        reason: Reason = self._reason
        detail = ""
        if not confined:
            reason = "setup"
            detail = bytes(self._frames[:500]).decode("utf-8", "replace")
        return Report(
            nonce=nonce,
            reason=reason,
            code=self._status,
            frames=bytes(self._frames[1:]) if confined else b"",
            output=bytes(self._output),
            wall_seconds=seconds,
            cpu_seconds=self._cpu_seconds,
            peak_bytes=self._peak_bytes,
            detail=detail or f"ended with code {self._status}",
        )


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except SandboxError as error:
        sys.exit(str(error))
