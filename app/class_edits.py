"""Editing a class table: plain functions from one table to the next, and what happens to ids."""

from __future__ import annotations

import colorsys
import re
from dataclasses import replace

import numpy as np

from engine.classes import MAX_CLASSES, ClassInfo, ClassTable, ClassTableError, Rgb
from engine.layout import ClassIds

MAX_NAME = 48
SUGGESTED_SHADES = ((0.55, 0.8), (0.75, 0.6), (0.35, 0.9), (0.85, 0.95))
SUGGESTED_HUES = 24


def looks_like_of(info: ClassInfo) -> str:
    """Return the key of the network's class that a class stands for: its own, or the one it looks like."""
    return info.looks_like or info.key


def add_class(table: ClassTable, name: str, colour: Rgb, looks_like: str) -> ClassTable:
    """Return a table with one more class, at the end, so that no id changes.

    It behaves as the class it looks like: same kind, group and place in the fixed order.

    Args:
        table: the table.
        name: what the palette shows.
        colour: sRGB.
        looks_like: key of a class of the table.

    Raises:
        ClassTableError: if the name is empty or taken, the colour is taken, or the table is full.
    """
    name = _checked(table, name, colour, except_id=None)
    if len(table) >= MAX_CLASSES:
        raise ClassTableError(f"A class table has at most {MAX_CLASSES} classes.")
    base = table.get(looks_like)
    if base is None:
        raise ClassTableError(f"There is no class {looks_like!r} to look like.")
    own = replace(
        base,
        id=len(table),
        key=_free_key(table, name),
        name=name,
        colour=colour,
        synonyms=(),
        looks_like=looks_like_of(base),
    )
    return replace(table, classes=(*table.classes, own))


def edit_class(
    table: ClassTable, class_id: int, *, name: str, colour: Rgb, looks_like: str | None = None
) -> ClassTable:
    """Return a table where a class has another name and colour; what it looks like changes for a painter's own only.

    Raises:
        ClassTableError: if the name is empty or taken, or the colour is taken.
    """
    info = table[class_id]
    name = _checked(table, name, colour, except_id=class_id)
    like = info.looks_like if info.looks_like is None or looks_like is None else _target(table, looks_like)
    edited = replace(info, name=name, colour=colour, looks_like=like)
    return replace(table, classes=tuple(edited if c.id == class_id else c for c in table))


def delete_class(table: ClassTable, class_id: int) -> tuple[ClassTable, dict[int, int]]:
    """Return a table without a class, and where the ids above it move.

    Raises:
        ClassTableError: if it is the last class.
    """
    if len(table) == 1:
        raise ClassTableError("The last class cannot be deleted.")
    kept = [info for info in table if info.id != class_id]
    id_map = {info.id: i for i, info in enumerate(kept) if info.id != i}
    return replace(table, classes=tuple(replace(info, id=i) for i, info in enumerate(kept))), id_map


def painted_px(class_ids: ClassIds, class_id: int) -> int:
    """Return how many pixels of a layout a class has."""
    return int(np.count_nonzero(class_ids == class_id))


def suggest_colour(table: ClassTable) -> Rgb:
    """Return a colour that lies far from those of all classes."""
    taken = np.array([info.colour for info in table], np.float64)
    offers = [
        tuple(round(255 * v) for v in colorsys.hls_to_rgb(hue / SUGGESTED_HUES, lightness, saturation))
        for lightness, saturation in SUGGESTED_SHADES
        for hue in range(SUGGESTED_HUES)
    ]
    distances = np.linalg.norm(np.array(offers, np.float64)[:, None] - taken[None], axis=2).min(axis=1)
    red, green, blue = offers[int(distances.argmax())]
    return red, green, blue


def _target(table: ClassTable, key: str) -> str:
    base = table.get(key)
    return key if base is None else looks_like_of(base)


def _checked(table: ClassTable, name: str, colour: Rgb, *, except_id: int | None) -> str:
    """Return a name without needless spaces, after looking whether name and colour are free."""
    name = " ".join(name.split())[:MAX_NAME]
    if not name:
        raise ClassTableError("A class needs a name.")
    for info in table:
        if info.id != except_id and info.name.casefold() == name.casefold():
            raise ClassTableError(f"There is a class “{info.name}” already.")
        if info.id != except_id and info.colour == colour:
            raise ClassTableError(f"“{info.name}” has that colour already.")
    return name


def _free_key(table: ClassTable, name: str) -> str:
    """Return a class key made of a name that no class of the table has."""
    stem = re.sub(r"[^a-z0-9]+", "_", name.casefold().encode("ascii", "ignore").decode()).strip("_")
    stem = (stem if stem[:1].isalpha() else f"class_{stem}".rstrip("_"))[:40]
    taken = {word for info in table for word in (info.key, *info.synonyms)}
    return next(key for n in range(1, MAX_CLASSES + 2) if (key := stem if n == 1 else f"{stem}_{n}") not in taken)
