"""Building a bank from a data set: resumable, and never a broken file under the final name."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from engine.bank.schema import APPLICATION_ID, FORMAT_VERSION, INDEXES, TABLES
from engine.bank.segment import source_key
from engine.bank.writing import content_digest, depth_png, forget_source, write_source
from engine.data.image_file import decode_photograph, encode_webp
from engine.data.sample import Importer, Sample, SampleError
from engine.geometry import Size
from engine.layout import Layout
from engine.regions import MIN_REGION_SHARE
from engine.whole_file import rename_whole

BUILDER_VERSION = 1
Progress = Callable[[int, int, str], None]
"""Called with photographs done, photographs in all, and the name of the one at hand."""


class BankBuildError(Exception):
    """A bank that cannot be built; the message is one line."""


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    Attributes:
        sources: photographs in the bank.
        segments: segments in the bank.
        skipped: what could not be used, and why.
        seconds: how long it took.
        resumed: how many of the sources were already there from an interrupted build.
    """

    sources: int
    segments: int
    skipped: tuple[SampleError, ...]
    seconds: float
    resumed: int = 0


def build_bank(
    importer: Importer,
    out_path: Path,
    *,
    size: Size | None = None,
    progress: Progress | None = None,
    min_share: float = MIN_REGION_SHARE,
) -> BuildReport:
    """Build a bank beside its final name and move it there when it is whole.

    The file grows as ``OUT.part``, one transaction a photograph. Started again after any kind of end, it goes on
    where it was, provided that data set, class table and configuration are the same; else it starts anew.

    Args:
        importer: the data set.
        out_path: final name; replaced only by a finished bank.
        size: photographs are scaled to this size and stored as WebP; None keeps them as they are, byte for byte.
        progress: told about every photograph.
        min_share: smallest share of the picture a segment may have.

    Raises:
        BankBuildError: if no photograph is usable, or none has a segment, another build writes the same file, or the
            disk refuses.
    """
    started = time.perf_counter()
    part = out_path.with_name(out_path.name + ".part")
    skipped: list[SampleError] = []
    try:
        with closing(_open_part(part, importer, size, min_share)) as db:
            resumed = _add_all(db, importer, skipped, size, progress, min_share)
            sources, segments = _finalise(db, importer, out_path.stem)
            if segments:
                _check_integrity(db)
        if not segments:
            _discard(part)
            detail = f"; the first skipped: {skipped[0]}" if skipped else ""
            what = "segment in the layouts of" if sources else "usable photograph among"
            raise BankBuildError(f"no {what} {sources or len(importer.names())}{detail}")
        rename_whole(part, out_path)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise BankBuildError(f"{part}: another build is writing it") from None
        raise BankBuildError(f"{part}: {error}") from None
    except sqlite3.Error as error:
        raise BankBuildError(f"{part}: {error}") from None
    except OSError as error:
        raise BankBuildError(f"{out_path}: {(error.strerror or str(error)).lower()}") from None
    return BuildReport(sources, segments, tuple(skipped), time.perf_counter() - started, resumed)


def _open_part(part: Path, importer: Importer, size: Size | None, min_share: float) -> sqlite3.Connection:
    """Open an interrupted build of the same data set and configuration, or begin a new one."""
    wanted = hashlib.sha256(
        json.dumps(
            [
                BUILDER_VERSION, FORMAT_VERSION, type(importer).__name__, importer.table.to_json(), importer.names(),
                None if size is None else str(size), min_share,
            ]
        ).encode()
    ).hexdigest()  # fmt: skip
    if part.exists():
        try:
            db = _connect(part)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            db = None
        if db is not None:
            if _recipe_of(db) == wanted:
                return db
            db.close()
        _discard(part)
    db = _connect(part)
    db.execute("PRAGMA page_size = 4096")
    db.execute("BEGIN EXCLUSIVE")
    for sql in (*TABLES.values(), *INDEXES.values()):
        db.execute(sql)
    db.execute("INSERT INTO meta VALUES ('recipe', ?)", (wanted,))
    db.execute("INSERT INTO meta VALUES ('table', ?)", (importer.table.to_json(),))
    db.execute("INSERT INTO meta VALUES ('min_share', ?)", (repr(min_share),))
    db.execute("COMMIT")
    return db


