"""Landlock: a second lock on files, TCP and signals, from inside the process.

Three system calls; see https://docs.kernel.org/userspace-api/landlock.html for the constants.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from autograder.errors import SandboxError
from autograder.sandbox.linux import check, libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_RULE_PATH_BENEATH = 1
_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_MAKE = _MAKE_DIR | _MAKE_REG | _REFER
_WRITE = _MAKE | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE
_OF_FILES = _READ_FILE | _WRITE_FILE | _TRUNCATE
_FILE_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_BIND_CONNECT = 3
_SCOPE_ABSTRACT_SOCKET_AND_SIGNAL = 3
_LOG_NOTHING = 1  # of what this program is refused: it could flood the audit log


def abi_version() -> int:
    """Return the kernel's landlock version, 0 where there is none. Slow the first time (1 ms)."""
    return max(0, int(libc.syscall(_CREATE, None, 0, 1)))


class Ruleset:
    """Only ``readable`` paths are read, only in ``writable`` folders is anything made; no TCP.

    Files that ``written`` names, or that lie below it, are read and written, but none is made.
    Signals and abstract sockets reach this process and what it restricts further, nobody else.
    """

    def __init__(
        self,
        abi: int,
        *,
        readable: tuple[str, ...],
        writable: tuple[str, ...],
        written: tuple[str, ...],
    ) -> None:
        self._abi = abi
        self._handled = (1 << _FILE_ACCESS_BITS.get(abi, 16)) - 1
        network = _NETWORK_BIND_CONNECT if abi >= 4 else 0
        scopes = _SCOPE_ABSTRACT_SOCKET_AND_SIGNAL if abi >= 6 else 0
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        attributes = struct.pack("QQQ", self._handled, network, scopes)[:size]
        result = libc.syscall(_CREATE, attributes, ctypes.c_size_t(size), 0)
        self._descriptor = check(result, "landlock ruleset")
        for path in readable:
            self._allow(path, _READ)
        for path in writable:
            self._allow(path, _READ | _WRITE)
        for path in written:
            self._allow(path, _READ_FILE | _WRITE_FILE)

    def _allow(self, path: str, access: int) -> None:
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError as error:
            raise SandboxError(f"landlock rule for {path}: {error.strerror}") from error
        try:
            if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                access &= _OF_FILES
            rule = struct.pack("=Qi", access & self._handled, descriptor)
            result = libc.syscall(_ADD_RULE, self._descriptor, _RULE_PATH_BENEATH, rule, 0)
            check(result, f"landlock rule for {path}")
        finally:
            os.close(descriptor)

    def restrict(self) -> None:
        """Apply to this process for good."""
        flags = _LOG_NOTHING if self._abi >= 7 else 0
        check(libc.syscall(_RESTRICT, self._descriptor, flags), "landlock restrict")

    def close(self) -> None:
        """Forget the rules; what they restrict stays restricted."""
        os.close(self._descriptor)
