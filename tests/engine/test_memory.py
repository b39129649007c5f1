"""Memory that is given back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from engine.memory import LARGE_BYTES, give_back_memory

ONE_FREED_OTHERS_ABOVE = """
import os
import numpy as np
from engine.memory import return_large_arrays

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

if {returns}:
    return_large_arrays()
np.ones({size}, np.uint8)  # freed at once: what glibc takes for a sign that such arrays belong on the heap
large = [np.ones({size}, np.uint8) for _ in range(4)]
above = np.ones(64_000, np.uint8)
before = resident()
large.clear()
print(before - resident())
"""


def test_giving_memory_back_harms_nothing() -> None:
    held = bytearray(b"kept" * 100_000)
    give_back_memory()
    give_back_memory()
    assert held[-4:] == b"kept"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the heap of glibc")
def test_large_arrays_leave_the_process_when_they_are_freed() -> None:
    size = LARGE_BYTES + 1
    freed = [
        int(subprocess.check_output([sys.executable, "-c", ONE_FREED_OTHERS_ABOVE.format(returns=returns, size=size)]))
        for returns in (False, True)
    ]
    assert freed[0] < size  # else there would be nothing to mend
    assert freed[1] > 3 * size