def _connect(part: Path) -> sqlite3.Connection:
    db = sqlite3.connect(part, timeout=0.2, isolation_level=None)
    try:
        db.execute("PRAGMA trusted_schema = OFF")
        db.execute("PRAGMA locking_mode = EXCLUSIVE")
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("BEGIN EXCLUSIVE")
        db.execute("COMMIT")
    except BaseException:
        db.close()
        raise
    return db


def _recipe_of(db: sqlite3.Connection) -> str | None:
    """Return the recipe of an interrupted build, or None where the file is broken."""
    try:
        row = db.execute("SELECT value FROM meta WHERE key = 'recipe'").fetchone()
        whole = db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.DatabaseError:
        return None
    return row[0] if row and whole else None


def _discard(part: Path) -> None:
    for path in (part, part.with_name(part.name + "-journal")):
        path.unlink(missing_ok=True)


def _add_all(
    db: sqlite3.Connection,
    importer: Importer,
    skipped: list[SampleError],
    size: Size | None,
    progress: Progress | None,
    min_share: float,
) -> int:
    """Add every usable sample that is not there yet; return how many were there."""
    names = importer.names()
    resumed = 0
    for number, name in enumerate(names, start=1):
        if progress is not None:
            progress(number - 1, len(names), name)
        try:
            sample = importer.load(name)
            if size is not None:
                sample = _scaled(sample, size)
        except SampleError as error:
            skipped.append(error)
            forget_source(db, number)
            continue
        key = source_key(sample.photograph_bytes)
        if _is_there(db, number, key, sample):
            resumed += 1
            continue
        db.execute("BEGIN IMMEDIATE")
        try:
            forget_source(db, number)
            twin = db.execute("SELECT name FROM sources WHERE key = ?", (key,)).fetchone()
            if twin is not None:
                skipped.append(SampleError(sample.provenance.file, f"the same photograph as {twin[0]}"))
            else:
                write_source(db, number, key, sample, importer.table, min_share=min_share)
        except BaseException:
            if db.in_transaction:  # a full disk has ended it already
                db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")
    if progress is not None:
        progress(len(names), len(names), "")
    return resumed


def _is_there(db: sqlite3.Connection, number: int, key: str, sample: Sample) -> bool:
    """Return whether an interrupted build has added exactly this sample."""
    origin = sample.provenance
    row = db.execute(
        "SELECT key, name, layout_digest, dataset, file, scene, author, licence, depth FROM sources "
        "JOIN pictures ON source = id WHERE id = ?",
        (number,),
    ).fetchone()
    return row == (
        key, sample.name, sample.layout.digest, origin.dataset, origin.file, origin.group, origin.author,
        origin.licence, depth_png(sample),
    )  # fmt: skip


def _scaled(sample: Sample, size: Size) -> Sample:
    """Return the sample at another size, its photograph stored as WebP; ids take the nearest pixel."""
    old = sample.layout.size
    shrinks = size.width * size.height < old.width * old.height
    wide = (size.width, size.height)
    resized = cv2.resize(sample.rgb, wide, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)
    data = encode_webp(np.asarray(resized, np.uint8))
    rows = ((2 * np.arange(size.height) + 1) * old.height // (2 * size.height))[:, None]
    columns = (2 * np.arange(size.width) + 1) * old.width // (2 * size.width)
    try:
        layout = Layout(sample.layout.class_ids[rows, columns], sample.layout.instance_ids[rows, columns])
    except ValueError as error:
        raise SampleError(sample.name, str(error)) from None
    depth_m = None if sample.depth_m is None else sample.depth_m[rows, columns]
    return replace(sample, rgb=decode_photograph(data), layout=layout, photograph_bytes=data, depth_m=depth_m)


def _finalise(db: sqlite3.Connection, importer: Importer, name: str) -> tuple[int, int]:
    """Name the content, mark the file as a bank and return its numbers of sources and segments."""
    db.execute("BEGIN IMMEDIATE")
    sources = db.execute("SELECT count(*) FROM sources").fetchone()[0]
    segments = db.execute("SELECT count(*) FROM segments").fetchone()[0]
    if segments:
        db.execute("INSERT OR REPLACE INTO meta VALUES ('digest', ?)", (content_digest(db, importer.table.to_json()),))
        db.execute("INSERT OR REPLACE INTO meta VALUES ('name', ?)", (name,))
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
        db.execute("ANALYZE")
    db.execute("COMMIT")
    return sources, segments


def _check_integrity(db: sqlite3.Connection) -> None:
    problem = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
    if problem != "ok":
        raise sqlite3.DatabaseError(problem)
