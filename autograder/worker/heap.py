"""Where children allocate: side by side at the heap's top, not in holes all over it.

Warming up leaves thousands of free chunks. A child that fills them writes to as many pages, each of
which the kernel copies first; at the top it gets a few fresh ones.
"""

from __future__ import annotations

import ctypes
import sys

SIZES = (*range(65_536, 8_192, -4_096), *range(8_192, 1_024, -256), *range(1_024, 8, -16))
_COUNTS = (
    *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
    *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
)


class _Info(ctypes.Structure):
    """What glibc says of the heap, as its ``mallinfo2`` lays it out."""

    _fields_ = tuple((name, ctypes.c_size_t) for name in _COUNTS)


def use_up_holes() -> None:
    """Take every free chunk below the heap's top for good; does nothing without a new glibc."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None)
    if not all(hasattr(libc, name) for name in ("mallinfo2", "sbrk", "malloc", "free")):
        return
    libc.mallinfo2.restype = _Info
    libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_ssize_t]
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    libc.free.argtypes = [ctypes.c_void_p]
    top = (libc.sbrk(0) or 0) - libc.mallinfo2().keepcost
    for size in SIZES:
        while (place := libc.malloc(size) or 0) and place < top:
            pass
        libc.free(place)
