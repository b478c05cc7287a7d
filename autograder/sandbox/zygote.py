"""A fresh, single-threaded process that warms up once, then forks servers that fork children.

Started by :mod:`autograder.sandbox.client` with a clean environment and one descriptor, the
socket whose number is its only argument. For each socket sent to it, it forks a server; a server
forks one confined child a request. Neither ever holds student code or answers: these are in files
whose descriptors go through to the child, since a server's memory is the next child's memory.
Servers share the warm memory, and one that dies is replaced in milliseconds.
"""

from __future__ import annotations

import fcntl
import importlib
import os
import signal
import socket
import sys
import time
from types import FrameType
from typing import NamedTuple, NoReturn

import msgspec

from autograder.errors import SandboxError
from autograder.grammar import skip_address_grammars
from autograder.sandbox.backends.base import Backend
from autograder.sandbox.message import (
    DESCRIPTORS,
    MOST_PIECES,
    REQUEST,
    SIZE,
    Ending,
    Opening,
    Policy,
    Ready,
    exactly,
    receive,
    send,
)
from autograder.sandbox.registry import make_backend
from autograder.sandbox.steps import Steps, pieces
from autograder.sandbox.watch import CONFINED, Watch

RESULT, PAYLOAD, ASK, GIVEN, FIRST_FREE = 3, 4, 5, 6, 16


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
        seconds = time.monotonic() - started
        ready = Ready(notes=server.notes, controllers=server.controllers, seconds=seconds)
        send(control, ready)
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
        os.umask(0o022)  # whatever ours is: another user works in the folders that are made here
        self._backend: Backend = make_backend(opening.level)
        self._backend.enter(opening.folder, opening.visible, opening.policy)
        home = self._backend.home
        os.environ.update(HOME=home, TMPDIR=f"{home}/tmp", MPLCONFIGDIR=home)
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = home
        skip_address_grammars()
        self._entry = importlib.import_module(opening.entry)
        self._entry.warm_up()
        self.notes = self._backend.prepare()
        self.controllers = self._backend.controllers

    def serve(self, connection: socket.socket) -> None:
        """Answer requests until the grader closes its end."""
        wake, wake_end = os.pipe()
        os.set_blocking(wake, False)
        os.set_blocking(wake_end, False)
        signal.signal(signal.SIGCHLD, _wake_up)
        signal.set_wakeup_fd(wake_end, warn_on_full_buffer=False)
        try:
            self._backend.serve(self._policy)
            send(connection, Ready())
            while True:
                word, files, _, _ = socket.recv_fds(connection, REQUEST.size, DESCRIPTORS)
                if len(word) != REQUEST.size or len(files) != DESCRIPTORS:
                    return
                nonce, cpu, wall, count = REQUEST.unpack(word)
                if count > MOST_PIECES:
                    return
                sizes = [size for (size,) in SIZE.iter_unpack(exactly(connection, 8 * count))]
                policy = msgspec.structs.replace(self._policy, cpu_seconds=cpu, wall_seconds=wall)
                send(connection, self._run(nonce, policy, files, sizes, wake, connection.fileno()))
        except (BrokenPipeError, ConnectionResetError, EOFError):
            return

    def _run(  # a request, and what wakes its server
        self,
        nonce: int,
        policy: Policy,
        files: list[int],
        sizes: list[int],
        wake: int,
        connection: int,
    ) -> Ending:
        """Fork a child for one request, watch over it, and say what became of it."""
        payload, frames, taken, kept, sealed = files
        setup, setup_end = os.pipe()
        output, output_end = os.pipe()
        ask, ask_end = os.pipe()
        given, given_end = os.pipe()
        started = time.monotonic()
        pid = self._backend.fork()
        if pid == 0:
            handed = Handed(payload, frames, ask_end, given, output_end, setup_end)
            self._child(handed, policy, len(sizes))
        for descriptor in (payload, setup_end, output_end, ask_end, given):
            os.close(descriptor)
        watch = Watch(pid, policy, started)
        steps = Steps(sealed, sizes, frames, taken, ask, given_end, policy.frame_bytes + 1)
        try:
            watch.until_end(output, kept, wake, connection, steps)
            seconds = time.monotonic() - started
            word = os.read(setup, 500)
            if watch.killed and self._backend.ran_out():
                watch.blame("memory")
        finally:
            steps.close()
            for descriptor in (setup, output, kept, taken):
                os.close(descriptor)
            self._backend.clean()
        return watch.ending(nonce, word, seconds, steps.ends)

    def _child(self, handed: Handed, policy: Policy, count: int) -> NoReturn:
        """Become the child: confine first, then hand over to the entry module."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            try:
                self._backend.confine(policy)
                handed.take()
            except BaseException as error:
                os.write(handed.setup, f"{type(error).__name__}: {error}".encode())
                os._exit(1)
            payload = handed.read_payload()
            self._entry.run(payload, RESULT, pieces(count, ASK, GIVEN))
            code = 0
        finally:
            os._exit(code)


class Handed(NamedTuple):
    """Descriptors that a child is handed."""

    payload: int
    frames: int
    ask: int
    given: int
    output: int
    setup: int

    def take(self) -> None:
        """Put them in their places and close all others; report to the server when set up."""
        null = os.open("/dev/null", os.O_RDONLY)
        # Beyond all places first, so that none is overwritten before it is moved.
        payload, frames, ask, given, output, setup = (
            fcntl.fcntl(descriptor, fcntl.F_DUPFD, FIRST_FREE) for descriptor in self
        )
        for source, place in ((null, 0), (output, 1), (output, 2), (frames, RESULT)):
            os.dup2(source, place)
        for source, place in ((payload, PAYLOAD), (ask, ASK), (given, GIVEN)):
            os.dup2(source, place)
        os.write(setup, CONFINED)
        os.closerange(GIVEN + 1, 4096)

    def read_payload(self) -> bytes:
        """Return the payload and close it."""
        with os.fdopen(PAYLOAD, "rb") as stream:
            stream.seek(0)
            return stream.read()


def _wake_up(number: int, frame: FrameType | None) -> None:
    """Do nothing: the signal's arrival is written to the wake-up pipe."""


if __name__ == "__main__":
    try:
        main(int(sys.argv[1]))
    except SandboxError as error:
        sys.exit(str(error))
