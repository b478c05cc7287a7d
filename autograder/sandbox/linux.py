"""The few Linux system calls that Python's ``os`` does not offer, each checked and named.

Numbers are those of x86-64 and aarch64, which agree for calls newer than 2019; the older ones go
through libc's own wrappers.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import struct
import sys
import time
from pathlib import Path

from autograder.errors import SandboxError
from autograder.words.catalogue import say

NEWNS, NEWUTS, NEWIPC, NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
NEWPID, NEWNET = 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_KEEPCAPS, _PR_SET_SECCOMP = 1, 4, 8, 22
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 36, 38, 47
CAP_DAC_READ_SEARCH = 1 << 2
_SYS_MOUNT_SETATTR = 442
_ATTR_RDONLY_NOSUID_NODEV = 1 | 2 | 4
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MNT_DETACH = 2
_SIGKILL = 9

libc = ctypes.CDLL(None, use_errno=True)


def check(result: int, step: str) -> int:
    """Return ``result``, or raise SandboxError naming the step where it reports a failure."""
    if result < 0:
        raise SandboxError(f"{step}: {os.strerror(ctypes.get_errno())}")
    return result


def unshare(flags: int, step: str) -> None:
    """Leave the namespaces named by ``flags``."""
    check(libc.unshare(flags), step)


def join(namespace: int, flag: int, step: str) -> None:
    """Enter the namespace behind a descriptor."""
    check(libc.setns(namespace, flag), step)


def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
    """Mount a file system, or bind a path."""
    result = libc.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), data.encode()
    )
    check(result, f"mount {kind or source} on {target}")


def bind_read_only(source: str, target: str) -> None:
    """Bind ``source`` with all below it onto ``target``, read-only, no set-uid, no devices."""
    mount(source, target, "", BIND | REC)
    attributes = struct.pack("QQQQ", _ATTR_RDONLY_NOSUID_NODEV, 0, 0, 0)
    result = libc.syscall(
        _SYS_MOUNT_SETATTR,
        _AT_FDCWD,
        target.encode(),
        _AT_RECURSIVE,
        attributes,
        ctypes.c_size_t(len(attributes)),
    )
    check(result, f"mount_setattr read-only on {target}")


def pivot_into(new_root: str) -> None:
    """Make ``new_root`` the root and detach the old one. ``new_root/old`` must exist."""
    os.chdir(new_root)
    number = {"x86_64": 155, "aarch64": 41}.get(os.uname().machine)
    if number is None:
        raise SandboxError(f"pivot_root: machine {os.uname().machine} is not known")
    check(libc.syscall(number, b".", b"old"), "pivot_root")
    os.chdir("/")
    check(libc.umount2(b"/old", _MNT_DETACH), "umount the old root")
    os.rmdir("/old")


def map_ids(proc: int, outside: tuple[int, int], inside: tuple[int, int]) -> None:
    """Map one user and one group id into the user namespace just entered."""
    for name, text in (
        ("setgroups", "deny"),
        ("uid_map", f"{inside[0]} {outside[0]} 1"),
        ("gid_map", f"{inside[1]} {outside[1]} 1"),
    ):
        try:
            descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
            try:
                os.write(descriptor, text.encode())
            finally:
                os.close(descriptor)
        except OSError as error:
            raise SandboxError(f"write {name}: {error.strerror}") from error


def become(user: int, group: int, *, keep: int = 0) -> None:
    """Give up root for an unprivileged id that nothing else uses; ``keep`` is a capability mask."""
    try:
        os.setgroups([])
        os.setresgid(group, group, group)
        libc.prctl(_PR_SET_KEEPCAPS, 1 if keep else 0, 0, 0, 0)
        os.setresuid(user, user, user)
    except OSError as error:
        raise SandboxError(f"setresuid {user}: {error.strerror}") from error
    if keep:
        drop_capabilities(keep)


def show_own_proc() -> None:
    """Own the files of this process below /proc again, after a change of user."""
    check(libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl dumpable")


def adopt_orphans() -> None:
    """Become the parent of all descendants whose own parent ends."""
    check(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl subreaper")


def die_with_parent() -> None:
    """Ask for SIGKILL when the parent ends."""
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def forbid_new_privileges() -> None:
    """No exec can gain rights from here on; needed for seccomp and landlock."""
    check(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl no_new_privs")


class _CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


def drop_capabilities(keep: int = 0) -> None:
    """Empty the ambient, effective, permitted and inheritable sets, but for the mask ``keep``.

    The bounding set matters only to exec, which is refused, and gains nothing without privileges.
    """
    libc.prctl(_PR_CAP_AMBIENT, 4, 0, 0, 0)
    header = _CapabilityHeader(0x20080522, 0)
    sets = (ctypes.c_uint32 * 6)(keep, keep)  # the low words of effective and permitted
    check(libc.capset(ctypes.byref(header), sets), "capset")


class SystemCallFilter:
    """A compiled seccomp program; built once, loaded in each child."""

    def __init__(self, program: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(program, len(program))
        address = ctypes.addressof(self._buffer)
        self._header = struct.pack("HxxxxxxQ", len(program) // 8, address)

    def load(self) -> None:
        """Apply to this process for good."""
        check(libc.prctl(_PR_SET_SECCOMP, 2, self._header, 0, 0), "seccomp")


def mapped_bytes(proc: int | None) -> int:
    """Return the size of this process's address space, 0 where it is unknown."""
    try:
        if proc is None:
            text = Path("/proc/self/statm").read_text()
        else:
            descriptor = os.open("self/statm", os.O_RDONLY, dir_fd=proc)
            with os.fdopen(descriptor) as stream:
                text = stream.read()
    except OSError:
        return 0
    return int(text.split()[0]) * os.sysconf("SC_PAGE_SIZE")


PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 0.001


def adopt_descendants() -> None:
    """From now on, whoever loses its parent below this process becomes its child (Linux)."""
    if sys.platform == "linux":
        adopt_orphans()


def end_descendants() -> None:
    """Kill all children of this process, and theirs as they come up, until none is left.

    Raises SandboxError where there are still some after ten seconds.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid:
            continue
        if time.monotonic() > deadline:
            raise SandboxError(say("sandbox-outlived"))
        for child in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(child, signal.SIGKILL)
        time.sleep(PAUSE_SECONDS)


def _children() -> list[int]:
    """Return the children of this process; it has one thread."""
    own = os.getpid()
    try:
        return [int(word) for word in Path(f"/proc/self/task/{own}/children").read_text().split()]
    except OSError:  # a kernel without that file, or no Linux
        return [pid for pid in _all_processes() if _parent_of(pid) == own]


def _all_processes() -> list[int]:
    try:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return []


def _parent_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        # "pid (name) state parent": a name may hold anything, even parentheses.
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
