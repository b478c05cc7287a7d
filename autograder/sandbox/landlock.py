"""Landlock: a second lock on files, TCP and signals, from inside the process.

Three system calls; see https://docs.kernel.org/userspace-api/landlock.html for the constants.
"""

from __future__ import annotations

import ctypes
import os
import struct

from autograder.sandbox.linux import check, libc

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_READ = _READ_FILE | _READ_DIR
_FILE_ACCESS_BITS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NETWORK_BIND_CONNECT = 3
_SCOPE_ABSTRACT_SOCKET_AND_SIGNAL = 3


def abi_version() -> int:
    """Return the kernel's landlock version, 0 where there is none. Slow the first time (1 ms)."""
    return max(0, int(libc.syscall(_CREATE, None, 0, 1)))


class Ruleset:
    """Everything readable, only ``writable`` folders writable; no TCP, no signals to others."""

    def __init__(self, abi: int, writable: tuple[str, ...], devices: tuple[str, ...]) -> None:
        handled = (1 << _FILE_ACCESS_BITS.get(abi, 16)) - 1
        network = _NETWORK_BIND_CONNECT if abi >= 4 else 0
        scopes = _SCOPE_ABSTRACT_SOCKET_AND_SIGNAL if abi >= 6 else 0
        size = 8 if abi < 4 else 16 if abi < 6 else 24
        attributes = struct.pack("QQQ", handled, network, scopes)[:size]
        result = libc.syscall(_CREATE, attributes, ctypes.c_size_t(size), 0)
        self._descriptor = check(result, "landlock ruleset")
        make = _MAKE_DIR | _MAKE_REG | _REFER
        write = make | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE
        self._allow("/", _READ)
        for path in writable:
            self._allow(path, (_READ | write) & handled)
        for path in devices:
            self._allow(path, (_READ_FILE | _WRITE_FILE) & handled)

    def _allow(self, path: str, access: int) -> None:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rule = struct.pack("=Qi", access, descriptor)
            result = libc.syscall(_ADD_RULE, self._descriptor, _RULE_PATH_BENEATH, rule, 0)
            check(result, f"landlock rule for {path}")
        finally:
            os.close(descriptor)

    def restrict(self) -> None:
        """Apply to this process for good."""
        check(libc.syscall(_RESTRICT, self._descriptor, 0), "landlock restrict")
