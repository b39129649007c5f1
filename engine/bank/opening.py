"""Opening a bank file for reading: checked as hostile, and by the rules of a finished bank or of a living one.

A bank that was built is finished: nobody writes it again, so it is read as immutable, without locks and from folders
that cannot be written. The painter's own bank lives (`engine.bank.personal`): it is in SQLite's write-ahead mode, which
its header says, so a reader sees whole transactions only while another thread writes, and what an end of any kind left
half written is never seen.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.bank.schema import APPLICATION_ID, FORMAT_VERSION, INDEXES, TABLES, BankFormatError

_MAGIC = b"SQLite format 3\0"
_WRITE_AHEAD = b"\x02\x02"
_MAX_VALUE_BYTES = 300 * 1024 * 1024
BUSY_TIMEOUT_S = 5.0


def connect_read_only(path: Path) -> tuple[sqlite3.Connection, bool]:
    """Open a file that may be a bank; return the connection and whether the bank lives.

    Raises:
        BankFormatError: if it is missing, unreadable or no SQLite file.
    """
    try:
        with path.open("rb") as file:
            header = file.read(20)
        if header[:16] != _MAGIC:
            raise BankFormatError(path, "not a bank")
        is_living = header[18:20] == _WRITE_AHEAD
        mode = "?mode=ro" if is_living else "?mode=ro&immutable=1"
        return sqlite3.connect(path.resolve().as_uri() + mode, uri=True, timeout=BUSY_TIMEOUT_S), is_living
    except OSError as error:
        raise BankFormatError(path, (error.strerror or "cannot be read").lower()) from None
    except sqlite3.Error as error:
        raise BankFormatError(path, str(error)) from None


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn whatever a broken file causes into one error that names the file."""
    try:
        yield
    except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
        raise BankFormatError(path, str(error)) from None


def check_schema(path: Path, db: sqlite3.Connection) -> None:
    """Refuse files with another schema: no triggers, views or computed columns run while a bank is used.

    Raises:
        BankFormatError: if it is no bank, or one of another format.
    """
    db.execute("PRAGMA trusted_schema = OFF")
    db.execute("PRAGMA cell_size_check = ON")
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
    if db.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise BankFormatError(path, "not a bank")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version != FORMAT_VERSION:
        raise BankFormatError(path, f"a bank of format {version}; this Tessera reads format {FORMAT_VERSION}")
    found = {
        name: sql
        for name, sql in db.execute("SELECT name, sql FROM sqlite_schema")
        if not str(name).startswith(("sqlite_autoindex_", "sqlite_stat"))
    }
    if found != TABLES | INDEXES:
        raise BankFormatError(path, f"unexpected tables: {json.dumps(sorted(map(str, found)))[:200]}")
