"""A PostgreSQL server of our own, as Debian installs it; it listens in a private folder only."""

from __future__ import annotations

import collections
import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.shared import within

SECONDS = 180.0
EVERY = 12


class Server:
    """Runs from construction to ``close``. ``kill`` ends it as a crash does, ``start`` goes on."""

    def __init__(self) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
        if not found:
            pytest.skip("no PostgreSQL here: apt-get install postgresql")
        pytest.importorskip("psycopg", reason="no psycopg here: pip install 'psycopg[binary]'")
        self._programs, self._user = found[-1].parent, _server_user()
        self._place = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is short
        shutil.chown(self._place, self._user)
        self.url = f"postgresql://grader@/postgres?host={self._place}"
        self._process: subprocess.Popen[bytes] | None = None
        options = ["-D", self._place / "data", "-U", "grader", "-A", "trust", "-N"]
        self._run([self._programs / "initdb", *options])
        self.start()

    def _run(self, command: Sequence[str | Path]) -> None:
        subprocess.run(command, user=self._user, check=True, capture_output=True, cwd="/")

    def start(self) -> None:
        """Start it, and wait until it answers."""
        quiet = ["-c", "listen_addresses=", "-c", "fsync=off", "-k", str(self._place)]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", self._place / "data", *quiet],
            user=self._user,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        ask = [self._programs / "pg_isready", "-h", self._place]

        def ready() -> bool:
            return not subprocess.run(ask, check=False, capture_output=True).returncode

        assert within(SECONDS, ready), "PostgreSQL did not start"

    def kill(self) -> None:
        """End it at once, as after a crash: what is committed is in its log."""
        self._end(signal.SIGQUIT)

    def _end(self, by: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(by)
            self._process.wait()
            self._process = None

    def close(self) -> None:
        """End it, and remove all that it has."""
        self._end(signal.SIGINT)
        shutil.rmtree(self._place)

    @contextlib.contextmanager
    def database(self, name: str, template: str = "template1") -> Iterator[str]:
        """Yield the URL of a new database, which is gone afterwards."""
        with new_database(self.url, name, template) as url:
            yield url


@contextlib.contextmanager
def new_database(server: str, name: str, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a new database on a server, which is gone afterwards."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")  # type: ignore[arg-type]
    try:
        url = server.replace("/postgres?", f"/{name}?")
        yield url.replace("postgresql://", "postgresql+psycopg://")
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def _server_user() -> str:
    """Return whom to run the server as: it refuses to be root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    try:
        return pwd.getpwnam("postgres").pw_name
    except KeyError:
        pytest.skip("no user 'postgres' to run the server as")


def mark_most_thorough(items: Sequence[pytest.Item], parameter: str, room: str) -> None:
    """Try some tests of each file of a folder on PostgreSQL, too; all in thorough runs."""
    tried: collections.Counter[Path] = collections.Counter()
    for item in items:
        parameters = getattr(item, "callspec", None)
        if parameters is None or item.path.parent.name != room:
            continue
        if parameters.params.get(parameter) == "postgresql":
            if tried[item.path] % EVERY != 1:
                item.add_marker(pytest.mark.thorough)
            tried[item.path] += 1
