"""Loading torch without holding up other threads."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

_SUFFIXES = {"linux": ".so", "darwin": ".dylib"}


def load_torch_library() -> bool:
    """Map torch's largest library into the process before torch is imported; return whether that was done.

    An import holds the interpreter's lock while the system loads a library, and this one takes a fifth of a second, in
    which no window would move. A call through ctypes lets the lock go. Where it cannot be done the import does it.
    """
    spec = importlib.util.find_spec("torch")
    suffix = _SUFFIXES.get(sys.platform)
    if spec is None or spec.origin is None or suffix is None or "torch" in sys.modules:
        return False
    path = Path(spec.origin).parent / "lib" / f"libtorch_cpu{suffix}"
    if not path.is_file():
        return False
    system = ctypes.CDLL(None)
    system.dlopen.restype = ctypes.c_void_p
    system.dlopen.argtypes = [ctypes.c_char_p, ctypes.c_int]
    return bool(system.dlopen(os.fsencode(path), os.RTLD_LAZY))
