"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

LARGE_BYTES = 12 << 20
_M_MMAP_THRESHOLD = -3  # malloc.h


def return_large_arrays() -> None:
    """Have arrays from `LARGE_BYTES` on given back as soon as they are freed, where glibc allocates.

    Left to itself glibc takes even arrays of 32 MB from its heap once one of them was freed, and the pictures of a
    4096x2048 document leave 150 MB of holes there. Smaller ones stay on the heap: to have them zeroed by the system
    each time costs a stroke more than it gains.
    """
    if (libc := _glibc()) is not None:
        libc.mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)


def give_back_memory() -> None:
    """Give freed memory back, where the allocator keeps it: glibc's, which holds on to hundreds of megabytes."""
    if (libc := _glibc()) is not None:
        libc.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return libc if hasattr(libc, "malloc_trim") else None
