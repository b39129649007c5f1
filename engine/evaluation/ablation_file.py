"""Rows of ablations, and the file they are kept in: written after every row, so that an interrupted run goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.evaluation.evaluator import RowScore
from engine.evaluation.report import without_nan
from engine.whole_file import write_whole

MAX_FILE_BYTES = 16 << 20


class AblationFileError(Exception):
    """A file that holds no ablations, or those of other settings; the message names it."""


@dataclass(frozen=True)
class AblationRow:
    """How the pictures do where one part is left out.

    Attributes:
        name: what is left out.
        photographs: how many layouts were painted.
        minutes: how long was trained, None where nothing was.
        scores: of the photographs and of every way of making pictures.
    """

    name: str
    photographs: int
    minutes: float | None
    scores: tuple[RowScore, ...]

    def score(self, way: str) -> RowScore:
        """Return the score of one way.

        Raises:
            KeyError: if the row has none.
        """
        for score in self.scores:
            if score.name == way:
                return score
        raise KeyError(way)


@dataclass(frozen=True)
class AblationTable:
    """Rows that were all made with the same settings."""

    settings: Mapping[str, Any]
    rows: tuple[AblationRow, ...] = ()

    def row(self, name: str) -> AblationRow | None:
        """Return the row of a name, or None."""
        return next((row for row in self.rows if row.name == name), None)


@dataclass
class AblationFile:
    """Tables of ablations by name, in a file where there is a path; several processes may add rows to one file.

    Attributes:
        path: the file, made with its first row; None keeps the tables in memory.
    """

    path: Path | None
    _tables: dict[str, AblationTable] = field(default_factory=dict)

    def table(self, name: str, settings: Mapping[str, Any]) -> AblationTable:
        """Return a table as it is now, empty where there is none yet.

        Raises:
            AblationFileError: if the file cannot be read, or the table was made with other settings.
        """
        self._read()
        wanted = json.loads(json.dumps(dict(settings)))
        known = self._tables.get(name)
        if known is None:
            return AblationTable(wanted)
        if known.settings != wanted:
            keys = sorted(k for k in {*wanted, *known.settings} if known.settings.get(k) != wanted.get(k))
            raise AblationFileError(
                f"{self.path}: its rows of {name} were made with another {', '.join(keys)}: name another file"
            )
        return known

    def add(self, name: str, settings: Mapping[str, Any], row: AblationRow, *, order: Sequence[str]) -> AblationTable:
        """Add a row to a table, in place of one of its name, and write the file.

        Args:
            name: the table.
            settings: what its rows were made with.
            row: the row.
            order: names of all rows in the order they are kept in.

        Raises:
            AblationFileError: if the file cannot be read, or the table was made with other settings.
            OSError: if the file cannot be written.
        """
        table = self.table(name, settings)
        rows = {each.name: each for each in (*table.rows, row)}
        table = AblationTable(table.settings, tuple(rows[each] for each in order if each in rows))
        self._tables[name] = table
        if self.path is not None:
            write_whole(self.path, (json.dumps(self.report(), indent=2) + "\n").encode())
        return table

    def report(self) -> dict[str, Any]:
        """Return all tables as JSON values; what is not a number is null."""
        return without_nan({name: asdict(table) for name, table in self._tables.items()})

    def _read(self) -> None:
        if self.path is None or not self.path.exists():
            return
        try:
            if self.path.stat().st_size > MAX_FILE_BYTES:
                raise ValueError
            tables = json.loads(self.path.read_bytes())
            self._tables = {str(name): _table_from(table) for name, table in tables.items()}
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise AblationFileError(f"{self.path}: holds no ablations") from None


def _table_from(value: Any) -> AblationTable:
    return AblationTable(dict(value["settings"]), tuple(_row_from(row) for row in value["rows"]))


def _row_from(value: Any) -> AblationRow:
    minutes = value["minutes"]
    return AblationRow(
        name=str(value["name"]),
        photographs=int(value["photographs"]),
        minutes=None if minutes is None else float(minutes),
        scores=tuple(_score_from(score) for score in value["scores"]),
    )


def _score_from(value: Any) -> RowScore:
    numbers: dict[str, Any] = {key: number for key, number in value.items() if key != "name"}
    for key, number in numbers.items():
        if number is None and key not in ("ms", "detail"):
            numbers[key] = float("nan")
        elif not isinstance(number, (int, float, type(None))):
            raise ValueError(f"{key} is a number")
    return RowScore(name=str(value["name"]), **numbers)
