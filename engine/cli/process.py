"""What a process that trains is told about threads and memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys

_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_MAX = -1, -2, -4
"""Options of glibc's mallopt."""


def prepare_process() -> None:
    """Make steps quick where other programs run beside: call it before torch is imported anywhere.

    Threads that wait for one another sleep instead of spinning, so that a core taken away costs little; and memory
    that is freed stays with the process (glibc would hand large tensors back to the system, and fault every page in
    again, at every step).
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            mallopt = ctypes.CDLL(None).mallopt
            for option, value in ((_M_MMAP_MAX, 0), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 2**28)):
                mallopt(option, value)

    import torch

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    torch.set_num_threads(max(1, usable or 1))
