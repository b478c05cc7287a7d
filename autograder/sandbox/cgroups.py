"""Control groups: the kernel's own bound on a child's memory and threads, where they are writable.

One group a zygote, below the one it was started in; in it one a server. A server enters its own
once, so its children are born there and no job pays for a move. Versions 1 and 2.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from autograder.sandbox.message import MB, Policy
from autograder.words.text import Text, text

PREFIX = "autograder-"
SLACK_BYTES = 64 * MB  # page tables, copied pages, the server itself
_BOUNDS = {1: {"memory": "memory.limit_in_bytes"}, 2: {"memory": "memory.max"}}
_SWAP = {1: "memory.memsw.limit_in_bytes", 2: "memory.swap.max"}
_KILLS = {1: "memory.oom_control", 2: "memory.events"}
_REMOVAL_SECONDS = 1.0
_PAUSE_SECONDS = 0.01


class Place(NamedTuple):
    """A control group's folder, the controllers that count there, and the version."""

    path: str
    controllers: tuple[str, ...]
    version: int


class _Entered(NamedTuple):
    """A server's group: its folder's descriptor."""

    place: Place
    folder: int


class Groups:
    """The groups of one zygote, made on construction. Raises OSError where they cannot be."""

    def __init__(self, parents: Iterable[Place], owner: tuple[int, int]) -> None:
        self._folders: list[_Entered] = []
        self._entered: list[_Entered] = []
        self._kills = 0
        for parent in parents:
            place = parent._replace(path=f"{parent.path}/{PREFIX}{os.getpid()}")
            _make(place, owner)
            self._folders.append(_Entered(place, os.open(place.path, os.O_RDONLY)))

    @property
    def controllers(self) -> tuple[str, ...]:
        """What is counted, sorted."""
        return tuple(sorted({one for place, _ in self._folders for one in place.controllers}))

    @property
    def paths(self) -> tuple[str, ...]:
        """The folders in which a server makes its group."""
        return tuple(place.path for place, _ in self._folders)

    def enter(self, policy: Policy) -> None:
        """Make a group for this process and its children, bounded by the policy, and go there."""
        name = f"server-{os.getpid()}"
        for place, parent in self._folders:
            os.mkdir(name, dir_fd=parent)
            folder = os.open(name, os.O_RDONLY, dir_fd=parent)
            if "memory" in place.controllers:
                most = policy.memory_bytes + policy.disk_bytes + SLACK_BYTES
                _write(folder, _BOUNDS[place.version]["memory"], str(most))
                with contextlib.suppress(OSError):  # a kernel that does not count swap
                    _write(folder, _SWAP[place.version], str(most if place.version == 1 else 0))
            if "pids" in place.controllers:  # the child's threads, and this process
                _write(folder, "pids.max", str(policy.processes + 1))
            _write(folder, "cgroup.procs", "0")
            self._entered.append(_Entered(place, folder))

    def ran_out(self) -> bool:
        """Return whether the kernel ended a process of this group for lack of memory since then."""
        before = self._kills
        self._kills = sum(
            int(words[1])
            for place, folder in self._entered
            if "memory" in place.controllers
            for words in map(str.split, _read(folder, _KILLS[place.version]).splitlines())
            if words[0] == "oom_kill"
        )
        return self._kills > before


def open_groups(policy: Policy, owner: tuple[int, int]) -> tuple[Groups | None, Text]:
    """Return the groups for a zygote about to become ``owner``, and a note that says which."""
    if not policy.groups:
        return None, text("groups-not-wanted")
    problem = text("groups-no-memory")
    for parents in _candidates():
        for parent in parents:
            _remove_stale(parent.path)
        try:
            groups = Groups(parents, owner)
        except OSError as error:
            path = str(error.filename or parents[0].path)
            problem = text("groups-refused", path=path, problem=str(error.strerror))
            remove_groups(os.getpid())
        else:
            return groups, text("groups-counted", controllers=", ".join(groups.controllers))
    return None, problem


