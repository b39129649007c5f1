"""The painter's own bank: photographs come and go while other threads read it, and no end of any kind harms it.

It is one SQLite file like every bank, but in write-ahead mode: a change is one transaction in a log beside the file, so
that readers see it whole or not at all, and a process that is killed while writing leaves the bank as it was. There is
one writer at a time: in the app, the engine thread.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import platformdirs

from engine.bank.opening import BUSY_TIMEOUT_S, check_schema, connect_read_only, naming
from engine.bank.schema import APPLICATION_ID, FORMAT_VERSION, INDEXES, TABLES, BankFormatError
from engine.bank.segment import source_key
from engine.bank.tables import extend_table
from engine.bank.writing import content_digest, forget_source, write_source
from engine.classes import ClassTable
from engine.data.sample import Sample
from engine.layout import Layout
from engine.regions import MIN_REGION_SHARE
from engine.whole_file import rename_whole

PERSONAL_NAME = "My photographs"
DATASET = "My photographs"
_Rows = tuple[tuple[Any, ...], ...]


def personal_bank_path() -> Path:
    """Return where the painter's own bank lies; ``TESSERA_DATA`` in the environment names another folder."""
    given = os.environ.get("TESSERA_DATA")
    folder = Path(given) if given else platformdirs.user_data_path("tessera", appauthor=False)
    return (folder / f"{PERSONAL_NAME}.bank").resolve()


@dataclass(frozen=True, slots=True)
class Added:
    """What adding a photograph did.

    Attributes:
        source_key: names it in the bank.
        segments: how many segments it has.
        is_new: False where it was there already and has another layout now.
    """

    source_key: str
    segments: int
    is_new: bool


@dataclass(frozen=True, eq=False)
class Removed:
    """What was taken out of a bank, so that it can be put back: rows as they were."""

    sources: _Rows
    pictures: _Rows
    segments: _Rows


