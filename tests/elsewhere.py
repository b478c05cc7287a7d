"""An engine in a process of an ordinary user, for suites that root runs.

Root starts this file as a program: it lets everybody search the folders that Python lies in, in a
mount namespace of its own, becomes the user, and starts itself again as that user. From there on
nothing of root is left.
"""

from __future__ import annotations

import os
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from autograder.engines.engine import Work
from autograder.engines.pool import LocalEngine
from autograder.sandbox import linux
from autograder.sandbox.message import Level, Policy, Report
from autograder.words.text import Text

ROOT = Path(__file__).resolve().parents[1]
ORDINARY_ID = 65_534
LENGTH = struct.Struct("<Q")


class Order(msgspec.Struct):
    """First message to the program."""

    level: Level
    policy: Policy
    entry: str
    jobs: int


class Answer(msgspec.Struct):
    """A report; the last answer of a run has none. The first one of all carries the notes."""

    number: int = -1
    report: Report | None = None
    notes: tuple[Text, ...] = ()
    controllers: tuple[str, ...] = ()
    error: str = ""


class OrdinaryEngine:
    """What LocalEngine is, run by an ordinary user. Raises RuntimeError where it cannot start."""

    def __init__(self, level: Level, policy: Policy, entry: str, jobs: int) -> None:
        self.level: Level = level
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd="/",
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        send(self._to, Order(level, policy, entry, jobs))
        answer = receive(self._from, Answer)
        self.notes, self.pid = answer.notes, answer.number
        self.controllers = answer.controllers
        if answer.error:
            self.close()
            raise RuntimeError(answer.error)

    def run(self, jobs: Iterable[Work]) -> Iterator[tuple[int, Report]]:
        """Yield a report for each job."""
        send(self._to, list(jobs))
        while (answer := receive(self._from, Answer)).report is not None:
            yield answer.number, answer.report

    def close(self) -> None:
        """End it."""
        self._to.close()
        self._process.wait()
        self._from.close()


def send(stream: IO[bytes], message: object) -> None:
    body = msgspec.msgpack.encode(message)
    stream.write(LENGTH.pack(len(body)) + body)
    stream.flush()


def receive(stream: IO[bytes], kind: type) -> object:
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    return msgspec.msgpack.decode(stream.read(*LENGTH.unpack(head)), type=kind)


def become_ordinary(user: int) -> None:
    """Open the folders above Python to everybody, in mounts of our own, and give up root."""
    linux.unshare(linux.NEWNS, "unshare mounts")
    linux.mount("none", "/", "", linux.REC | linux.PRIVATE)
    needed: dict[Path, list[Path]] = {}
    for prefix in sorted({Path(sys.base_prefix), Path(sys.prefix), ROOT}):
        closed = [f for f in prefix.parents if not f.stat().st_mode & stat.S_IXOTH]
        if closed:
            needed.setdefault(closed[-1], []).append(prefix)
    for private, paths in needed.items():
        show_only(private, paths)
    linux.become(user, user)


def show_only(private: Path, paths: list[Path]) -> None:
    """Cover a private folder by one that shows everybody some folders in it."""
    beside = {path: Path(tempfile.mkdtemp(prefix="autograder-shown-")) for path in paths}
    for path, place in beside.items():
        linux.mount(str(path), str(place), "", linux.BIND | linux.REC)
    linux.mount("tmpfs", str(private), "tmpfs", linux.NOSUID | linux.NODEV, "size=1m,mode=755")
    for path, place in beside.items():
        path.mkdir(parents=True)
        linux.mount(str(place), str(path), "", linux.BIND | linux.REC)
        linux.check(linux.libc.umount2(str(place).encode(), 2), "umount")
        place.rmdir()


def main() -> None:
    """Serve runs until standard input ends."""
    to, out = sys.stdin.buffer, sys.stdout.buffer
    order = receive(to, Order)
    engine = LocalEngine(order.level, order.policy, order.entry, order.jobs)
    try:
        try:
            engine.start()
        except Exception as error:  # told to the suite, which skips
            send(out, Answer(error=str(error)))
            return
        ready = Answer(number=os.getpid(), notes=engine.notes, controllers=engine.controllers)
        send(out, ready)
        while True:
            for number, report in engine.run(receive(to, list[Work])):
                send(out, Answer(number, report))
            send(out, Answer())
    except EOFError:
        return
    finally:
        engine.close()


if __name__ == "__main__":
    if os.getuid() == 0:
        become_ordinary(ORDINARY_ID)
        os.execv(sys.executable, [sys.executable, __file__])
    main()
