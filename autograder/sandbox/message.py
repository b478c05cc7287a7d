"""Messages between the grader and a zygote, over a stream socket. Student code never sees it.

What students wrote, and what their code answers, is not in these messages: it travels in files
whose descriptors are handed through to the child. A server's memory is the next child's memory,
so it must never hold another submission or the reference's answers. The hard limits of a child
travel with each request, as data.
"""

from __future__ import annotations

import socket
import struct
from typing import Literal, TypeVar

import msgspec

from autograder.errors import SandboxError
from autograder.words.catalogue import say
from autograder.words.text import Text

MB = 1_000_000


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """What one child may use; going past a limit ends it.

    ``cpu_seconds`` is processor time, of all its threads: however busy the machine is, it is the
    same. ``wall_seconds`` is there for code that waits, and far off.
    ``memory_bytes`` counts on top of what the zygote has mapped; ``processes`` counts threads,
    new processes are never allowed; ``disk_bytes`` is the private folder's size. ``groups``:
    whether control groups are used where they are writable.
    """

    cpu_seconds: float = 20.0
    wall_seconds: float = 200.0
    memory_bytes: int = 1024 * MB
    output_bytes: int = 4 * MB
    frame_bytes: int = 16 * MB
    disk_bytes: int = 64 * MB
    files: int = 1024
    open_files: int = 128
    processes: int = 32
    groups: bool = True


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The seconds of one job, where they are others than its policy's."""

    cpu_seconds: float
    wall_seconds: float


T = TypeVar("T")
LENGTH = struct.Struct("<Q")
REQUEST = struct.Struct("<QddI")
"""A request: its nonce, seconds of processor time and on the wall, and how many pieces of the job
are handed over later; their sizes follow. With it go descriptors of the payload, of the file that
the child writes its frames to and the one that they are taken to, of the output, and of all pieces
in a row."""
DESCRIPTORS = 5
SIZE = struct.Struct("<Q")
MOST_PIECES = 10_000
MAX_BYTES = 1 << 30

Level = Literal["namespaces", "landlock", "uid", "none"]
Reason = Literal["exit", "cpu", "wall", "output", "memory", "setup"]


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """First message to a zygote: how to isolate, what to show, which module does the work."""

    level: Level
    policy: Policy
    folder: str
    visible: tuple[str, ...]
    entry: str


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """A zygote's answer: warm, or the step at which it failed.

    ``notes`` are for people; ``controllers`` is what control groups count of children.
    """

    error: str = ""
    notes: tuple[Text, ...] = ()
    controllers: tuple[str, ...] = ()
    seconds: float = 0.0


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """What a server says of a child that ended."""

    nonce: int
    reason: Reason
    code: int
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    detail: str
    ends: tuple[int, ...] = ()


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a child, and what it left: frames, and the first part of what it printed.

    ``code`` is negative for a signal, as subprocess gives it. ``ends`` is how much of the frames
    there was before each piece of the job that was handed over later. Nothing of the output was
    printed after the first of them.
    """

    reason: Reason
    code: int
    frames: bytes
    output: bytes
    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    detail: str = ""
    ends: tuple[int, ...] = ()


def send(connection: socket.socket, message: msgspec.Struct) -> None:
    """Send one message."""
    body = msgspec.msgpack.encode(message)
    connection.sendall(LENGTH.pack(len(body)))
    connection.sendall(body)


def receive(connection: socket.socket, kind: type[T]) -> T:
    """Receive one message of that kind. Raises EOFError at the end, SandboxError if garbled."""
    (length,) = LENGTH.unpack(exactly(connection, LENGTH.size))
    if length > MAX_BYTES:
        raise SandboxError(say("sandbox-message-large", n=length))
    try:
        return msgspec.msgpack.decode(exactly(connection, length), type=kind)
    except msgspec.MsgspecError as error:
        raise SandboxError(say("sandbox-message-garbled", reason=error)) from error


def exactly(connection: socket.socket, count: int) -> bytearray:
    """Receive so many bytes. Raises EOFError at the end."""
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        got = connection.recv_into(view)
        if not got:
            raise EOFError
        view = view[got:]
    return buffer
