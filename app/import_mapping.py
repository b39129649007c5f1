"""What an import begins with: how a foreign picture is best read, and the classes suggested for its values."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.mapping_memory import MappingMemory, RememberedMapping
from engine.classes import BUILTIN_TABLE_KEYS, VOID, ClassTable, builtin_class_table
from engine.data.encodings import (
    Encoding,
    encodings,
    guess_encoding,
    suggest_class,
    suggest_class_of_colour,
    table_encodings,
    value_colour,
)
from engine.data.foreign_layout import ForeignLayout, Grouping, group_values, read_foreign

DEFAULT_TOLERANCE = 12
MAX_CLASS_ID = 255
"""Larger ids number objects, too."""
LEAST_SENSE = 0.5
"""Share of the pixels that an encoding must make sense of to be taken."""
SEEN_VALUES = 64
"""Values that are looked at when the encoding is guessed, the most frequent first."""


@dataclass(frozen=True, eq=False)
class Reading:
    """One way to read a foreign picture.

    Attributes:
        foreign: the picture as ids or as colours.
        encoding: the encoding that names its values, or None.
        tolerance: of colours.
        grow: whether pixels without a class take the class beside them.
        grouping: its values in groups.
        remembered: how it was imported before, or None.
    """

    foreign: ForeignLayout
    encoding: Encoding | None
    tolerance: int
    grow: bool
    grouping: Grouping
    remembered: RememberedMapping | None


def all_encodings(table: ClassTable) -> tuple[Encoding, ...]:
    """Return the encodings on offer: those of a table and of the built-in tables, and those of data sets."""
    own = list(table_encodings(table))
    for key in BUILTIN_TABLE_KEYS:
        builtin = builtin_class_table(key)
        if builtin != table:
            own += [each for each in table_encodings(builtin) if each.key not in {e.key for e in own}]
    return (*own, *encodings())


def read_for_import(path: Path, table: ClassTable, memory: MappingMemory) -> tuple[Reading, ...]:
    """Read a picture in every way it may be meant, the likeliest first; slow, so call it in an executor.

    Raises:
        LayoutFileError: if it is no picture a layout can be made of.
    """
    readings = [first_reading(foreign, table, memory) for foreign in read_foreign(path)]
    return tuple(sorted(readings, key=lambda r: (r.remembered is None, r.encoding is None)))


def first_reading(foreign: ForeignLayout, table: ClassTable, memory: MappingMemory) -> Reading:
    """Return how a picture was read last time, or else how it is most likely meant."""
    remembered = memory.recall(foreign, table)
    if remembered is not None:
        offered = all_encodings(table)
        encoding = next((e for e in offered if e.key == remembered.encoding and e.kind == foreign.kind), None)
        grouping = group_values(foreign, encoding, tolerance=remembered.tolerance)
        return Reading(foreign, encoding, remembered.tolerance, remembered.grow, grouping, remembered)
    encoding = _likely_encoding(foreign, table)
    is_soft = foreign.kind == "colours" and len(foreign.values) > SEEN_VALUES
    tolerance = DEFAULT_TOLERANCE if is_soft else 0
    grouping = group_values(foreign, encoding, tolerance=tolerance)
    return Reading(foreign, encoding, tolerance, is_soft, grouping, None)


def suggested_classes(
    reading_of: Grouping, reading: Reading, encoding: Encoding | None, table: ClassTable
) -> list[int]:
    """Return a class id, or VOID, for every group: as remembered, by name, or by colour.

    Args:
        reading_of: the groups.
        reading: what is known of the picture.
        encoding: the encoding chosen now.
        table: the classes.
    """
    remembered = reading.remembered
    known = {} if remembered is None or encoding != reading.encoding else remembered.classes
    classes: list[int] = []
    for group in reading_of.groups:
        if group.value in known and (known[group.value] == VOID or known[group.value] < len(table)):
            classes.append(known[group.value])
        elif group.is_void:
            classes.append(VOID)
        elif group.name:
            classes.append(suggest_class(group.name, table))
        elif reading.foreign.kind == "colours" and encoding is None and group.value:
            classes.append(suggest_class_of_colour(value_colour(group.value), table))
        else:
            classes.append(VOID)
    return classes


def _likely_encoding(foreign: ForeignLayout, table: ClassTable) -> Encoding | None:
    """Return the encoding that says most: all values where one covers them, else the one whose names make sense."""
    values = _frequent(foreign)
    own = next(each for each in table_encodings(table) if each.kind == foreign.kind)
    guessed = guess_encoding(values, foreign.kind) if foreign.kind == "ids" else None
    if guessed is not None or own.covers(values):
        return guessed or own
    has_objects = foreign.kind == "ids" and max(values) > MAX_CLASS_ID
    offered = [e for e in all_encodings(table) if e.kind == foreign.kind and bool(e.instances) == has_objects]
    senses = [_sense(each, foreign, table) for each in offered]
    best = max(range(len(offered)), key=lambda i: (round(senses[i], 2), -len(offered[i].classes)), default=-1)
    return offered[best] if best >= 0 and senses[best] >= LEAST_SENSE else None


def _sense(encoding: Encoding, foreign: ForeignLayout, table: ClassTable) -> float:
    """Return the share of the pixels of frequent values whose names in an encoding mean a class of the table."""
    known = {value for value, info in encoding.classes.items() if suggest_class(info.name, table) != VOID}
    order = (-foreign.counts).argsort(kind="stable")[:SEEN_VALUES]
    values, counts = foreign.values[order].tolist(), foreign.counts[order].tolist()
    if foreign.kind == "colours":
        makes_sense = [_is_near(value, known) for value in values]
    else:
        makes_sense = [encoding.class_value(value) in known for value in values]
    return sum(count for count, is_known in zip(counts, makes_sense, strict=True) if is_known) / max(1, sum(counts))


def _is_near(value: int, known: set[int]) -> bool:
    own = value_colour(value)
    return value in known or any(
        max(abs(a - b) for a, b in zip(own, value_colour(other), strict=True)) <= DEFAULT_TOLERANCE for other in known
    )


def _frequent(foreign: ForeignLayout) -> list[int]:
    if foreign.kind == "ids":
        return foreign.values.tolist()
    order = (-foreign.counts).argsort(kind="stable")[:SEEN_VALUES]
    return foreign.values[order].tolist()
