"""Files that are either written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole: to a temporary name in the same folder, synced, then renamed over the old one.

    Args:
        path: where to; a link is followed, so that what it points to is replaced.
        data: the contents.

    Raises:
        OSError: naming the path, if it cannot be written; the old file is untouched then and nothing is left behind.
    """
    try:
        _write(path, data)
    except OSError as error:
        error.filename, error.filename2 = str(path), None  # not the temporary name; a write names nothing by itself
        raise


def _write(path: Path, data: bytes) -> None:
    target = path.resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileNotFoundError):
            temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def rename_whole(temporary: Path, path: Path) -> None:
    """Write a finished file through to the disk and give it its name, over an old one.

    Raises:
        OSError: if it cannot be synced or renamed.
    """
    descriptor = os.open(temporary, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    temporary.replace(path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