def remove_groups(pid: int) -> None:
    """Remove what the zygote of that process id made, once all in it have ended."""
    deadline = time.monotonic() + _REMOVAL_SECONDS
    paths = {f"{place.path}/{PREFIX}{pid}" for places in _candidates() for place in places}
    while paths := {path for path in paths if os.path.isdir(path) and not _remove(path)}:
        if time.monotonic() > deadline:
            return
        time.sleep(_PAUSE_SECONDS)


def end_first(proc: int) -> None:
    """Let the kernel, short of memory in this group, end this process and not its server."""
    with contextlib.suppress(OSError):
        _write(proc, "self/oom_score_adj", "1000")


def _candidates(proc: str = "/proc/self") -> list[list[Place]]:
    """Return where groups could be made: below the own group; in version 2 also beside it.

    A group of version 2 that has processes cannot have groups with controllers below it. Beside
    it is as good where the own group has no bound of its own that would be left.
    """
    try:
        lines = [line.split(":", 2) for line in Path(f"{proc}/cgroup").read_text().splitlines()]
        mounts = list(_mounts(Path(f"{proc}/mountinfo").read_text()))
    except OSError:
        return []
    first: list[Place] = []
    for _, names, path in lines:
        wanted = tuple(name for name in ("memory", "pids") if name in names.split(","))
        for kind, root, mount, options in mounts:
            if wanted and kind == "cgroup" and wanted[0] in options:
                first.append(Place(_below(mount, root, path), wanted, 1))
    if any("memory" in place.controllers for place in first):
        return [first]
    both = ("memory", "pids")
    own = [
        _below(mount, root, path)
        for _, names, path in lines
        for kind, root, mount, _ in mounts
        if not names and kind == "cgroup2"
    ][:1]
    beside = [os.path.dirname(path) for path in own if _unbounded(path)]
    return [[Place(path, both, 2)] for path in (*own, *beside)]


def _mounts(text: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield kind, root, mount point and options of each mount; see proc_pid_mountinfo(5)."""
    for line in text.splitlines():
        before, _, after = line.partition(" - ")
        root, point = before.split()[3:5]
        kind, _, options = after.split(" ", 2)
        yield kind, root, point, options.split(",")


def _below(mount: str, root: str, path: str) -> str:
    return os.path.normpath(f"{mount}/{os.path.relpath(path, root)}")


def _unbounded(path: str) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"{path}/memory.max").read_text().strip() == "max"
    return False


def _make(place: Place, owner: tuple[int, int]) -> None:
    """Make a zygote's group and hand it over to the user that the zygote will be."""
    handed = [place.path, f"{place.path}/cgroup.procs"]
    os.mkdir(place.path)
    if place.version == 2:  # only leaves may hold processes
        with open(f"{os.path.dirname(place.path)}/cgroup.subtree_control", "w") as stream:
            stream.write("+memory +pids")
        leaf = f"{place.path}/zygote"
        os.mkdir(leaf)
        Path(f"{leaf}/cgroup.procs").write_text("0")
        Path(f"{place.path}/cgroup.subtree_control").write_text("+memory +pids")
        handed += [leaf, f"{leaf}/cgroup.procs"]
    for path in handed:
        os.chown(path, *owner)


def _remove_stale(parent: str) -> None:
    """Remove groups of zygotes that are gone."""
    with contextlib.suppress(OSError):
        for name in os.listdir(parent):
            pid = name.removeprefix(PREFIX)
            if name.startswith(PREFIX) and pid.isdigit() and not os.path.exists(f"/proc/{pid}"):
                _remove(f"{parent}/{name}")


def _remove(path: str) -> bool:
    """Remove a zygote's group and those in it; False while a process is left."""
    try:
        for entry in list(os.scandir(path)):
            if entry.is_dir(follow_symlinks=False):
                os.rmdir(entry.path)
        os.rmdir(path)
    except OSError:
        return False
    return True


def _write(folder: int, name: str, text: str) -> None:
    descriptor = os.open(name, os.O_WRONLY, dir_fd=folder)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def _read(folder: int, name: str) -> str:
    descriptor = os.open(name, os.O_RDONLY, dir_fd=folder)
    with os.fdopen(descriptor) as stream:
        return stream.read()
