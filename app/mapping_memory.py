"""Remembers how foreign ids and colours were mapped, so that the next picture of the same kind needs no work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from engine.classes import VOID, ClassTable
from engine.data.encodings import ValueKind
from engine.data.foreign_layout import MAX_GROUPS, MAX_TOLERANCE, ForeignLayout
from engine.whole_file import write_whole

MAX_ENTRIES = 64
MAX_FILE_BYTES = 4 << 20
MAX_SIGNATURE = 512
"""A picture of more values is known by having many only."""


@dataclass(frozen=True)
class RememberedMapping:
    """How a picture was imported.

    Attributes:
        encoding: key of the encoding, or None.
        tolerance: of colours.
        grow: whether pixels without a class took the class beside them.
        classes: class id, or VOID, by the value of a group.
    """

    encoding: str | None
    tolerance: int
    grow: bool
    classes: Mapping[int, int]


class MappingMemory:
    """Mappings by the set of values and the class table, in a JSON file. Any thread, one at a time."""

    def __init__(self, path: Path) -> None:
        """Keep them in a file, which need not exist; one that cannot be read counts as empty."""
        self._path = path

    def recall(self, foreign: ForeignLayout, table: ClassTable) -> RememberedMapping | None:
        """Return how a picture of the same values was imported into a table last; or one of more values; or None."""
        values = _signature(foreign)
        entries = [e for e in self._read() if e["kind"] == foreign.kind and e["table"] == table.key]
        same = [e for e in entries if e["values"] == values]
        more = [e for e in entries if values and set(e["values"]) >= set(values)]
        found = next(iter([*same, *more]), None)
        return None if found is None else _from_entry(found, table)

    def remember(self, foreign: ForeignLayout, table: ClassTable, mapping: RememberedMapping) -> None:
        """Keep a mapping as the latest.

        Raises:
            OSError: if it cannot be written.
        """
        entry: dict[str, Any] = {
            "kind": foreign.kind,
            "table": table.key,
            "values": _signature(foreign),
            "encoding": mapping.encoding,
            "tolerance": mapping.tolerance,
            "grow": mapping.grow,
            "classes": {
                str(value): None if class_id == VOID else table[class_id].key
                for value, class_id in mapping.classes.items()
            },
        }
        name = (entry["kind"], entry["table"], entry["values"])
        others = [e for e in self._read() if (e["kind"], e["table"], e["values"]) != name]
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._path, json.dumps([entry, *others][:MAX_ENTRIES]).encode())

    def _read(self) -> list[dict[str, Any]]:
        try:
            with self._path.open("rb") as file:
                data = file.read(MAX_FILE_BYTES + 1)
            raw = json.loads(data) if len(data) <= MAX_FILE_BYTES else []
        except (OSError, ValueError, RecursionError):
            return []
        entries: Sequence[Any] = cast("list[Any]", raw) if isinstance(raw, list) else []
        return [entry for entry in entries[:MAX_ENTRIES] if _is_entry(entry)]


def _signature(foreign: ForeignLayout) -> list[int]:
    return foreign.values.tolist() if len(foreign.values) <= MAX_SIGNATURE else []


def _is_entry(raw: Any) -> bool:
    if not isinstance(raw, dict):
        return False
    entry = cast("dict[str, Any]", raw)
    values, classes, tolerance = entry.get("values"), entry.get("classes"), entry.get("tolerance")
    return (
        entry.get("kind") in ("ids", "colours")
        and isinstance(entry.get("table"), str)
        and isinstance(values, list)
        and len(cast("list[Any]", values)) <= MAX_SIGNATURE
        and all(type(value) is int for value in cast("list[Any]", values))
        and (entry.get("encoding") is None or isinstance(entry.get("encoding"), str))
        and type(tolerance) is int
        and 0 <= tolerance <= MAX_TOLERANCE
        and isinstance(entry.get("grow"), bool)
        and isinstance(classes, dict)
        and len(cast("dict[str, Any]", classes)) <= MAX_GROUPS
        and all(
            key.isdecimal() and len(key) <= 10 and (name is None or isinstance(name, str))
            for key, name in cast("dict[str, Any]", classes).items()
        )
    )


def _from_entry(entry: Mapping[str, Any], table: ClassTable) -> RememberedMapping:
    """Return a mapping with the classes the table still has; values of others are left to be suggested."""
    kind: ValueKind = entry["kind"]
    assert kind in ("ids", "colours")
    classes: dict[int, int] = {}
    for value, key in entry["classes"].items():
        info = None if key is None else table.get(key)
        if key is None:
            classes[int(value)] = VOID
        elif info is not None:
            classes[int(value)] = info.id
    return RememberedMapping(entry["encoding"], entry["tolerance"], entry["grow"], classes)