class PersonalBank:
    """The painter's own bank, open for one change or a few. Owned by the thread that opened it."""

    def __init__(self, path: Path, db: sqlite3.Connection) -> None:
        """Take an open connection; `open` is the way in."""
        self.path = path
        self._db = db

    @classmethod
    def open(cls, path: Path, table: ClassTable | None = None) -> PersonalBank:
        """Open a living bank for writing.

        Args:
            path: the bank.
            table: where there is no bank yet, an empty one with this class table is made; None makes none.

        Raises:
            BankFormatError: if it is missing, no bank, a finished one, broken, or cannot be written.
        """
        try:
            if not path.exists():
                if table is None:
                    raise BankFormatError(path, "there is no such bank")
                path.parent.mkdir(parents=True, exist_ok=True)
                _create(path, table)
            reading, is_living = connect_read_only(path)
            reading.close()
            if not is_living:
                raise BankFormatError(path, "a finished bank; photographs go into a bank of one's own")
            db = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
        except OSError as error:
            raise BankFormatError(path, (error.strerror or str(error)).lower()) from None
        except sqlite3.Error as error:
            raise BankFormatError(path, str(error)) from None
        try:
            with naming(path):
                check_schema(path, db)
                db.execute("PRAGMA synchronous = FULL")
                db.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            db.close()
            raise
        return cls(path, db)

    def close(self) -> None:
        """Let the file go."""
        self._db.close()

    @property
    def table(self) -> ClassTable:
        """The bank's class table; it grows with the classes of photographs that are added."""
        with naming(self.path):
            return ClassTable.from_json(self._meta("table"))

    def add(self, sample: Sample, table: ClassTable) -> Added:
        """Add a photograph with its layout; one that is there already gets the new layout and origin.

        Args:
            sample: the photograph; its name is made unique.
            table: class table of its layout; classes that the bank lacks and the layout uses are added to the bank's.

        Raises:
            ClassTableError: if the bank's class table would grow beyond 255 classes.
            BankFormatError: if the bank is broken or the disk refuses.
            ValueError: if the layout holds no segment.
        """
        key = source_key(sample.photograph_bytes)
        with self._transaction():
            own, lookup = extend_table(self.table, table, used=sample.layout.class_ids)
            layout = Layout(lookup[sample.layout.class_ids], sample.layout.instance_ids)
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'table'", (own.to_json(),))
            row = self._db.execute("SELECT id FROM sources WHERE key = ?", (key,)).fetchone()
            if row is not None:
                forget_source(self._db, row[0])
            number = row[0] if row is not None else self._next_id()
            kept = replace(sample, name=self._free_name(sample.name), layout=layout)
            segments = write_source(self._db, number, key, kept, own, min_share=MIN_REGION_SHARE)
            if not segments:
                raise ValueError("nothing large enough to be a segment is painted")
        return Added(key, segments, row is None)

    def remove_source(self, source_key: str) -> Removed:
        """Remove a photograph with all its segments.

        Raises:
            KeyError: if the bank does not hold it.
            BankFormatError: if the bank is broken or the disk refuses.
        """
        with self._transaction():
            row = self._db.execute("SELECT id FROM sources WHERE key = ?", (source_key,)).fetchone()
            if row is None:
                raise KeyError(source_key)
            removed = Removed(
                self._rows("sources", "id", row[0]), self._rows("pictures", "source", row[0]),
                self._rows("segments", "source", row[0]),
            )  # fmt: skip
            forget_source(self._db, row[0])
        return removed

    def remove_segment(self, segment_key: str) -> Removed:
        """Remove one segment; its photograph and layout stay.

        Raises:
            KeyError: if the bank does not hold it.
            BankFormatError: if the bank is broken or the disk refuses.
        """
        with self._transaction():
            removed = Removed((), (), self._rows("segments", "key", segment_key))
            if not removed.segments:
                raise KeyError(segment_key)
            self._db.execute("DELETE FROM segments WHERE key = ?", (segment_key,))
        return removed

    def restore(self, removed: Removed) -> None:
        """Put back what was removed.

        Raises:
            BankFormatError: if it is there again, or its photograph is gone, or the disk refuses.
        """
        with self._transaction():
            for table, rows in (
                ("sources", removed.sources), ("pictures", removed.pictures), ("segments", removed.segments),
            ):  # fmt: skip
                for row in rows:
                    self._db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)

    def _meta(self, key: str) -> str:
        with naming(self.path):
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            raise BankFormatError(self.path, f"it has no {key}")
        return str(row[0])

    def _rows(self, table: str, column: str, value: object) -> _Rows:
        return tuple(self._db.execute(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY rowid", (value,)).fetchall())

    def _next_id(self) -> int:
        return int(self._db.execute("SELECT coalesce(max(id), 0) + 1 FROM sources").fetchone()[0])

    def _free_name(self, wanted: str) -> str:
        wanted = wanted.strip() or "Photograph"
        name, number = wanted, 1
        while self._db.execute("SELECT 1 FROM sources WHERE name = ?", (name,)).fetchone():
            number += 1
            name = f"{wanted} {number}"
        return name

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Change the bank whole or not at all, and name its new content."""
        db = self._db
        with _naming_disk(self.path):
            db.execute("BEGIN IMMEDIATE")
            try:
                yield
                digest = content_digest(db, self._meta("table"))
                db.execute("UPDATE meta SET value = ? WHERE key = 'digest'", (digest,))
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has ended it already
                    db.execute("ROLLBACK")
                raise
            db.execute("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _naming_disk(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one error that names the bank; other errors pass."""
    try:
        yield
    except sqlite3.Error as error:
        reason = "another program is writing it" if "locked" in str(error) else str(error)
        raise BankFormatError(path, reason) from None


def export_bank(path: Path, out_path: Path) -> None:
    """Write a finished copy of a bank, whole, under another name.

    Raises:
        BankFormatError: if the bank cannot be read or holds no segment, or the copy cannot be written; a file that
            was there stays.
    """
    temporary = out_path.with_name(f".{out_path.name}.{secrets.token_hex(4)}.tmp")
    try:
        db, _ = connect_read_only(path)
        with closing(db), naming(path):
            check_schema(path, db)
            if not db.execute("SELECT count(*) FROM segments").fetchone()[0]:
                raise BankFormatError(path, "it holds no segment yet")
            db.execute("VACUUM INTO ?", (str(temporary),))
        with closing(sqlite3.connect(temporary, isolation_level=None)) as copy:
            copy.execute("UPDATE meta SET value = ? WHERE key = 'name'", (out_path.stem,))
            copy.execute("ANALYZE")
        rename_whole(temporary, out_path)
    except (OSError, sqlite3.Error) as error:
        raise BankFormatError(out_path, str(getattr(error, "strerror", None) or error).lower()) from None
    finally:
        temporary.unlink(missing_ok=True)


def _create(path: Path, table: ClassTable) -> None:
    """Make an empty bank beside its name and move it there when it is whole."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with closing(sqlite3.connect(temporary, isolation_level=None)) as db:
            if db.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
                raise BankFormatError(path, "a bank of one's own cannot live on this kind of drive")
            db.execute("BEGIN IMMEDIATE")
            for sql in (*TABLES.values(), *INDEXES.values()):
                db.execute(sql)
            values = {
                "table": table.to_json(), "min_share": repr(MIN_REGION_SHARE), "name": PERSONAL_NAME,
                "digest": content_digest(db, table.to_json()),
            }  # fmt: skip
            db.executemany("INSERT INTO meta VALUES (?, ?)", values.items())
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {FORMAT_VERSION}")
            db.execute("COMMIT")
        rename_whole(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
