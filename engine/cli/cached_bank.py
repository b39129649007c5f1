"""The bank a command works with: the one it is given, or one built from a data set into the cache folder."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.cli.errors import CommandError
from engine.data.sample import Importer

PROGRESS_S = 5.0


def print_progress(line: str) -> None:
    """Print one line about long work, on stderr."""
    print(line, file=sys.stderr, flush=True)


def open_importer(name: str, root: Path, split: str | None) -> Importer:
    """Open a data set; the importer ``bank`` reads the photographs of a memory bank, and its root is the file.

    Raises:
        CommandError: if there is no such importer or folder, or it cannot be read.
        SampleError: if the folder holds no such data set or split.
    """
    from engine.bank.importer import BankImporter
    from engine.data.importers import IMPORTERS

    if name == "bank":
        if not root.is_file():
            raise CommandError(f"{root}: no such bank")
        return BankImporter(root, split)
    if name not in IMPORTERS:
        raise CommandError(f"there is no importer {name!r}: {', '.join(sorted([*IMPORTERS, 'bank']))}")
    if not root.is_dir():
        raise CommandError(f"{root}: no such folder")
    return IMPORTERS[name](root, split)


def find_bank(bank: Path | None, importer: str | None, root: Path | None, split: str | None) -> Path:
    """Return the bank named, or build one from the data set named, or find the one built before.

    Raises:
        CommandError: if neither or both are named.
        BankBuildError: if it cannot be built.
        SampleError: if the folder holds no such data set or split.
    """
    if bank is not None:
        if importer is not None or root is not None or split is not None:
            raise CommandError("give either --bank, or --importer and --root with perhaps --split, not both")
        if not bank.is_file():
            raise CommandError(f"{bank}: {'is a folder, not a file' if bank.is_dir() else 'no such file'}")
        return bank
    if importer is None or root is None:
        raise CommandError("give the photographs: --bank B.bank, or --importer NAME --root DIR")
    return cached_bank(importer, root, split)


def cached_bank(importer_name: str, root: Path, split: str | None) -> Path:
    """Return the bank of a data set in the cache folder; build it where its files changed or it is not there yet.

    Raises:
        BankBuildError: if it cannot be built.
        CommandError: if there is no such importer or folder.
        SampleError: if the folder holds no such data set or split.
    """
    from platformdirs import user_cache_path

    importer = open_importer(importer_name, root, split)
    if importer_name == "bank":
        return root
    title = "-".join(part for part in (importer_name, split) if part)
    path = user_cache_path("tessera") / "banks" / f"{title}-{_listing_digest(importer_name, root, split)}.bank"
    if not path.is_file():
        _build(importer, path, title)
    return path


def _listing_digest(importer_name: str, root: Path, split: str | None) -> str:
    """Return 16 hex digits over importer, root, split, and path, size and time of every file below the root."""
    from engine.bank.builder import BUILDER_VERSION

    files = []
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        stat = path.stat()
        files.append((path.relative_to(root).as_posix(), stat.st_size, stat.st_mtime_ns))
    text = json.dumps([BUILDER_VERSION, importer_name, str(root.resolve()), split, files])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _build(importer: Importer, path: Path, title: str) -> None:
    from engine.bank.builder import build_bank

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{path.parent}: {error.strerror}") from None
    print_progress(f"building the bank of {title} in {path.parent}")
    report = build_bank(importer, path, progress=report_progress(print_progress))
    for error in report.skipped:
        print_progress(f"skipped {error}")
    print_progress(
        f"{report.segments} segments of {report.sources} photographs in {report.seconds:.0f} s, "
        f"{len(report.skipped)} skipped"
    )


def report_progress(say: Callable[[str], None]) -> Callable[[int, int, str], None]:
    """Return a progress callback that speaks every few seconds."""
    last_s = time.monotonic()

    def report(done: int, total: int, name: str) -> None:
        nonlocal last_s
        if time.monotonic() - last_s >= PROGRESS_S:
            last_s = time.monotonic()
            say(f"{done} of {total} photographs: {name}")

    return report
