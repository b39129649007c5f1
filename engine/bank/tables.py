"""Class tables that grow: a bank takes photographs of any class table, and the ids it has given stay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.classes import MAX_CLASSES, VOID, ClassInfo, ClassTable, ClassTableError
from engine.layout import ClassIds


def extend_table(own: ClassTable, other: ClassTable, *, used: ClassIds) -> tuple[ClassTable, npt.NDArray[np.uint8]]:
    """Add the classes that a layout uses to a table, and say which id each of them has there.

    Classes are the same where their keys are; a class that is added keeps all it says of itself but its id, and its
    colour only where that is free.

    Args:
        own: the table that grows.
        other: table of the layout.
        used: the layout's class ids.

    Returns:
        The table, and a (256,) uint8 lookup from ids of ``other`` to its ids, VOID for those that are not used.

    Raises:
        ClassTableError: if there is no room for another class.
    """
    classes = list(own)
    lookup = np.full(256, VOID, np.uint8)
    for class_id in np.unique(used).tolist():
        if class_id == VOID:
            continue
        info = other[class_id]
        known = own.get(info.key)
        if known is None:
            if len(classes) == MAX_CLASSES:
                raise ClassTableError(f"there is no room for {info.name}: a bank has at most {MAX_CLASSES} classes")
            known = replace(info, id=len(classes), colour=_free_colour(info.colour, classes))
            classes.append(known)
        lookup[class_id] = known.id
    return (own if len(classes) == len(own) else ClassTable(own.key, own.name, tuple(classes))), lookup


def _free_colour(wanted: tuple[int, int, int], classes: Iterable[ClassInfo]) -> tuple[int, int, int]:
    """Return the colour wanted, or the next one in blue that no class has."""
    taken = {info.colour for info in classes}
    red, green, blue = wanted
    return next(colour for step in range(256) if (colour := (red, green, (blue + step) % 256)) not in taken)
