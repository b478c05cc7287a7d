"""The read-only root that a confined zygote lives in: Python, its packages, and nothing else."""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from pathlib import Path

from autograder.sandbox.linux import (
    BIND,
    NODEV,
    NOSUID,
    PRIVATE,
    RDONLY,
    REC,
    REMOUNT,
    bind_read_only,
    mount,
    pivot_into,
)

BASE = "/sandbox"
SHOWN = "/shown"
HOME = f"{BASE}/student"
WORK = f"{HOME}/work"
LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib")
UNPRIVILEGED_ID = 61_000  # what root becomes
READ_LIVE = (
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu/possible",
    "/sys/devices/system/cpu/present",
    "/sys/devices/system/cpu/online",
)
DEVICES = ("null", "zero", "urandom", "random")
OWN_PARTS = ("__init__.py", "errors.py", "protocol", "worker", "sandbox")


def visible_paths() -> tuple[str, ...]:
    """Return what a zygote needs to see: libraries, this Python's packages, our worker's code."""
    package = Path(__file__).resolve().parent.parent
    keys = ("stdlib", "platstdlib", "purelib", "platlib")
    paths = {Path(sysconfig.get_path(key)) for key in keys}
    paths |= {Path(sys.base_prefix, "lib"), *(Path(path) for path in site.getsitepackages())}
    paths |= {Path(path) for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    paths |= {Path(path) for path in (*LIBRARIES, "/etc/ld.so.cache", "/usr/share/zoneinfo")}
    paths |= {package / part for part in OWN_PARTS}
    return _outermost(sorted(str(path) for path in paths if os.path.lexists(path)))


def searchable(paths: tuple[str, ...]) -> bool:
    """Return whether everybody may search all folders that these paths lie in."""
    folders = {str(folder) for path in paths for folder in Path(path).parents}
    return all(os.stat(folder).st_mode & stat.S_IXOTH for folder in folders)


def _outermost(paths: list[str]) -> tuple[str, ...]:
    """Drop what lies below another path of the list."""
    kept: list[str] = []
    for path in paths:
        if not any(path.startswith(f"{outer}/") for outer in kept if not os.path.islink(outer)):
            kept.append(path)
    return tuple(kept)


def enter_root(root: str, visible: tuple[str, ...]) -> tuple[str, ...]:
    """Build the root on the empty folder ``root``, in this mount namespace, and move into it.

    Returns what must be linked into every private /tmp: Python itself may lie below /tmp.
    """
    mount("none", "/", "", REC | PRIVATE)
    mount("tmpfs", root, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    for path in visible:
        _show(path, root + SHOWN if path.startswith("/tmp/") else root)
    _add_devices(root)
    for path in READ_LIVE:
        _copy(path, root)
    _write(f"{root}/etc/passwd", b"student:x:1000:1000:student:/sandbox/student:/bin/false\n")
    for path in ("/proc", "/old", HOME):
        os.makedirs(root + path, exist_ok=True)
    os.symlink(f"{HOME}/tmp", f"{root}/tmp")
    os.symlink(f"{HOME}/tmp", f"{root}/dev/shm")
    pivot_into(root)
    mount("none", "/", "", RDONLY | NOSUID | NODEV | REMOUNT | BIND)
    return tuple({path.split("/")[2] for path in visible if path.startswith("/tmp/")})


def enter_home(size_bytes: int, files: int, links: tuple[str, ...]) -> None:
    """Mount an empty private folder at HOME, with ``work`` and ``tmp`` in it, and go there."""
    options = f"size={size_bytes},nr_inodes={files},mode=700"
    mount("tmpfs", HOME, "tmpfs", NOSUID | NODEV, options)
    os.mkdir(WORK)
    os.mkdir(f"{HOME}/tmp")
    for name in links:
        os.symlink(f"{SHOWN}/tmp/{name}", f"{HOME}/tmp/{name}")
    os.chdir(WORK)


def _show(path: str, root: str) -> None:
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        if not os.path.lexists(target):
            os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        _write(target, b"")
    bind_read_only(path, target)


def _add_devices(root: str) -> None:
    os.makedirs(f"{root}/dev", exist_ok=True)
    for name in DEVICES:
        _write(f"{root}/dev/{name}", b"")
        mount(f"/dev/{name}", f"{root}/dev/{name}", "", BIND)


def _copy(path: str, root: str) -> None:
    """Copy a small file of the live system: no procfs or sysfs is mounted."""
    try:
        content = Path(path).read_bytes()
    except OSError:
        return
    _write(root + path, content)


def _write(path: str, content: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    Path(path).write_bytes(content)
