"""Hard limits of one child, as data."""

from __future__ import annotations

import msgspec

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
